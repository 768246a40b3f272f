"""harness.engine.waiting: a wait ends by an answer, an end, a stop or the time."""

import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest

from harness.engine import waiting
from harness.engine.waiting import Answer, wait_for_answer, wait_for_command, wait_for_greeting, wait_for_port
from harness.errors import EngineError
from harness.language import Message


class Product(ThreadingHTTPServer):
    """Answers 503 a number of times, then 200."""

    def __init__(self, busy: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.busy = busy


class Handler(BaseHTTPRequestHandler):
    server: Product

    def do_GET(self) -> None:
        self.server.busy -= 1
        self.send_response(503 if self.server.busy >= 0 else 200)
        self.end_headers()
        self.wfile.write(b"the library is open")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def product() -> Iterator[Product]:
    server = Product(busy=3)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def wait(
    product: Product,
    *,
    text: str | None = None,
    timeout_s: float = 5,
    code: int | None = None,
    stop: threading.Event | None = None,
) -> Answer:
    return wait_for_answer(
        f"http://127.0.0.1:{product.server_port}/",
        status=200,
        text=text,
        timeout_s=timeout_s,
        exit_code=lambda: code,
        stop=stop or threading.Event(),
    )


def test_it_waits_until_the_status_is_right(product: Product) -> None:
    assert wait(product, text="open") == Answer(ready=True, status=200)
    assert product.busy == -1


def test_it_says_what_it_saw_instead(product: Product) -> None:
    product.busy = 10**6
    assert wait(product, timeout_s=0.2) == Answer(ready=False, seen="HTTP 503", status=503)


def test_the_text_must_be_there_too(product: Product) -> None:
    assert wait(product, text="closed", timeout_s=0.3) == Answer(ready=False, seen="HTTP 200", status=200)


def test_a_container_that_ended_ends_the_wait(product: Product) -> None:
    product.busy = 10**6
    assert wait(product, timeout_s=60, code=137).exit_code == 137


def test_whether_it_ended_is_asked_by_the_clock_and_not_by_looks(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look at an address that is gone takes seconds."""
    product.busy = 10**6
    times = iter([0.0, 5.0, 10.0])
    monkeypatch.setattr(waiting, "monotonic", lambda: next(times))
    wait(product, timeout_s=60, code=1)
    assert product.busy == 10**6 - 1  # one look, and then it was asked


def test_a_stop_ends_the_wait(product: Product) -> None:
    product.busy = 10**6
    stop = threading.Event()
    stop.set()
    assert not wait(product, timeout_s=60, stop=stop).ready


@pytest.fixture
def service() -> Iterator[tuple[str, int]]:
    """Says `-LOADING` to the first two that send `PING`, hangs up on the third, and then `+PONG`."""
    answers = iter([b"-LOADING", b"-LOADING", b""])

    class Answer(StreamRequestHandler):
        def handle(self) -> None:
            assert self.request.recv(16) == b"PING"
            self.request.sendall(next(answers, b"+PONG"))

    server = ThreadingTCPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield "127.0.0.1", server.server_address[1]
    server.shutdown()
    server.server_close()


def greeted(service: tuple[str, int], ready: bytes, timeout_s: float = 5, code: int | None = None) -> Answer:
    return wait_for_greeting(
        service,
        hello=b"PING",
        ready=re.compile(ready),
        timeout_s=timeout_s,
        exit_code=lambda: code,
        stop=threading.Event(),
    )


def test_it_waits_until_the_greeting_is_right(service: tuple[str, int]) -> None:
    assert greeted(service, rb"\+PONG").ready


def test_it_says_how_it_was_greeted_last(service: tuple[str, int]) -> None:
    assert greeted(service, b"hello", timeout_s=0.2) == Answer(ready=False, seen="b'+PONG'")


def test_a_port_that_takes_a_connection_is_enough(service: tuple[str, int]) -> None:
    def waited(address: tuple[str, int]) -> Answer:
        return wait_for_port(address, timeout_s=5, exit_code=lambda: 3, stop=threading.Event())

    assert waited(service).ready
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        answer = waited(nobody.getsockname())
    assert (answer.ready, answer.seen, answer.exit_code) == (False, "ConnectionRefusedError", 3)


def test_a_command_is_run_until_it_ends_well() -> None:
    def waited(*said: tuple[int, str] | EngineError) -> Answer:
        answers = iter(said)

        def run() -> tuple[int, str]:
            one = next(answers, said[-1])
            if isinstance(one, EngineError):
                raise one
            return one

        return wait_for_command(run, timeout_s=5, exit_code=lambda: 137, stop=threading.Event())

    assert waited((1, "no"), (0, "")).ready
    assert waited((1, "not yet\n")) == Answer(ready=False, seen="exit code 1: not yet", exit_code=137)
    ended = waited(EngineError(Message("it has ended")))
    assert (ended.ready, ended.seen, ended.exit_code) == (False, "it has ended", 137)


def test_nobody_who_listens_is_said_too() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        answer = greeted(nobody.getsockname(), b"", timeout_s=5, code=3)
    assert (answer.ready, answer.seen, answer.exit_code) == (False, "ConnectionRefusedError", 3)
