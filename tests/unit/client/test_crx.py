"""harness.client.crx: what is in a .crx or an .xpi, and what is said where it is not what was signed."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.client import crx as opening
from harness.errors import InputError
from tests.unit.crx import KEY, crx, manifest, zipped

PATH = Path("extensions/banner.crx")
FILES = {"js/banner.js": b"1" * 100, "manifest.json": manifest()}
SIGNED = crx(FILES)
HEAD = 12  # bytes before the header
HEADER = int.from_bytes(SIGNED[8:HEAD], "little")  # its length
UNREADABLE = "its signature block cannot be read"
CHANGED = "is not what was signed"
DAMAGED = "the archive in .* is damaged"


def opened(data: bytes) -> dict[str, bytes]:
    return dict(opening.opened(PATH, data).files())


def with_length(length: int) -> bytes:
    return SIGNED[:8] + length.to_bytes(4, "little") + SIGNED[HEAD:]


def lied_to(size: int) -> bytes:
    """An archive that says of a file that it has another size, when it is unpacked."""
    archive = bytearray(zipped({"manifest.json": bytes(1000)}, zipfile.ZIP_DEFLATED))
    at = archive.index(b"PK\1\2") + 24
    archive[at : at + 4] = size.to_bytes(4, "little")
    return bytes(archive)


def squeezed(compression: int) -> bytes:
    return zipped(FILES, compression)


@pytest.mark.parametrize("published", [False, True])
def test_a_crx_is_its_files_and_the_key_it_is_known_by(published: bool) -> None:
    data = crx(FILES, published=published)
    assert opened(data) == FILES
    assert opening.opened(PATH, data).key == KEY


def test_an_xpi_has_no_key() -> None:
    assert opened(squeezed(zipfile.ZIP_DEFLATED)) == FILES
    assert opening.opened(PATH, zipped(FILES)).key == b""


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is neither an extension of Chromium"),
        (b"Cr24", "is neither an extension of Chromium"),
        (b"cR24" + SIGNED[4:], "is neither an extension of Chromium"),
        (b"<!doctype html><title>404</title>", "is neither an extension of Chromium"),
        (crx(FILES, version=2), "is of version 2 of CRX"),
        (SIGNED[:HEAD], UNREADABLE),
        (SIGNED[: HEAD + HEADER // 2], UNREADABLE),
        (with_length(0), UNREADABLE),
        (with_length(HEADER - 1), UNREADABLE),
        (with_length(HEADER + 30), UNREADABLE),
        (with_length(2**32 - 1), UNREADABLE),
        (crx(FILES, known_by=b"a key that signed nothing"), UNREADABLE),
        (SIGNED[: HEAD + HEADER], CHANGED),
        (SIGNED[:-30], CHANGED),
        (SIGNED + b"more", CHANGED),
        (SIGNED.replace(b"1" * 100, b"2" * 100), CHANGED),
        (crx(b"no archive"), DAMAGED),
        (b"PK\3\4", DAMAGED),
        (crx(zipped(FILES)[:-30]), DAMAGED),
        (crx(lied_to(10)), DAMAGED),
        (crx(lied_to(100_000)), DAMAGED),
        (crx(squeezed(zipfile.ZIP_LZMA)), DAMAGED),
        (crx(squeezed(zipfile.ZIP_BZIP2)), DAMAGED),
        (crx({"../manifest.json": b""}), DAMAGED),
        (crx({"/etc/passwd": b""}), DAMAGED),
        (crx({"js\\banner.js": b""}), DAMAGED),
        (crx({"js//banner.js": b""}), DAMAGED),
        (crx({"js": b"", "js/banner.js": b""}), DAMAGED),
        (crx({"n" * 256: b""}), DAMAGED),
        (crx({"n/" * 600 + "n": b""}), DAMAGED),
        (crx({"a\nb": b""}), DAMAGED),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # the bytes are others in each process
)
def test_what_is_wrong_with_one_is_said(data: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        opened(data)


def test_a_file_that_is_in_it_twice() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("manifest.json", b"{}")
        archive.writestr("manifest.json", b"[]")
    with pytest.raises(InputError, match=DAMAGED):
        opened(packed.getvalue())


@settings(max_examples=300, deadline=None)
@given(at=st.integers(0, len(SIGNED) - 1), byte=st.integers(0, 255))
def test_whatever_byte_is_changed_it_is_noticed(at: int, byte: int) -> None:
    data = SIGNED[:at] + bytes([byte]) + SIGNED[at + 1 :]
    if data == SIGNED:
        return
    with pytest.raises(InputError):
        opened(data)


@settings(max_examples=200, deadline=None)
@given(header=st.binary(max_size=60), rest=st.binary(max_size=60))
def test_whatever_is_in_a_file_is_never_more_than_a_mistake(header: bytes, rest: bytes) -> None:
    with pytest.raises(InputError):
        opened(b"Cr24\3\0\0\0" + len(header).to_bytes(4, "little") + header + rest)


@settings(max_examples=200, deadline=None)
@given(at=st.integers(4, len(zipped(FILES)) - 1), byte=st.integers(0, 255))
def test_an_archive_that_is_damaged_is_a_mistake_or_still_one(at: int, byte: int) -> None:
    archive = zipped(FILES)
    try:
        found = opened(archive[:at] + bytes([byte]) + archive[at + 1 :])
    except InputError:
        return
    assert all(isinstance(content, bytes) for content in found.values())
