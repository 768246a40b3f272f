"""What is put into a Dockerfile, and what is made of what the builder prints."""

import pytest

from harness.engine import owner
from harness.engine.build import _follow, labelled
from harness.errors import BuildError, EngineError
from harness.model import Context

CONTEXT = Context(name="product", parent="x:1", dockerfile="FROM x:1\nRUN a\n")


def followed(*events: dict[str, str]) -> list[str]:
    lines: list[str] = []
    _follow(CONTEXT, events, lines.append)
    return lines


def test_the_owner_comes_first_and_is_taken_back_at_last() -> None:
    first, claim, *rest, release = labelled("FROM x:1\nRUN a \\\n  b\n\n", "build-1").splitlines()
    assert first == "FROM x:1"
    assert rest == ["RUN a \\", "  b"]
    assert claim.startswith("LABEL ")
    assert f'{owner.RUN}="build-1"' in claim
    assert f'{owner.OWNER_PID}=""' in release
    assert {word.partition("=")[0] for word in claim.split()} == {word.partition("=")[0] for word in release.split()}


def test_pieces_become_lines_and_our_own_steps_are_not_shown() -> None:
    events = [{"stream": "Step 2/3 : LABEL org.harness.owner-pid=1\n"}, {"stream": "one\ntw"}, {"stream": "o\r\n\n"}]
    assert followed(*events, {"status": "Pulling"}, {"aux": "x"}) == ["one", "two", "Pulling"]


def test_a_failure_names_the_step_and_holds_the_end() -> None:
    events = [{"stream": "Step 1/2 : RUN a\n"}, *({"stream": f"line {n}\n"} for n in range(90)), {"error": "code: 7"}]
    with pytest.raises(BuildError, match="RUN a") as failed:
        followed(*events)
    assert failed.value.log.splitlines()[-2:] == ["line 89", "code: 7"]
    assert len(failed.value.log.splitlines()) == 40


def test_a_command_of_setup_may_be_what_the_upgrade_breaks() -> None:
    events = [{"stream": 'Step 1/2 : RUN ["mkdocs", "build"]\n'}, {"stream": "\x1b[91mno contextfilter\n\x1b[0m"}]
    with pytest.raises(BuildError) as failed:
        followed(*events, {"error": "code: 1"})
    assert failed.value.log.splitlines()[1:] == ["no contextfilter", "code: 1"]
    assert str(failed.value.advice).endswith("any more has a verdict")
    assert failed.value.in_full("en") == failed.value.into("en")  # the log is not printed twice


def test_a_full_disk_is_not_the_builds_fault() -> None:
    with pytest.raises(EngineError) as failed:
        followed({"error": "write /x: no space left on device"})
    assert not isinstance(failed.value, BuildError)
