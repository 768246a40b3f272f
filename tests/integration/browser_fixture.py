"""A browser as the product builds and starts it, with a small web site on this machine beside it."""

import http.server
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from harness import lock, spec
from harness.browsers import BROWSERS
from harness.engine import ContainerRegistry, Engine, build, built
from harness.engine.containers import ContainerSpec, Running, network, start
from harness.engine.waiting import wait_for_answer
from harness.model import Client, Environment, Part, Recipe, Ref, Replica, Viewport
from harness.model import Server as ServerLayer
from harness.model.environment import BrowserRef
from harness.protocols import Session
from harness.render import render
from harness.replicas.specs import TEMPLATES

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "tests/contract/pages"
RUN_ID = f"contract-{uuid4().hex[:6]}"


class Site(http.server.SimpleHTTPRequestHandler):
    """The pages of the contract tests, and answers that no file gives."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, directory=str(PAGES), **kwargs)  # type: ignore[arg-type]  # as the class has them

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        match self.path.lstrip("/").split("/"):
            case ["rows.json"]:
                self._answer(200, "application/json; charset=utf-8", b'{"rows": [1, null, {"name": "\xe4\xb8\xad"}]}')
            case ["large.json"]:
                self._answer(200, "application/json", json.dumps(["x" * 1000] * 1100).encode())
            case ["broken.json"]:
                self._answer(200, "application/problem+json", b"{not json")
            case ["status", code]:
                self._answer(int(code), "text/html", b"<title>Status</title><h1>Status</h1>")
            case ["report.bin"]:
                self._answer(200, "application/octet-stream", bytes(1000), **{"Content-Disposition": "attachment"})
            case ["redirect"]:
                self.send_response(302)
                self.send_header("Location", "/rows.json")
                self.send_header("Content-Length", "0")
                self.end_headers()
            case [name] if name.startswith("late."):
                time.sleep(0.3)
                body = b"<title>Late</title><h1>Late</h1><script src='late.js'></script>"
                self._answer(
                    200, "text/html", body if name.startswith("late.html") else b"document.title += ' but there'"
                )
            case ["dropped"]:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
            case ["slow.html"]:
                time.sleep(30)
                self._answer(200, "text/html", b"<title>Slow</title><h1>Slow</h1>")
            case _:
                super().do_GET()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def _answer(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A browser that went away in the middle of an answer is none of our business."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A browser container and a site that it reaches."""

    running: Running
    name: str  # of the browser, in BROWSERS
    url: str  # of the site, as the browser reaches it
    client: Client

    @property
    def webdriver_url(self) -> str:
        return f"http://{self.running.address}:{BROWSERS[self.name].port}"

    def execute(self, *command: str) -> tuple[int, str]:
        """Run a command in the browser's container: exit code and output."""
        code, output = self.running.container.exec(list(command))
        return int(code or 0), output.decode("utf-8", "replace")

    def session(self) -> Session:
        return BROWSERS[self.name].open(self.webdriver_url, self.client)

    def replica(self, folder: Path) -> Replica:
        """As ``provision`` would give it, with the site as its product."""
        recipe = Recipe(name="site", folder=folder, product=Part(version=("1",)), start=("site",), port=80)
        return Replica(
            run_id=RUN_ID,
            environment=Environment(client=self.client, server=ServerLayer(product=Ref(name="site"))),
            recipe=recipe,
            product_url=self.url,
            product_address=(urlsplit(self.url).hostname or "", urlsplit(self.url).port or 80),
            webdriver_url=self.webdriver_url,
            network="",
            product_container="",
            browser_container=self.running.id,
            log_path=folder / "server.log",
        )


def browser_image(engine: Engine, wanted: BrowserRef) -> tuple[str, Client]:
    """The tag of the image of a browser as a shipped environment has it, or of another one in its place;
    built where it is missing."""
    case = spec.load(ROOT / "environments/gallery-parallax.yaml", None)
    file, existing = case.file, lock.beside(case.file.path)
    environment = file.side("before")
    if wanted != environment.client.browser:
        client = environment.client.model_copy(update={"browser": wanted})
        environment = environment.model_copy(update={"client": client})
        file, existing = file.model_copy(update={"environments": (environment,)}), None
    registry = ContainerRegistry()
    locked = lock.resolve(file, case.recipes, registry, existing=existing, strict=False, fresh=False)
    rendering = render(environment, case.recipe(environment), locked.environments[0], locked, registry)
    tag = rendering.browser[-1].tag
    if not built(engine, tag):
        for context in rendering.browser:
            build(engine, context, log=Path(os.devnull))
    return tag, environment.client


@contextmanager
def bench(engine: Engine, wanted: str) -> Iterator[Bench]:
    """Start a browser, ``name`` or ``name@version``, and the site; both are gone afterwards."""
    ref = BrowserRef.model_validate(wanted)
    called = f"harness-contract-{ref.name}-{uuid4().hex[:8]}"
    tag, client = browser_image(engine, ref)
    client = client.model_copy(update={"timezone": "Asia/Shanghai", "screen": Viewport(width=1600, height=900)})
    browser = BROWSERS[ref.name]
    with network(engine, run_id=RUN_ID, name=called, internal=False) as joined:
        seccomp = (TEMPLATES / browser.seccomp).read_text("utf-8") if browser.seccomp else None
        running = start(
            engine,
            ContainerSpec(
                run_id=RUN_ID,
                role="browser",
                name=called,
                image=tag,
                network=joined,
                alias="browser",
                environment=browser.environment(client.model_copy(update={"locale": "zh_CN.UTF-8"})),
                seccomp=seccomp,
                shared_memory_bytes=512 * 1024**2,
            ),
        )
        gateway = running.inspect()["NetworkSettings"]["Networks"][joined]["Gateway"]
        server = Server((gateway, 0), Site)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            answer = wait_for_answer(
                f"http://{running.address}:{browser.port}/status",
                status=200,
                text='"ready":true',
                timeout_s=60,
                exit_code=running.exit_code,
                stop=threading.Event(),
            )
            assert answer.ready, answer
            yield Bench(running=running, name=ref.name, url=f"http://{gateway}:{server.server_port}", client=client)
        finally:
            server.shutdown()
            server.server_close()
            running.remove()
