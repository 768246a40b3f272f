"""An office that also has another host: its own address; and, where it has a certificate, a door of its own for TLS."""

import http.server
import json
import pathlib
import socket
import ssl
import threading


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


if pathlib.Path("office.pem").exists():
    secure = http.server.ThreadingHTTPServer(("0.0.0.0", 8443), Office)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain("office.pem")
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    threading.Thread(target=secure.serve_forever, daemon=True).start()
http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Office).serve_forever()
