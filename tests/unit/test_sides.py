"""One side of a run, and replays that several runs share. What a replay does is made up."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Event
from unittest.mock import Mock

import pytest

from harness.errors import BuildError, HarnessError, ProductNotReady
from harness.evidence import RunFolder
from harness.language import Message
from harness.model import Case, EnvironmentFile, Lock, LockedEnvironment, LockedSet, Scenario, Side, Step, Trace
from harness.progress import Progress, Silent
from harness.provision import Provisioned
from harness.sides import Ground, OneSide
from harness.steps.open import OpenArguments
from harness.tidying import in_thread
from tests.stories import GALLERY, with_fault
from tests.unit.matrix.made_up import environment

TRACE = GALLERY.trace("before")


@dataclass(kw_only=True)
class Made(OneSide):
    """A side whose replay is what ``does`` says."""

    does: Callable[["Made"], Trace]
    replays: list[str] = field(default_factory=list)

    def _own_trace(self, progress: Progress, done: "Future[Trace]") -> None:
        self.replays.append(self.run_id)
        trace = self.does(self)
        (self.folder.side("before") / "server.log").write_text(self.run_id)
        done.set_result(trace)


def never(side: Made) -> Trace:
    raise AssertionError("it was replayed again")


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Made]:
    file = EnvironmentFile(path=Path("a.yaml"), name="a", environments=(environment("shop@1"), environment("shop@2")))
    locked = LockedEnvironment(versions={}, server=LockedSet(), browser=LockedSet())
    ground = Ground(engine=None, lock=Lock(digest="", machine="", bases=(), environments=(locked, locked)))  # type: ignore[arg-type]

    def made(does: Callable[[Made], Trace], key: str | None = "key") -> Made:
        folder = RunFolder.create(tmp_path / "runs", "a")
        return Made(case=Case(file=file, scenario=None, recipes={}), side="before", ground=ground, folder=folder,
                    run_id=folder.path.name, lang="en", key=key, does=does)  # fmt: skip

    return made


def ended(side: OneSide) -> Trace:
    thread, done = in_thread(partial(side.trace, Silent()))
    found: Trace = done.result(20)
    thread.join(20)
    return found


def test_a_shared_side_is_replayed_once_and_its_evidence_is_everywhere(make: Callable[..., Made]) -> None:
    first, second, third = make(lambda side: TRACE), make(never), make(never)
    assert [ended(one) for one in (first, second, third)] == [TRACE] * 3
    assert [len(one.replays) for one in (first, second, third)] == [1, 0, 0]
    for one in (second, third):
        assert (one.folder.side("before") / "server.log").read_text() == first.run_id
        assert list(one.folder.side("after").iterdir()) == []


def test_another_key_is_another_replay_and_none_is_a_replay_of_its_own(make: Callable[..., Made]) -> None:
    sides = [make(lambda side: TRACE, key) for key in ("a", "b", None, None)]
    for one in sides:
        ended(one)
    assert [one.replays for one in sides] == [[one.run_id] for one in sides]


def test_whoever_comes_while_it_is_replayed_waits(make: Callable[..., Made]) -> None:
    begun, go_on = Event(), Event()

    def slow(side: Made) -> Trace:
        begun.set()
        assert go_on.wait(20)
        return TRACE

    first, second = make(slow), make(never)
    threads = [in_thread(partial(first.trace, Silent()))]
    assert begun.wait(20)
    threads.append(in_thread(partial(second.trace, Silent())))
    assert not threads[1][1].done()
    go_on.set()
    assert [done.result(20) for _, done in threads] == [TRACE, TRACE]
    for thread, _ in threads:
        thread.join(20)
    assert second.replays == []


def test_why_it_was_not_replayed_is_shared_too(make: Callable[..., Made]) -> None:
    failure: HarnessError = BuildError(Message("no build"))

    def fails(side: Made) -> Trace:
        side.failure = failure
        return with_fault(TRACE)

    first, second = make(fails), make(never)
    assert ended(first) == ended(second) == with_fault(TRACE)
    assert first.failure is second.failure is failure


def not_ready(code: int | None) -> Provisioned:
    provisioned = Mock(spec=Provisioned)
    why = ProductNotReady(Message("not ready"), log="", code=code, status=None)
    provisioned.wait_until_ready.side_effect = why
    return provisioned


def test_a_product_that_ends_is_replayed_after_the_upgrade(make: Callable[..., Made]) -> None:
    after = replace(make(never), side="after")
    assert str(after._unready(not_ready(1))) == "not ready"


@pytest.mark.parametrize(("side", "verdict"), [("after", True), ("before", False)])
def test_a_product_that_ends_when_it_is_seeded_is_broken_by_the_upgrade(
    make: Callable[..., Made], side: Side, verdict: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(self: OneSide, progress: Progress) -> None:
        raise ProductNotReady(Message("it ended"), log="ImportError: cgi", code=1, status=None)

    monkeypatch.setattr(OneSide, "build", build)
    made = make(never)
    step = Step(number=1, action="open", arguments=OpenArguments.model_validate("/"), timeout_s=1)
    case = replace(made.case, scenario=Scenario(path=Path("a.yaml"), name="a", steps=(step,)))
    one = OneSide(case=case, side=side, ground=made.ground, folder=made.folder, run_id="a", lang="en")
    trace = ended(one)
    assert (trace.fault is None, one.failure is None, bool(trace.failed)) == (verdict, verdict, verdict)
    assert [item.kind for item in trace.observations] == (["log", "ended"] if verdict else [])


@pytest.mark.parametrize(("side", "code"), [("before", 1), ("after", 137), ("after", None)])
def test_and_else_it_says_nothing_of_the_upgrade(make: Callable[..., Made], side: Side, code: int | None) -> None:
    with pytest.raises(ProductNotReady):
        replace(make(never), side=side)._unready(not_ready(code))


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_nobody_waits_for_a_replay_that_died(make: Callable[..., Made], error: type[BaseException]) -> None:
    def dies(side: Made) -> Trace:
        raise error

    for one in (make(dies), make(never)):
        _, done = in_thread(partial(one.trace, Silent()))
        with pytest.raises(error):
            done.result(20)
