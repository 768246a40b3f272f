"""remote: what is asked of its server, and what is said where it refuses, or has no WebDriver BiDi."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from harness.browsers.remote import PlainRemoteSession, Remote, called
from harness.errors import BrowserError
from harness.model import Client

CAPABILITIES = {"browserName": "MicrosoftEdge", "browserVersion": "156.0", "platformName": "windows"}


class Server(ThreadingHTTPServer):
    """A WebDriver server without a browser, and without WebDriver BiDi."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Commands)
        self.asked: list[tuple[str, str, dict[str, Any], str]] = []
        self.refuses = ""

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        if path == "/hub/session" and (self.refuses or "webSocketUrl" in body["capabilities"]["alwaysMatch"]):
            why = self.refuses or "session not created"
            return 500, {"error": "session not created", "message": why, "stacktrace": ""}
        if path == "/hub/session":
            return 200, {"sessionId": "1", "capabilities": CAPABILITIES}
        if path.endswith("/execute/sync"):
            return 200, [10, 20, 800, 600]
        return 200, "window" if path.endswith("/window") else None


class Commands(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
        self.server.asked.append((self.command, self.path, body, self.headers.get("Authorization") or ""))
        status, value = self.server.answer(self.path, body)
        data = json.dumps({"value": value}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_DELETE = do_POST

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    one = Server()
    threading.Thread(target=one.serve_forever, daemon=True).start()
    yield one
    one.shutdown()
    one.server_close()


def client(**capabilities: object) -> Client:
    browser = {"name": "remote", "url": "http://grid", "capabilities": capabilities}
    return Client.model_validate({"browser": browser, "viewport": "801x603"})


def test_capabilities_and_login_go_to_the_server_and_what_is_not_told_is_said(server: Server) -> None:
    url = f"http://bob:pass%20word@127.0.0.1:{server.server_port}/hub"
    session = Remote().open(url, client(browserName="MicrosoftEdge", timeouts={"script": 5}))
    assert isinstance(session, PlainRemoteSession)
    assert session.browser == "MicrosoftEdge 156.0 (windows)"
    first, second = (body["capabilities"]["alwaysMatch"] for _, path, body, _ in server.asked if path == "/hub/session")
    assert first.pop("webSocketUrl") is True
    assert first == second
    assert second["timeouts"] == {"script": 5}
    assert {login for *_, login in server.asked} == {"Basic Ym9iOnBhc3Mgd29yZA=="}
    sizes = [body for _, path, body, _ in server.asked if path.endswith("/window/rect")]
    assert [(one["width"], one["height"]) for one in sizes] == [(811, 623)]
    said = [str(one) for one in session.unobserved]
    assert "remote: the page at 801x603; it is 800x600 large" in said
    assert "remote: requests and their answers, as its session offers no WebDriver BiDi" in said
    session.close()
    assert server.asked[-1][:2] == ("DELETE", "/hub/session/1")


def test_without_bidi_where_the_file_does_not_want_it(server: Server) -> None:
    Remote().open(f"http://127.0.0.1:{server.server_port}/hub", client(webSocketUrl=False)).close()
    sessions = [body for _, path, body, _ in server.asked if path == "/hub/session"]
    assert ["webSocketUrl" in body["capabilities"]["alwaysMatch"] for body in sessions] == [False]


def test_a_refusal_is_told_in_the_server_s_words_without_the_login(server: Server) -> None:
    server.refuses = "no such browser here"
    with pytest.raises(BrowserError) as refused:
        Remote().open(f"http://bob:hidden-word@127.0.0.1:{server.server_port}/hub", client())
    said = str(refused.value.what)
    assert said.startswith("the browser does not start: the WebDriver server at 127.0.0.1 refused the session: ")
    assert "no such browser here" in said
    assert "hidden" not in said


def test_a_browser_is_called_what_its_session_says() -> None:
    assert called({}) == "remote"
    assert called(CAPABILITIES) == "MicrosoftEdge 156.0 (windows)"
