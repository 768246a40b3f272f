"""Bundles that are written: same input, same bytes, and all of them can be read."""

import hashlib
import json
import os
import random
import resource
import stat
import tempfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.bundle import LIMITS, Bundle, Limits, Member, pack
from harness.bundle.names import clash, name_fault
from harness.errors import InputError
from harness.model import Manifest
from tests.unit.bundle.forging import MANIFEST

NOISE = random.Random(1).randbytes(3 << 20)


def packed(path: Path, content: dict[str, bytes], limits: Limits = LIMITS) -> Manifest:
    return pack(path, MANIFEST, [Member(path=name, content=data) for name, data in content.items()], limits)


def read(path: Path, limits: Limits = LIMITS) -> dict[str, bytes]:
    with Bundle.open(path, limits) as opened:
        return {name: b"".join(opened.open_member(name)) for name in opened.names[1:]}


def methods(path: Path) -> dict[str, int]:
    with zipfile.ZipFile(path) as archive:
        return {info.filename: info.compress_type for info in archive.infolist()}


# ----------------------------------------------------------------- round trips
CHARACTER = st.one_of(st.sampled_from("abcABC019._-%~ 图ßéЖ🙂"), st.characters(exclude_categories=["C", "Z"]))
SEGMENT = st.text(CHARACTER, min_size=1, max_size=12)
NAME = st.lists(SEGMENT, min_size=1, max_size=4).map("/".join).filter(lambda name: name_fault(name, LIMITS) is None)
CONTENT = st.one_of(
    st.binary(max_size=200),
    st.builds(lambda data, times: data * times, st.binary(min_size=1, max_size=50), st.integers(0, 60_000)),
    st.integers(65_530, 65_540).map(lambda size: NOISE[:size]),
    st.builds(lambda head, size: head + bytes(size), st.binary(max_size=70_000), st.integers(0, 3 << 20)),
)


@settings(deadline=None, max_examples=120)
@given(st.dictionaries(NAME, CONTENT, max_size=6), st.booleans())
@example({"a": b"", "b": bytes(1 << 20), "c": bytes((1 << 20) + 1), "d": NOISE}, True)
def test_what_is_written_is_read(content: dict[str, bytes], on_disk: bool) -> None:
    if clash(["manifest.json", *content]):
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        members = [Member(path=name, content=data) for name, data in content.items()]
        if on_disk:
            for number, data in enumerate(content.values()):
                (folder / f"{number}").write_bytes(data)
            members = [Member(path=name, content=folder / f"{number}") for number, name in enumerate(content)]
        whole = pack(folder / "bundle.zip", MANIFEST, members)
        with Bundle.open(folder / "bundle.zip") as opened:
            assert opened.manifest == whole
            opened.extract(folder / "out", lambda name: name != "manifest.json")
        for name, data in content.items():
            assert folder.joinpath("out", *name.split("/")).read_bytes() == data
        assert sum(path.is_file() for path in (folder / "out").rglob("*")) == len(content)
        with zipfile.ZipFile(folder / "bundle.zip") as archive:
            assert archive.testzip() is None


def test_the_manifest_lists_what_is_in_it(tmp_path: Path) -> None:
    whole = packed(tmp_path / "a.zip", {"b": b"bb", "a/a": b"", "a.b": b"1"})
    assert [(file.path, file.size_bytes) for file in whole.files] == [("a.b", 1), ("a/a", 0), ("b", 2)]
    assert whole.files[2].sha256 == hashlib.sha256(b"bb").hexdigest()
    assert whole.model_copy(update={"files": ()}) == MANIFEST
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == ["manifest.json", "a.b", "a/a", "b"]
        assert Manifest.model_validate_json(archive.read("manifest.json")) == whole
        assert json.loads(archive.read("manifest.json"))["schema_version"] == 1


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    content = {"b": b"text" * 1000, "a": NOISE[:1000], "图": b""}
    packed(tmp_path / "1.zip", content)
    (tmp_path / "b").write_bytes(content["b"])
    os.utime(tmp_path / "b", (1, 1))
    (tmp_path / "b").chmod(0o777)
    members = [Member(path=name, content=content[name]) for name in ("图", "a")]
    pack(tmp_path / "2.zip", MANIFEST, iter([*members, Member(path="b", content=tmp_path / "b")]))
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


def test_times_and_modes_are_fixed(tmp_path: Path) -> None:
    packed(tmp_path / "a.zip", {"a": b"a"})
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        for info in archive.infolist():
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert info.external_attr >> 16 == stat.S_IFREG | 0o644
            assert info.create_system == 3
    assert (tmp_path / "a.zip").stat().st_mode & 0o777 == 0o644


# ------------------------------------------------------------ how it is packed
def test_content_is_deflated_where_that_is_worth_it(tmp_path: Path) -> None:
    text = NOISE.hex().encode()
    packed(tmp_path / "a.zip", {"text": text, "noise": NOISE, "zip": zlib.compress(text), "empty": b""})
    stored, deflated = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
    expected = {"manifest.json": deflated, "empty": stored, "noise": stored, "text": deflated, "zip": stored}
    assert methods(tmp_path / "a.zip") == expected


def test_content_that_first_looks_like_a_bomb_is_deflated(tmp_path: Path) -> None:
    content = {"late": bytes(5 << 20) + NOISE.hex().encode()}
    packed(tmp_path / "a.zip", content)
    assert methods(tmp_path / "a.zip")["late"] == zipfile.ZIP_DEFLATED
    assert read(tmp_path / "a.zip") == content


