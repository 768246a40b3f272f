"""The BiDi client against a WebSocket server of a few lines."""

import base64
import hashlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from harness.errors import BrowserError
from harness.webdriver.bidi import Bidi, BidiRefused, BidiSilent

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3


class Peer:
    """One connection of a browser: answers each command with what ``reply`` says of it."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.reply: Callable[[dict[str, Any]], list[dict[str, Any]]] = lambda _: []
        self.asked: list[dict[str, Any]] = []
        self.connection: socket.socket | None = None
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/session/1"

    def send(self, message: dict[str, Any]) -> None:
        assert self.connection
        payload = json.dumps(message).encode()
        size = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + struct.pack(">H", len(payload))
        with suppress(BrokenPipeError):  # the other side may be gone by now
            self.connection.sendall(b"\x81" + size + payload)

    def drop(self) -> None:
        assert self.connection
        self.connection.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        connection, _ = self.listener.accept()
        stream = connection.makefile("rb")
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += stream.readline()
        key = next(
            line.split()[1] for line in head.decode().splitlines() if line.lower().startswith("sec-websocket-key")
        )
        self.connection = connection  # before the other side can go on
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        connection.sendall(
            f"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        while len(start := stream.read(2)) == 2:
            size = start[1] & 0x7F
            size = struct.unpack(">H", stream.read(2))[0] if size == 126 else size
            mask = stream.read(4)
            payload = bytes(byte ^ mask[index % 4] for index, byte in enumerate(stream.read(size)))
            if start[0] & 0x0F == 1:
                self.asked.append(json.loads(payload))
                for message in self.reply(self.asked[-1]):
                    self.send(message)


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer()
    yield peer
    peer.listener.close()


@pytest.fixture
def bidi(peer: Peer) -> Iterator[Bidi]:
    bidi = Bidi(peer.url)
    yield bidi
    bidi.close()


def success(command: dict[str, Any], **result: Any) -> dict[str, Any]:
    return {"type": "success", "id": command["id"], "result": result}


def test_a_command_gives_its_result(peer: Peer, bidi: Bidi) -> None:
    peer.reply = lambda command: [success(command, seen=command["params"])]
    assert bidi.command("session.status", {"a": "中"}) == {"seen": {"a": "中"}}
    assert peer.asked[0]["method"] == "session.status"


def test_answers_may_come_in_any_order(peer: Peer, bidi: Bidi) -> None:
    held: list[dict[str, Any]] = []

    def reply(command: dict[str, Any]) -> list[dict[str, Any]]:
        held.append(success(command, method=command["method"]))
        return held[::-1] if len(held) == 3 else []

    peer.reply = reply
    futures = [bidi.start(method, {}) for method in ("a", "b", "c")]
    assert [future.result(2)["method"] for future in futures] == ["a", "b", "c"]


def test_events_reach_all_their_handlers_in_order_before_the_answer(peer: Peer, bidi: Bidi) -> None:
    seen: list[tuple[str, Any]] = []
    bidi.on("log.entryAdded", lambda params: seen.append(("first", params["n"])))
    bidi.on("log.entryAdded", lambda params: seen.append(("second", params["n"])))
    events = [{"type": "event", "method": "log.entryAdded", "params": {"n": n}} for n in (1, 2)]
    other = {"type": "event", "method": "nobody.listens", "params": {}}
    peer.reply = lambda command: [*events, other, success(command)]
    bidi.command("x", {})
    assert seen == [("first", 1), ("second", 1), ("first", 2), ("second", 2)]


def test_a_refusal_says_what_and_why(peer: Peer, bidi: Bidi) -> None:
    peer.reply = lambda command: [
        {"type": "error", "id": command["id"], "error": "no such frame", "message": "gone", "stacktrace": ""}
    ]
    with pytest.raises(BidiRefused, match=r"the browser refused script\.evaluate: no such frame: gone") as refused:
        bidi.command("script.evaluate", {})
    assert (refused.value.code, refused.value.detail) == ("no such frame", "gone")
    assert bidi.lost is None


def test_silence_ends_with_the_time(peer: Peer, bidi: Bidi) -> None:
    peer.reply = lambda command: [success(command)] if command["method"] == "session.status" else []
    with pytest.raises(BidiSilent, match="did not answer"):
        bidi.command("script.evaluate", {}, timeout_s=0.05)
    assert bidi.command("session.status", {}) == {}  # later answers are not mixed up


def test_a_lost_connection_fails_what_waits_and_what_is_asked_later(peer: Peer, bidi: Bidi) -> None:
    peer.reply = lambda command: [success(command)] if command["method"] == "session.status" else []
    waiting = bidi.start("script.evaluate", {})
    bidi.command("session.status", {})  # so that the peer has both
    peer.drop()
    assert isinstance(waiting.exception(2), BrowserError)
    assert bidi.ended.wait(2)
    with pytest.raises(BrowserError, match="the connection to the browser was lost"):
        bidi.command("session.status", {})


def test_the_first_reason_stays(peer: Peer, bidi: Bidi) -> None:
    from harness.language import Message

    bidi.fail(BrowserError(Message("the tab crashed")))
    bidi.fail(BrowserError(Message("something else")))
    peer.drop()
    with pytest.raises(BrowserError, match="the tab crashed"):
        bidi.command("session.status", {})


def test_closing_ends_the_thread_and_may_be_done_twice(peer: Peer) -> None:
    bidi = Bidi(peer.url)
    waiting = bidi.start("script.evaluate", {})
    bidi.close()
    bidi.close()
    assert isinstance(waiting.exception(0), BrowserError)
    assert not any(thread.name == "bidi" for thread in threading.enumerate())


def test_the_host_may_be_another_than_the_browser_believes(peer: Peer) -> None:
    bidi = Bidi("ws://nowhere.invalid:1/session/1", host=("127.0.0.1", peer.port))
    peer.reply = lambda command: [success(command)]
    assert bidi.command("session.status", {}) == {}
    bidi.close()


def test_nobody_there_is_an_error_of_ours() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(BrowserError, match="cannot connect to the browser"):
            Bidi(f"ws://127.0.0.1:{free.getsockname()[1]}/")
