"""What is kept of a log, whatever comes in which pieces: lines, none longer than memory allows, no half secret."""

import io
import re
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docker.errors import DockerException
from hypothesis import given
from hypothesis import strategies as st
from requests import ConnectionError

from harness.engine.containers import CUT, LINE_BYTES, OVERLAP_BYTES, Running, _kept, _lines
from harness.errors import EngineError
from harness.masking import MASK, Secrets
from harness.model import File

SECRET = "hunter2-and-more"
STAMP = b"2026-11-22T20:31:04.123456789Z "
MOST = LINE_BYTES + OVERLAP_BYTES


def secrets(*values: str) -> Secrets:
    made = Secrets()
    for value in values or (SECRET,):
        made.add(value, "env:PASSWORD")
    return made


def kept(*chunks: bytes, secret: str = SECRET) -> list[str]:
    """The lines of a log that came in chunks, as they are kept."""
    mask = secrets(secret).mask
    return [_kept(line, whole, mask).decode("utf-8", "surrogateescape") for line, whole in _lines(chunks)]


def pieces(data: bytes, ends: Iterable[int]) -> list[bytes]:
    places = [0, *sorted(end % (len(data) + 1) for end in ends), len(data)]
    return [data[start:end] for start, end in pairwise(places)]


# --------------------------------------------------------------------- lines
@given(st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"")), max_size=6),
       st.sampled_from([b"", b"\n"]), st.lists(st.integers(0, 90), max_size=8))  # fmt: skip
def test_lines_are_the_same_whatever_the_chunks(lines: list[bytes], end: bytes, ends: list[int]) -> None:
    data = b"\n".join(lines) + end
    assert list(_lines(pieces(data, ends))) == [(line, True) for line in re.findall(rb"[^\n]*\n|[^\n]+", data)]


@given(st.lists(st.integers(0, 1000), max_size=8))
def test_a_secret_in_parts_is_found(ends: list[int]) -> None:
    data = STAMP + f"the password is {SECRET}, or {SECRET}\n".encode() + STAMP + b"next\n"
    assert kept(*pieces(data, ends)) == [
        f"{STAMP.decode()}the password is {MASK}, or {MASK}\n",
        f"{STAMP.decode()}next\n",
    ]


def test_a_line_that_the_engine_sent_in_parts_is_one_as_it_was_printed() -> None:
    long = "".join(f"{number} " for number in range(7000)).encode()
    parts = [long[at : at + 16384] for at in range(0, len(long), 16384)]
    assert len(parts) == 3
    sent = STAMP + STAMP.join(parts) + b"\n" + STAMP + b"next\n"
    for chunks in ([sent], pieces(sent, range(0, len(sent), 1000))):
        assert list(_lines(chunks)) == [(STAMP + long + b"\n", True), (STAMP + b"next\n", True)]


def test_a_secret_where_the_engine_cut_a_line_is_found() -> None:
    before = b"!" * 16_376
    sent = STAMP + before + SECRET[:8].encode() + STAMP + SECRET[8:].encode() + b" y\n"
    assert kept(sent) == [(STAMP + before).decode() + f"{MASK} y\n"]


@pytest.mark.parametrize("stamp", [b"2026-11-22T20:31:04.5+08:00 ", b"2026-11-22T20:31:04.000000001-11:30 "])
def test_times_with_other_zones(stamp: bytes) -> None:
    assert list(_lines([stamp + b"a" + stamp + b"b\n"])) == [(stamp + b"ab\n", True)]


@pytest.mark.parametrize("line", [b"no time " + STAMP + STAMP, b"2026-11-22 20:31:04 x" * 2, b"\n"])
def test_a_line_without_a_time_stays_as_it_is(line: bytes) -> None:
    assert list(_lines([line])) == [(line, True)]


# ------------------------------------------------------------ over-long lines
@pytest.mark.parametrize("size", [1, 1000, 1 << 16, 1 << 20])
def test_no_more_of_a_line_is_held_than_is_kept_and_overlaps(size: int) -> None:
    data = b"x" * (MOST + 50_000) + b"\n" + b"after\n"
    found = list(_lines(data[at : at + size] for at in range(0, len(data), size)))
    assert found[0][1] is False
    assert len(found[0][0]) == MOST
    assert found[1:] == [(b"after\n", True)]


