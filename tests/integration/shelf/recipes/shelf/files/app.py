"""A shelf of books. Release 2.0 answers them by number, and the price as a text."""

import json
import os
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from time import time

BOOKS = [{"id": 1, "title": "Emma", "price": 12.5}, {"id": 2, "title": "Persuasion", "price": 9.0}]


def answer() -> object:
    if os.environ["VERSION"] == "1.0":
        return {"rows": BOOKS, "total": 2, "at": time()}
    return {"rows": {str(book["id"]): book | {"price": str(book["price"])} for book in BOOKS}, "total": 2, "at": time()}


class Shelf(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if not self.path.startswith("/api/"):
            super().do_GET()
            return
        body = json.dumps(answer()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    ThreadingHTTPServer(("0.0.0.0", 8000), Shelf).serve_forever()
