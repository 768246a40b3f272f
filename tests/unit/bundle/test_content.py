"""Members whose content is not what their headers, or the manifest, say."""

import struct
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.bundle import Bundle, Limits
from harness.bundle.source import CHUNK_BYTES
from tests.unit.bundle.forging import Part, accepted, archive, bundle, deflate, listing, refusal

TEXT = b"a line of text\n" * 20
PACKED = deflate(TEXT)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stranger.zip"


def packed(data: bytes, content: bytes = TEXT, **both: int) -> bytes:
    """A bundle with a deflated member that is packed as ``data``."""
    return bundle(Part(name="a", content=content, deflated=True, packed=data, both=dict(both)))


def test_truncated_deflate_data(path: Path) -> None:
    assert accepted(path, packed(PACKED)) == {"a": TEXT}
    for size in range(len(PACKED)):
        assert refusal(path, packed(PACKED[:size])) == "`a` ends too early"


@pytest.mark.parametrize("behind", [b"\0", PACKED, bytes(3 * CHUNK_BYTES)])
def test_bytes_behind_the_deflate_data(path: Path, behind: bytes) -> None:
    assert refusal(path, packed(PACKED + behind)) == f"`a` has {len(behind)} bytes behind its end"


def test_bytes_behind_deflate_data_that_ends_with_a_piece(path: Path) -> None:
    """Nothing of the piece that is read last belongs to the stream, nor comes out of it."""
    block = bytes(range(251)) * 130 + bytes(32763 - 251 * 130)
    starts = [struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF) for last in [0] * 31 + [1]]
    data, content = b"".join(start + block for start in starts), block * 32
    assert len(data) == CHUNK_BYTES
    assert accepted(path, packed(data, content)) == {"a": content}
    assert refusal(path, packed(data + bytes(CHUNK_BYTES), content)) == f"`a` has {CHUNK_BYTES} bytes behind its end"


def test_what_zlib_holds_back_is_not_lost(path: Path) -> None:
    """All input is taken in when a mebibyte has come out, and the rest comes without any more."""
    content = bytes(CHUNK_BYTES + 100)
    stream = zlib.decompressobj(-15)
    stream.decompress(deflate(content), CHUNK_BYTES)
    assert not stream.unconsumed_tail
    assert not stream.eof
    assert accepted(path, packed(deflate(content), content), Limits(ratio=2000)) == {"a": content}


@pytest.mark.parametrize("data", [b"\7", b"\xff" * 40, zlib.compress(TEXT), b"\x1f\x8b\x08" + PACKED])
def test_what_is_no_deflate_data(path: Path, data: bytes) -> None:
    assert refusal(path, packed(data)).startswith("`a` cannot be unpacked: Error -3")


def test_more_than_is_declared(path: Path) -> None:
    said = refusal(path, packed(PACKED, size=len(TEXT) - 1, crc=zlib.crc32(TEXT[:-1])))
    assert said == "`a` has 299 bytes, and 300 in the list"
    short = Part(name="a", content=TEXT[:-1], deflated=True, packed=PACKED)
    assert refusal(path, bundle(short)) == "`a` holds more than the 299 bytes that it declares"


def test_less_than_is_declared(path: Path) -> None:
    long = Part(name="a", content=TEXT + b"!", deflated=True, packed=PACKED)
    assert refusal(path, bundle(long)) == "`a` holds 300 bytes, and declares 301"


@pytest.mark.parametrize(
    ("size", "words"), [(299, "holds more than the 299"), (301, "holds 300 bytes, and declares 301")]
)
def test_a_stored_member_of_two_sizes(path: Path, size: int, words: str) -> None:
    content = (TEXT + b"!")[:size]
    assert words in refusal(path, bundle(Part(name="a", content=content, packed=TEXT)))


def test_a_bomb_that_does_not_declare_its_size_is_not_unpacked(path: Path) -> None:
    """64 MiB from 64 KiB, said to be 10 bytes."""
    bomb = deflate(bytes(64 << 20))
    data = bundle(Part(name="a", content=b"0123456789", deflated=True, packed=bomb))
    tracemalloc.start()
    try:
        assert refusal(path, data) == "`a` holds more than the 10 bytes that it declares"
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_a_bomb_in_the_manifest_is_not_unpacked(path: Path) -> None:
    head = Part(name="manifest.json", content=b"{}", deflated=True, packed=deflate(bytes(64 << 20)))
    assert refusal(path, archive([head])) == "`manifest.json` holds more than the 2 bytes that it declares"


def test_a_large_member_is_checked_in_constant_memory(path: Path) -> None:
    size = 48 << 20
    data = bundle(Part(name="a", content=bytes(size), deflated=True))
    path.write_bytes(data)
    limits = Limits(ratio=2000)
    del data
    tracemalloc.start()
    try:
        with Bundle.open(path, limits) as opened:
            assert sum(map(len, opened.open_member("a"))) == size
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_an_archive_in_a_bundle_is_a_file_like_any_other(path: Path) -> None:
    inner = bundle(Part(name="../../etc/passwd"), Part(name="bomb", content=bytes(1 << 20), deflated=True))
    assert accepted(path, bundle(Part(name="inner.zip", content=inner))) == {"inner.zip": inner}


def test_another_crc(path: Path) -> None:
    for deflated in (False, True):
        wrong = Part(name="a", content=TEXT, deflated=deflated, both={"crc": 1})
        assert refusal(path, bundle(wrong)) == "`a` has another CRC than it declares"
    head = Part(name="manifest.json", content=listing([]), both={"crc": 1})
    assert refusal(path, archive([head])) == "`manifest.json` has another CRC than it declares"


def test_another_checksum(path: Path) -> None:
    other = listing([Part(name="a", content=TEXT.swapcase())])
    data = bundle(Part(name="a", content=TEXT), manifest=other)
    assert refusal(path, data) == "`a` has another SHA-256 than it should"


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.tuples(st.binary(min_size=1, max_size=40), st.integers(1, 100_000)), max_size=6),
    st.integers(0, 9),
    st.sampled_from([0, 9, 12, 15]),
)
def test_whatever_zlib_packs_is_unpacked(
    tmp_path_factory: pytest.TempPathFactory, runs: list[tuple[bytes, int]], level: int, window: int
) -> None:
    content = b"".join(pattern * (count // len(pattern)) for pattern, count in runs)
    packer = zlib.compressobj(level, zlib.DEFLATED, -(window or 15), strategy=zlib.Z_FIXED if window == 0 else 0)
    data = packer.compress(content) + packer.flush()
    path = tmp_path_factory.getbasetemp() / "packed.zip"
    assert accepted(path, packed(data, content), Limits(ratio=2000)) == {"a": content}
