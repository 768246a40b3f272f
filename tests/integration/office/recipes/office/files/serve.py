"""An office that also has another host: its own address."""

import http.server
import json
import socket


class Office(http.server.SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def do_GET(self) -> None:
        if self.path != "/where":
            return super().do_GET()
        body = json.dumps({"url": f"http://{socket.gethostbyname(socket.gethostname())}:8000"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None


http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Office).serve_forever()
