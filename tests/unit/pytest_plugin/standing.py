"""A replica and its browser that answer as a test says, in place of those that ``run.up`` starts."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from harness import spec
from harness.errors import HarnessError
from harness.evidence import RunFolder
from harness.run import Up
from tests.unit.fake_session import FakeDriver, FakeSession, text


class Driver(FakeDriver):
    """The part of Selenium's driver that a test in Python uses."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    def execute(self, driver_command: str, params: Any = None) -> dict[str, Any]:
        return {"value": driver_command}

    def get(self, url: str) -> None:
        self.opened.append(url)

    def quit(self) -> None:
        raise AssertionError("the fixture ends the browser")


def session() -> FakeSession:
    made = FakeSession()
    made.driver = Driver()
    made.answers["script.callFunction"] = lambda params: (
        text('["Tours", "http://product:8000/now", "1 1"]')
        if "glances" in params["functionDeclaration"]
        else text("<html></html>")
    )
    made.answers["script.evaluate"] = lambda _: {}
    made.answers["network.addDataCollector"] = lambda _: {"collector": "1"}
    return made


def throws(browser: FakeSession, error: str) -> None:
    """The page throws something that nobody catches."""
    browser.happen("log.entryAdded", type="javascript", level="error", text=error, timestamp=time.time() * 1000)


def writes(browser: FakeSession, level: str, words: str) -> None:
    """The page writes to its console."""
    browser.happen("log.entryAdded", type="console", level=level, text=words, args=[], timestamp=time.time() * 1000)


def asks(browser: FakeSession, url: str, status: int) -> None:
    """The page makes a request that is answered."""
    request = {"request": url, "url": url, "method": "GET", "headers": [], "timings": {}}
    response = {"status": status, "headers": [], "mimeType": "text/html"}
    event = {"request": request, "redirectCount": 0, "timestamp": time.time() * 1000}
    browser.happen("network.responseCompleted", **event, response=response)


@dataclass(kw_only=True)
class Standing:
    """In place of ``run.up``: what was asked of it, and what it leaves standing."""

    error: HarnessError | None = None
    at_the_end: HarnessError | None = None
    gone: HarnessError | None = None  # what is found when the engine is asked
    browser: FakeSession = field(default_factory=session)
    asked: list[dict[str, Any]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @contextmanager
    def __call__(self, environment: Path, side: Any, **options: Any) -> Iterator[Up]:
        self.asked.append({"environment": environment, "side": side, **options})
        if self.error:
            raise self.error
        folder = RunFolder.create(options["runs"], options["name"])
        (folder.side(side) / "server.log").write_text("2026-11-22T20:00:00Z serving\n")

        def verify() -> None:
            if self.gone:
                raise self.gone

        replica = SimpleNamespace(
            product_url="http://product:8000",
            product_address=("192.0.2.7", 8000),
            log_path=folder.side(side) / "server.log",
            service_logs={},
        )
        product = SimpleNamespace(
            log_tail=lambda lines: f"serving, {lines}",
            execute=lambda *command, user: (3, f"{' '.join(command)} as {user or 'app'}"),
        )
        provisioned: Any = SimpleNamespace(replica=replica, product=product, verify=verify)
        yield Up(
            provisioned=provisioned,
            session=self.browser if options["browser"] else None,
            environment=spec.load_environment(environment).side(side),
            folder=folder,
        )
        self.said.append("removed")
        if self.at_the_end:
            raise self.at_the_end