@pytest.mark.parametrize(
    ("count", "whole"), [(MOST - 2, True), (MOST - 1, True), (MOST, False), (MOST + 1, False), (2 * MOST, False)]
)
def test_a_line_is_whole_as_long_as_its_end_fits(count: int, whole: bool) -> None:
    for chunks in ([b"x" * count + b"\n", b"z\n"], [b"x" * count, b"\n", b"z\n"], [b"x" * (count - 1), b"x\nz\n"]):
        first, second = _lines(chunks)
        assert (first[1], len(first[0])) == (whole, min(count + 1, MOST))
        assert second == (b"z\n", True)


def test_what_has_no_end_is_kept_as_far_as_it_came() -> None:
    assert list(_lines([b"a\nb"])) == [(b"a\n", True), (b"b", True)]
    assert list(_lines([b"x" * MOST])) == [(b"x" * MOST, True)]
    assert list(_lines([b"x" * MOST, b"x", b""])) == [(b"x" * MOST, False)]
    assert list(_lines([])) == []


def test_of_an_over_long_line_the_beginning_is_kept_and_that_it_is_one_is_said() -> None:
    line, after = kept(STAMP + b"!" * 2 * MOST + b"\n" + STAMP + b"after\n")
    assert line == STAMP.decode() + "!" * (LINE_BYTES - len(STAMP)) + CUT
    assert after == STAMP.decode() + "after\n"


