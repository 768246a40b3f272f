"""The programs of a project, run as they are run in its containers."""

import http.server
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.engine.polling import until
from harness.replicas.specs import TEMPLATES
from harness.services import SERVICES

Done = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], str]:
    """A program whose progress is kept in the test's folder."""
    (tmp_path / "progress").mkdir()

    def here(name: str) -> str:
        path = tmp_path / name
        path.write_text((TEMPLATES / f"compose-{name}").read_text("utf-8").replace("/opt/project", str(tmp_path)))
        return str(path)

    return here


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)


# ---------------------------------------------------------------------- once
def test_what_ended_well_is_not_done_again(program: Callable[[str], str], tmp_path: Path) -> None:
    words = ("sh", program("once.sh"), "seed-1", "sh", "-c", f"echo done >> {tmp_path}/log")
    assert run(*words).returncode == 0
    assert run(*words).stdout == "seed-1: done before\n"
    assert (tmp_path / "log").read_text() == "done\n"


def test_what_failed_is_done_again(program: Callable[[str], str], tmp_path: Path) -> None:
    assert run("sh", program("once.sh"), "seed-1", "sh", "-c", "exit 3").returncode == 3
    assert run("sh", program("once.sh"), "seed-1", "true").stdout == ""


# --------------------------------------------------------------------- until
def test_it_runs_until_it_is_over_and_never_again(program: Callable[[str], str], tmp_path: Path) -> None:
    log = tmp_path / "log"
    server = f"trap 'echo ended >> {log}; exit 7' TERM; echo up >> {log}; while :; do sleep 0.02; done"
    words = ["sh", program("until.sh"), "seed-start", "TERM", "sh", "-c", server]
    for _ in range(2):
        with subprocess.Popen(words) as running:
            assert until(log.exists, 10)
            assert run("sh", program("over.sh"), "seed-start").returncode == 0
            assert running.wait(10) == 0
    assert log.read_text() == "up\nended\n"


@pytest.mark.parametrize("code", [0, 5])
def test_it_ends_as_what_it_runs_where_that_ends_by_itself(program: Callable[[str], str], code: int) -> None:
    assert run("sh", program("until.sh"), "seed-start", "TERM", "sh", "-c", f"exit {code}").returncode == code


def test_it_passes_on_that_it_is_to_end(program: Callable[[str], str], tmp_path: Path) -> None:
    up = tmp_path / "up"
    server = f"$SIG{{INT}} = sub {{ exit 9 }}; open my $up, '>', '{up}' or die; select undef, undef, undef, 20"
    words = ["sh", program("until.sh"), "db", "INT", "perl", "-e", server]
    with subprocess.Popen(words) as running:
        assert until(up.exists, 10)
        running.terminate()
        assert running.wait(10) == 9


# --------------------------------------------------------------------- greet
@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with server.accept()[0] as connection:
                connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield int(server.getsockname()[1])


ANSWERS = {
    "postgresql": b"R\x00\x00\x00\x17\x00\x00\x00\x0aSCRAM-SHA-256\x00\x00",
    "mariadb": b"\x5a\x00\x00\x00\x0a11.8.2-MariaDB\x00",
    "redis": b"-NOAUTH Authentication required.\r\n",
    "rabbitmq": b"\x01\x00\x00\x00\x00\x01\xe0\x00\x0a\x00\x0a\x00\x09",
    "ldap": b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00",
    "smtp": b"220 smtp ready\r\n",
}


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("ready", [True, False])
def test_a_service_is_healthy_when_it_is_ready(name: str, ready: bool) -> None:
    service = SERVICES[name]
    answer = ANSWERS[name] if ready else b"\xffnot yet"
    assert bool(service.ready.match(answer)) is ready
    with answering(answer) as port:
        pattern = service.ready.pattern.decode("latin-1")
        done = run("perl", str(TEMPLATES / "compose-greet.pl"), str(port), service.hello.hex(), pattern)
    assert (done.returncode == 0) is ready, done.stderr


def test_one_that_is_no_longer_wanted_is_healthy(tmp_path: Path) -> None:
    assert run("perl", str(TEMPLATES / "compose-greet.pl"), "1", "", "x", str(tmp_path)).returncode == 0


# ----------------------------------------------------------------------- ask
@contextmanager
def product(log: list[str], *, chunked: bool = False) -> Iterator[str]:
    """A product that wants a login before it takes anything, and is ready with the second answer."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._said(200 if len(log) else 503, b"We are open")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            allowed = self.path == "/login" or "session=abc" in self.headers.get("Cookie", "")
            self._said(201 if allowed else 403, body)

        def _said(self, code: int, text: bytes) -> None:
            log.append(f"{self.command} {self.path} {code}")
            self.send_response(code)
            if self.path == "/login":
                self.send_header("Set-Cookie", "session=abc; Path=/; HttpOnly")
            if chunked:
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                half = len(text) // 2
                for part in (text[:half], text[half:]):
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part) if part else b"")
                self.wfile.write(b"0\r\n\r\n")
            else:
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def asked(there: str, *more: str, seconds: str = "10", text: str = "We are open") -> "subprocess.CompletedProcess[str]":
    return run("perl", str(TEMPLATES / "compose-ask.pl"), there, seconds, "/", "200", text, *more)


def written(folder: Path, *requests: tuple[str, str, str]) -> str:
    for number, (path, body, status) in enumerate(requests, start=1):
        head = f"POST {path} HTTP/1.1\r\nHost: product\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        (folder / f"{number}.http").write_bytes((head + body).encode())
        (folder / f"{number}.status").write_text(status)
    return str(folder)


@pytest.mark.parametrize("chunked", [False, True])
def test_requests_are_sent_when_it_answers_and_share_their_cookies(tmp_path: Path, chunked: bool) -> None:
    log: list[str] = []
    with product(log, chunked=chunked) as there:
        done = asked(there, written(tmp_path, ("/login", "a=b", "201"), ("/books", "", "201")))
    assert (done.returncode, done.stderr) == (0, "")
    assert log == ["GET / 503", "GET / 200", "POST /login 201", "POST /books 201"]


def test_another_answer_than_the_wanted_one_is_told(tmp_path: Path) -> None:
    with product([]) as there:
        done = asked(there, written(tmp_path, ("/books", "{}", "201")))
    assert done.returncode == 1
    assert done.stderr == "POST /books should be answered with HTTP 201\n{}\n"


def test_one_that_does_not_answer_as_it_should_is_told() -> None:
    with product(["before"]) as there:
        done = asked(there, seconds="0", text="closed")
    assert done.returncode == 1
    assert done.stderr == "/ should be answered with HTTP 200 and closed, last seen: 200\n"
    assert asked("127.0.0.1:1", seconds="0").returncode == 1
