"""run: what joins the stages, without an engine."""

from pathlib import Path

import pytest

from harness import run
from harness.errors import BuildError, EngineError, ExitCode, InputError
from harness.evidence import RunFolder
from harness.language import Message
from harness.model import Case, Environment, EnvironmentFile, Lock, LockedEnvironment, LockedSet, Ref, Said, Server
from harness.model.verdict import Verdict, VerdictName
from harness.tidying import in_thread


def environment(version: str) -> Environment:
    return Environment(server=Server(product=Ref(name="shop", version=version)))


def case(*versions: str) -> Case:
    file = EnvironmentFile(path=Path("shop.yaml"), name="shop", environments=tuple(map(environment, versions)))
    return Case(file=file, scenario=None, recipes={})


def verdict(name: VerdictName) -> Verdict:
    return Verdict(verdict=name, reason="", reason_said=Said(text=""))


def test_without_an_upgrade_there_is_nothing_to_compare() -> None:
    with pytest.raises(InputError, match=r"shop\.yaml has no upgrade"):
        run._upgrade(case("1.0"))


def test_the_way_back_swaps_environments_and_their_locks() -> None:
    def locked(version: str) -> LockedEnvironment:
        return LockedEnvironment(versions={"server.product": version}, server=LockedSet(), browser=LockedSet())

    lock = Lock(digest="", machine="x86_64", bases=(), environments=(locked("1"), locked("2"), locked("3")))
    swapped, swapped_lock = run._swapped(case("1", "2", "3"), lock)
    assert [one.server.product.version for one in swapped.file.environments] == ["3", "2", "1"]
    assert swapped_lock.side("before") == locked("3")
    assert swapped_lock.side("after") == locked("1")


@pytest.mark.parametrize(
    ("name", "failures", "expected", "code"),
    [
        ("same", (), None, ExitCode.GOOD),
        ("fixed", (), None, ExitCode.GOOD),
        ("regression", (), None, ExitCode.REGRESSION),
        ("regression", (), "regression", ExitCode.GOOD),
        ("same", (), "regression", ExitCode.REGRESSION),
        ("broken-both", (), None, ExitCode.UNDECIDED),
        ("no-verdict", (), None, ExitCode.UNDECIDED),
        ("no-verdict", (BuildError(Message("no")),), None, ExitCode.ENGINE),
        ("no-verdict", (EngineError(Message("no")),), "regression", ExitCode.REGRESSION),
        ("no-verdict", (EngineError(Message("no")),), "no-verdict", ExitCode.GOOD),
    ],
)
def test_the_exit_code(
    name: VerdictName, failures: tuple[EngineError, ...], expected: VerdictName | None, code: ExitCode
) -> None:
    result = run.Result(folder=RunFolder(path=Path("run")), verdict=verdict(name), failures=failures)
    assert result.exit_code(expected) == code


def test_what_a_thread_raises_reaches_who_waits() -> None:
    def work(done: "run.Future[int]") -> None:
        raise BuildError(Message("it broke"))

    thread, done = in_thread(work)
    thread.join(5)
    with pytest.raises(BuildError, match="it broke"):
        done.result(5)


def test_what_fails_after_the_result_does_not_take_it_back() -> None:
    def work(done: "run.Future[int]") -> None:
        done.set_result(7)
        raise EngineError(Message("while tidying up"))

    thread, done = in_thread(work)
    thread.join(5)
    assert done.result(5) == 7