@pytest.mark.parametrize("secret", [SECRET, "ß" * 40, "long; secret" * 60])
@pytest.mark.parametrize("cut", [LINE_BYTES, MOST])
def test_no_part_of_a_secret_at_the_cut_is_kept(secret: str, cut: int) -> None:
    size = len(secret.encode())
    for inside in (0, 1, size // 2, size - 1, size):  # bytes of it that come before the cut
        before = b"!" * (cut - inside)
        (line,) = kept(before + secret.encode() + b"!" * MOST + b"\n", secret=secret)
        assert line.startswith("!" * (LINE_BYTES - size))
        assert line.endswith(CUT)
        rest = line.removesuffix(CUT).strip("!")
        assert MASK.startswith(rest), "a mask may be cut, a secret is not kept"


def test_bytes_that_are_no_text_are_kept_as_they_are() -> None:
    line = b"\xff\xfe caf\xe9 \xed\xa0\x80 \x1b[1m" + SECRET.encode() + b"\xc3\n"
    assert _kept(line, True, secrets().mask) == line.replace(SECRET.encode(), MASK.encode())


# ------------------------------------------------------------------- the log
def running(*chunks: bytes | Exception) -> Running:
    def logs(**asked: Any) -> Iterable[bytes]:
        assert asked == {"stream": True, "follow": True, "timestamps": True}
        for chunk in chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    container: Any = SimpleNamespace(get_wrapped_container=lambda: SimpleNamespace(logs=logs))
    return Running(id="1", name="product", address="", container=container)


def test_a_log_is_written_line_by_line_and_masked(tmp_path: Path) -> None:
    path = tmp_path / "server.log"
    seen: list[bytes] = []

    def mask(text: str) -> str:
        seen.append(path.read_bytes())
        return secrets().mask(text)

    running(STAMP + b"a\n" + STAMP, SECRET.encode() + b"\n", STAMP + b"b").keep_log(path, mask)
    assert path.read_bytes() == STAMP + b"a\n" + STAMP + MASK.encode() + b"\n" + STAMP + b"b"
    assert seen == [b"", STAMP + b"a\n", STAMP + b"a\n" + STAMP + MASK.encode() + b"\n"], "each as it comes"


@pytest.mark.parametrize("error", [DockerException("no such container"), ConnectionError("reset")])
def test_a_container_that_is_gone_ends_the_log(tmp_path: Path, error: Exception) -> None:
    running(STAMP + b"a\n", error).keep_log(tmp_path / "server.log")
    assert (tmp_path / "server.log").read_bytes() == STAMP + b"a\n"


# ----------------------------------------------------------------- put files
@dataclass(kw_only=True)
class Filled:
    """A container that has some folders; ``got`` is what was put where."""

    folders: tuple[str, ...]
    got: list[tuple[str, list[tuple[str, int]]]] = field(default_factory=list)
    lost: int = 0  # answers that the engine loses

    def exec_run(self, command: list[str], user: str = "") -> tuple[int, bytes]:
        if command[0] == "id":
            self.lost -= 1
            return 0, b"" if self.lost >= 0 else b"1000\n"
        assert command[:2] == ["test", "-d"]
        return int(command[2] not in self.folders), b""

    def put_archive(self, to: str, content: Iterable[bytes]) -> None:
        with tarfile.open(fileobj=io.BytesIO(b"".join(content))) as archive:
            self.got.append((to, [(member.name, member.uid) for member in archive]))


@pytest.mark.parametrize(
    ("to", "place", "names"),
    [
        ("/srv/data", "/srv/data", ["deep", "deep/a.txt"]),
        ("/srv/data/new", "/srv/data", ["new", "new/deep", "new/deep/a.txt"]),
        ("/opt/x", "/", ["opt", "opt/x", "opt/x/deep", "opt/x/deep/a.txt"]),
    ],
)
def test_files_come_to_lie_in_a_folder_that_is_made_for_the_user(to: str, place: str, names: list[str]) -> None:
    filled = Filled(folders=("/srv", "/srv/data"))
    container: Any = SimpleNamespace(get_wrapped_container=lambda: filled)
    Running(id="1", name="product", address="", container=container).put([File.of("deep/a.txt", b"one")], to)
    assert filled.got == [(place, [(name, 1000) for name in names])]


def test_who_the_user_is_is_asked_again_where_the_engine_loses_the_answer() -> None:
    container: Any = SimpleNamespace(get_wrapped_container=lambda: filled)
    filled = Filled(folders=("/srv",), lost=2)
    Running(id="1", name="product", address="", container=container).put([File.of("a.txt", b"one")], "/srv")
    assert filled.got == [("/srv", [("a.txt", 1000)])]
    filled.lost = 1_000
    with pytest.raises(EngineError, match="could not run a command in product"):
        Running(id="1", name="product", address="", container=container).put([File.of("a.txt", b"one")], "/srv")


# ------------------------------------------------------------- want of memory
@dataclass(kw_only=True)
class Counting:
    """A container that runs, of whose kernel's counts the engine gives one answer after another."""

    answers: list[bytes | Exception]
    attrs: dict[str, Any] = field(default_factory=lambda: {"State": {"Running": True, "OOMKilled": False}})
    then: dict[str, Any] = field(default_factory=dict)  # how it is after an error

    def reload(self) -> None:
        pass

    def exec_run(self, command: list[str], user: str = "") -> tuple[int, bytes]:
        answer = self.answers.pop(0) if self.answers else b""
        if isinstance(answer, Exception):
            self.attrs["State"] |= self.then
            raise answer
        return 0, answer


@pytest.mark.parametrize(
    ("answers", "short"),
    [
        ([b"low 0\noom_kill 1\n"], True),
        ([b"", b"under_oom 0\noom_kill 2\n"], True),  # lost once
        ([b"oom_kill 0\n", b"oom_kill 1\n"], False),
        ([], False),  # no kernel that counts
    ],
)
def test_want_of_memory_is_asked_again_where_the_engine_loses_the_answer(
    answers: list[bytes | Exception], short: bool
) -> None:
    counting = Counting(answers=answers)
    container: Any = SimpleNamespace(get_wrapped_container=lambda: counting)
    assert Running(id="1", name="product", address="", container=container).out_of_memory() is short


@pytest.mark.parametrize(("code", "short"), [(137, True), (3, False)])
def test_one_that_ends_while_it_is_asked_has_a_state(code: int, short: bool) -> None:
    counting = Counting(answers=[DockerException("409")], then={"Running": False, "ExitCode": code})
    container: Any = SimpleNamespace(get_wrapped_container=lambda: counting)
    assert Running(id="1", name="product", address="", container=container).out_of_memory() is short


def test_an_engine_that_does_not_tell_is_an_error() -> None:
    counting = Counting(answers=[DockerException("500")] * 1_000)
    container: Any = SimpleNamespace(get_wrapped_container=lambda: counting)
    with pytest.raises(EngineError, match="could not run a command in product"):
        Running(id="1", name="product", address="", container=container).out_of_memory()
