"""Says every secret that it knows, in every way in which a product may say one."""

import base64
import hashlib
import html
import json
import os
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def say(*words):
    """One line in one piece: `print` writes its end by itself, and another thread may come between."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


KEY, PEPPER = os.environ["API_KEY"], os.environ["PEPPER"]


def made_up(name):
    """A value that stands in no file: as random as a server makes them, and known to the test."""
    return hashlib.sha256(f"leaky {name}".encode()).hexdigest()


def spellings(secret):
    data = secret.encode()
    return [
        secret,
        urllib.parse.quote(secret, safe=""),
        html.escape(secret),
        json.dumps(secret),
        base64.b64encode(data).decode(),
        base64.b64encode(b"user:" + data + b"!").decode(),
        base64.urlsafe_b64encode(b"?" + data).decode(),
    ]


PAGE = """<!doctype html><title>Log in %(link)s</title>
<body style="font: 24px sans-serif">
<form id=form><input id=user> <input id=password type=password size=30>
<input type=hidden name=csrf_token value="%(csrf)s">
<button type=button id=show>Show</button> <button type=button id=go>Go</button></form>
<p id=greeting></p><p id=key>%(key)s</p>
<script>
const password = document.getElementById("password");
document.getElementById("show").onclick = () => {
  password.type = "text";
  password.setAttribute("value", password.value);
};
document.getElementById("go").onclick = async () => {
  console.warn("logging in with " + password.value + " and " + btoa("ann:" + password.value));
  const answer = await fetch("/login?password=" + encodeURIComponent(password.value), {
    method: "POST",
    headers: {Authorization: "Bearer %(bearer)s", "X-Api-Key": "%(key)s"},
    body: JSON.stringify({password: password.value}),
  });
  const said = await answer.json();
  document.getElementById("greeting").textContent = said.greeting;
  document.cookie = "remember=" + said.access_token;
  history.pushState({}, "", "/home?session=" + said.access_token);
  await fetch("/broken?key=" + encodeURIComponent(password.value));
  setTimeout(() => { throw new Error("cannot greet with " + password.value + " or %(key)s"); });
};
</script>"""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/ready":
            return self.answer(200, "text/plain", "ready")
        if self.path.startswith("/broken"):
            say('Traceback (most recent call last):\n  File "app.py", line 1\nKeyError: ' + repr(KEY))
            return self.answer(500, "text/html", f"<p>{KEY}</p>")
        asked = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        link = html.escape(asked.get("token", [""])[0])
        page = PAGE % {"link": link, "csrf": made_up("csrf"), "key": html.escape(KEY), "bearer": made_up("bearer")}
        return self.answer(200, "text/html", page, cookie=f"sid={made_up('cookie')}; Path=/; HttpOnly")

    def do_POST(self):
        size = int(self.headers.get("Content-Length", 0))
        password = json.loads(self.rfile.read(size))["password"]
        for secret in (password, KEY, PEPPER, made_up("cookie"), made_up("token")):
            for spelling in spellings(secret):
                say("I know", spelling)
        word = "Welcome" if os.environ["VERSION"] == "1.0" else "Go away"
        said = {
            "greeting": f"{word} ann, {password}",
            "access_token": made_up("token"),
            "user": {"name": "ann", "api_key": KEY, "note": f"pepper is {PEPPER}"},
        }
        self.answer(200, "application/json", json.dumps(said))

    def answer(self, status, kind, text, cookie=None):
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("X-Debug", PEPPER)
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format, *args):
        say("%s %s" % (self.client_address[0], format % args), self.headers.get("Authorization"))


say("starting with", KEY, PEPPER)
ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
