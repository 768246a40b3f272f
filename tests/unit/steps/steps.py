"""What the tests of single steps share."""

from collections.abc import Callable
from typing import Any

from harness.language import Message
from harness.protocols import Sight
from harness.steps import STEPS


def arguments(name: str, raw: Any) -> Any:
    return STEPS[name].Arguments.model_validate(raw)


def words(name: str, raw: Any) -> str:
    return str(STEPS[name].describe(arguments(name, raw)))


class FakePage:
    """Records what a step asks of a page; ``sight`` is what there is to see."""

    base_url = "http://product:8000"

    def __init__(self, sight: Sight | None = None, **facts: Any) -> None:
        self.sight = sight
        self.facts = facts
        self.calls: list[tuple[str, Any]] = []
        self.notes: list[str] = []
        self.complaints: list[str | None] = []

    def go(self, url: str) -> None:
        self.calls.append(("go", url))

    def rest(self, seconds: float) -> None:
        self.calls.append(("rest", seconds))

    def note(self, message: Message) -> None:
        self.notes.append(str(message))

    def run(self, script: str) -> Any:
        self.calls.append(("run", script))
        return self.facts["value"]

    def document(self) -> Any:
        return self.facts.get("document")

    def requests(self) -> Any:
        return self.facts.get("requests", ())

    def errors(self) -> Any:
        return self.facts.get("errors", ())

    def watch(self, target: Any, complaint: Callable[[Sight], Message | None]) -> None:
        assert self.sight
        said = complaint(self.sight)
        self.complaints.append(None if said is None else str(said))

    def await_observation(self, complaint: Callable[[], Message | None], *, now: bool = False) -> None:
        self.calls.append(("await", now))
        said = complaint()
        self.complaints.append(None if said is None else str(said))


def run(name: str, raw: Any, page: FakePage) -> FakePage:
    STEPS[name].run(page, arguments(name, raw))  # type: ignore[arg-type]  # as much of a page as the step uses
    return page