@pytest.mark.parametrize("size", [1000, 300_000, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5 << 20])
def test_what_looks_like_a_bomb_is_stored(tmp_path: Path, size: int) -> None:
    content = {"zeros": bytes(size), "late": NOISE[:1000] + bytes(size)}
    packed(tmp_path / "a.zip", content)
    assert read(tmp_path / "a.zip") == content
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        for info in archive.infolist():
            assert info.file_size <= LIMITS.ratio * info.compress_size


def test_the_ratio_is_kept_where_all_is_just_within_it(tmp_path: Path) -> None:
    """Many members each of which may be free, and all together not."""
    limits = Limits(ratio=20, ratio_free_bytes=2000)
    content = {f"{number}": (b"%d" % number + b"x" * number) * 40 for number in range(60)}
    packed(tmp_path / "a.zip", content, limits)
    assert read(tmp_path / "a.zip", limits) == content
    assert set(methods(tmp_path / "a.zip").values()) == {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


def test_a_large_file_is_packed_in_constant_memory(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as out:
        for _ in range(16):
            out.write(NOISE)
    tracemalloc.start()
    try:
        pack(tmp_path / "a.zip", MANIFEST, [Member(path="large", content=tmp_path / "large")])
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_zip64_is_written_and_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where files have gigabytes: ``zipfile`` is told that this is where it begins."""
    content = {"a": b"a" * 50, "large": NOISE[:2000], "text": b"0123456789" * 200, "z": b""}
    for limit in (10, 300, 1000, 4000):
        monkeypatch.setattr(zipfile, "ZIP64_LIMIT", limit)
        packed(tmp_path / "a.zip", content)
        monkeypatch.undo()
        data = (tmp_path / "a.zip").read_bytes()
        assert (b"PK\6\6" in data, b"PK\6\7" in data) == (limit < 4000,) * 2
        assert read(tmp_path / "a.zip") == content


# -------------------------------------------------------------------- refusals
def refused(path: Path, members: Iterable[Member], limits: Limits = LIMITS) -> str:
    there = sorted(path.parent.rglob("*"))
    with pytest.raises(InputError) as caught:
        pack(path, MANIFEST, members, limits)
    assert sorted(path.parent.rglob("*")) == there, "something is left"
    assert caught.value.advice is not None
    return str(caught.value)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["../a"], "`../a` has an empty part"),
        (["a\\b"], "`a\\b` has a backslash in its name"),
        (["a\x1b"], "`a\\x1b` has a character in its name that cannot be seen (U+001B)"),
        (["a", "a"], "`a` is there twice"),
        (["a", "A"], "`a` has a name that some systems cannot tell from `A`"),
        (["a", "a/b"], "`a/b` lies in `a`, which is a file"),
        (["manifest.json"], "`manifest.json` is there twice"),
    ],
)
def test_names_that_could_not_be_read(tmp_path: Path, names: list[str], words: str) -> None:
    path = tmp_path / "a.zip"
    said = refused(path, [Member(path=name, content=b"") for name in names])
    assert said.startswith(f"{path} cannot be made: {words}")


def test_sizes_that_could_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    five = [Member(path=str(number), content=b"12345") for number in range(5)]
    for limits, words in (
        (Limits(members=4), "it has 5 files, and may have 4"),
        (Limits(member_bytes=4), "`0` has 5 bytes, and may have 4"),
        (Limits(total_bytes=1000), "its files have "),
        (Limits(manifest_bytes=100), "`manifest.json` has "),
    ):
        assert refused(path, five, limits).startswith(f"{path} cannot be made: {words}")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, words in (
        ("missing", "cannot be read: No such file"),
        (".", "is not a regular file"),
        ("pipe", "is not a"),
    ):
        assert words in refused(tmp_path / "a.zip", [Member(path="a", content=tmp_path / name)])


@pytest.mark.parametrize("after", [b"", b"c", b"CONTENT", b"content, and more", b"content" * 1000])
def test_a_file_that_changes_while_it_is_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: bytes) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 500)  # beyond which no header has room for what it became
    (tmp_path / "changing").write_bytes(b"content")
    checked = "harness.bundle.writing._check_sizes"  # between the first time that it is read and the second
    monkeypatch.setattr(checked, lambda *_: (tmp_path / "changing").write_bytes(after))
    said = refused(tmp_path / "a.zip", [Member(path="a", content=tmp_path / "changing")])
    assert said == f"{tmp_path / 'changing'} changed while it was packed"


def test_a_target_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    one = [Member(path="a", content=b"a")]
    for path, words in (
        (tmp_path / "missing" / "a.zip", "No such file or directory"),
        (tmp_path / "file" / "a.zip", "Not a directory"),
        (tmp_path / "folder", "Is a directory"),
        (tmp_path / ("a" * 300), "File name too long"),
    ):
        assert refused(path, one) == f"{path} cannot be written: {words}"


def test_what_is_there_stays_where_the_disk_is_full(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    packed(path, {"a": b"old"})
    old = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, limits[1]))
    try:
        said = refused(path, [Member(path="a", content=NOISE)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert said == f"{path} cannot be written: File too large"
    assert path.read_bytes() == old
    packed(path, {"a": b"new"})
    assert read(path) == {"a": b"new"}


def test_nothing_is_left_where_it_is_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(zipfile.ZipFile, "open", interrupted)
    with pytest.raises(KeyboardInterrupt):
        packed(tmp_path / "a.zip", {"a": b"a"})
    assert list(tmp_path.iterdir()) == []
