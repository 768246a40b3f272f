"""Tar streams: same files, same bytes; what goes in comes out."""

import hashlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.engine.archive import Incoming, members, tar
from harness.errors import EngineError
from harness.model import File

NAMES = st.from_regex(r"[a-z0-9ü]{1,120}(/[a-z0-9._-]{0,9}[a-z]){0,3}", fullmatch=True)


def content(stream: Iterator[bytes] | Path) -> bytes | str:
    return str(stream) if isinstance(stream, Path) else b"".join(stream)


@given(st.dictionaries(NAMES, st.binary(max_size=2000), max_size=6), st.integers(1, 3000))
def test_what_goes_in_comes_out_whatever_the_chunks(files: dict[str, bytes], size: int) -> None:
    made = b"".join(tar(File.of(path, content) for path, content in files.items()))
    chunks = (made[at : at + size] for at in range(0, len(made), size))
    assert {str(path): content(stream) for path, stream in members(chunks)} == files


def test_same_files_same_bytes_in_any_order() -> None:
    files = [File.of("b/x", b"1"), File.of("a", b"2", executable=True), File.of("b/a", b"")]
    assert b"".join(tar(files)) == b"".join(tar(reversed(files)))
    with tarfile.open(fileobj=io.BytesIO(b"".join(tar(files)))) as archive:
        rows = [(info.name, oct(info.mode), info.mtime, info.uid, info.gid, info.isdir()) for info in archive]
    assert rows == [
        ("b", "0o755", 0, 0, 0, True),
        ("a", "0o755", 0, 0, 0, False),
        ("b/a", "0o644", 0, 0, 0, False),
        ("b/x", "0o644", 0, 0, 0, False),
    ]


def test_a_folder_of_its_own_mode() -> None:
    with tarfile.open(fileobj=io.BytesIO(b"".join(tar([], folders=["out"], folder_mode=0o777)))) as archive:
        assert [(info.name, info.mode, info.isdir()) for info in archive] == [("out", 0o777, True)]


def test_a_file_of_the_cache_is_checked_on_its_way(tmp_path: Path) -> None:
    place = tmp_path / "kept"
    place.write_bytes(b"good")
    file = File(path="a", sha256=hashlib.sha256(b"good").hexdigest(), content=place)
    assert [content(stream) for _, stream in members(tar([file]))] == [b"good"]
    place.write_bytes(b"evil")
    with pytest.raises(EngineError, match="checksum"):
        list(tar([file]))


def test_links_name_what_they_link_to_and_devices_are_left_out() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, kind, target in (
            ("hard", tarfile.LNKTYPE, "other"),
            ("soft", tarfile.SYMTYPE, "x"),
            ("p", tarfile.FIFOTYPE, ""),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
    assert [(str(path), stream) for path, stream in members([buffer.getvalue()])] == [("hard", Path("other"))]


def test_incoming_gives_less_only_at_the_end() -> None:
    stream = Incoming([b"abc", b"", b"never seen: an empty chunk is the end"])
    assert stream.read(2) == b"ab"
    assert stream.read(2) == b"c"
