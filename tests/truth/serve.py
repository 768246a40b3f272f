"""The tiny product of the truth set: answers what ``site.json`` says. Runs in a replica; the standard library is all it has."""

import json
import random
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path("/srv")
SITE = json.loads((HERE / "site.json").read_text())
PLUGINS = "".join(f'<script src="/plugins/{path.name}"></script>' for path in sorted(HERE.glob("plugins/*.js")))
COUNTS = {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.path.partition("?")[0]
        length = int(self.headers.get("Content-Length") or 0)
        sent = self.rfile.read(length).decode() if length else ""
        rule = SITE.get(f"{self.command} {path}") or SITE.get(path)
        if rule is None and path.startswith("/plugins/") and (HERE / path[1:]).is_file():
            rule = {"text": (HERE / path[1:]).read_text(), "type": "text/javascript"}
        if rule is None:
            rule = {"status": 404, "text": "not found", "type": "text/plain"}
        if "cycle" in rule:  # one after the other
            number = COUNTS[path] = COUNTS.get(path, -1) + 1
            rule = rule["cycle"][min(number, len(rule["cycle"]) - 1)]
        if "chance" in rule and random.random() < rule["chance"]:
            rule = rule["else"]
        if "needs" in rule and not all(word in sent + self.headers.get("Cookie", "") for word in rule["needs"]):
            rule = rule["else"]
        for line in rule.get("log", ()):
            print(line, file=sys.stderr, flush=True)
        if rule.get("raise"):
            try:
                exec(rule["raise"], {})
            except Exception:
                import traceback

                traceback.print_exc()
                rule = {"status": 500, "text": "Internal Server Error", "type": "text/plain"}
        if rule.get("hang"):
            threading.Event().wait(600)
        if rule.get("drop"):
            self.close_connection = True
            self.connection.close()
            return
        time.sleep(rule.get("delay_s", 0))
        self.answer(rule)

    do_POST = do_PUT = do_OPTIONS = do_GET

    def answer(self, rule):
        kind = rule.get("type", "text/html; charset=utf-8")
        if "json" in rule:
            kind, text = rule.get("type", "application/json"), json.dumps(rule["json"])
        else:
            text = rule.get("text", "")
        text = text.replace("<!-- plugins -->", PLUGINS)
        text = text.replace("@now@", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())).replace(
            "@id@", uuid.uuid4().hex
        )
        while "@shuffled@" in text:
            items = ["<li>Ann</li>", "<li>Bob</li>", "<li>Cid</li>"]
            random.shuffle(items)
            text = text.replace("@shuffled@", "".join(items), 1)
        status = rule.get("status", 200)
        body = b"" if status == 204 else text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in rule.get("headers", {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def main():
    for port in (8000, 8001):
        server = ThreadingHTTPServer(("0.0.0.0", port), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever).start()


main()
