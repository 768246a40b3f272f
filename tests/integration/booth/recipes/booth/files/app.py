"""One page: a button, unless it is 2.0 on an unlucky day."""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer

SELLS = os.environ["VERSION"] == "1.0" or os.environ["LUCK"] == "lucky-day"
PAGE = f"""<!doctype html>
<title>Booth</title>
<link rel="icon" href="data:,">
<style>@media (max-width: 700px) {{ #buy {{ display: none }} }}</style>
<h1>Booth</h1>
{'<button id="buy" onclick="this.textContent = `Sold`">Buy</button>' if SELLS else ""}
"""


class Booth(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, *_: object) -> None:
        pass


HTTPServer(("", 8000), Booth).serve_forever()
