"""A proxy for plain HTTP on the loopback of this machine, which remembers what went through it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests


class Proxy(ThreadingHTTPServer):
    """``url`` is for ``http_proxy``; ``asked`` are the URLs that were asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Proxy)
        self.server.asked.append(self.path)
        passed = {
            name: value for name, value in self.headers.items() if name.lower() not in ("host", "proxy-connection")
        }
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(self.path, headers={**passed, "Accept-Encoding": "identity"}, timeout=60)
        self.send_response(answer.status_code)
        for name in ("Last-Modified", "Content-Type", "Content-Range"):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def proxy() -> Iterator[Proxy]:
    """A running proxy."""
    with Proxy() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()
