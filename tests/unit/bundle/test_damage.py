"""Thousands of damaged bundles: each is refused in words, or what is read is what was written."""

import random
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.bundle import Bundle, Member, pack
from harness.errors import InputError
from harness.model import Manifest
from tests.unit.bundle.forging import MANIFEST, REGULAR, Part, archive, listing

PEAK_BYTES = 8 << 20  # what may be allocated for bundles of some kilobytes
MARKS = (b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\6\6", b"PK\6\7", b"PK\7\x08")
TELLING = (0, 1, 2, 3, 8, 9, 12, 20, 22, 46, 0x7F, 0x80, 0xFF, 0x800, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF)
TELLING += (0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, REGULAR, 0o120777 << 16, 0x10)
CONTENT = {
    "environment.yaml": b"schema: 1\nname: a\n",
    "evidence/空.txt": b"",
    "evidence/trace.jsonl": b'{"kind": "console", "text": "gone"}\n' * 40,
    "images/server.tar": random.Random(7).randbytes(700),
}
Damage = Callable[[random.Random, bytearray], None]


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[bytes, Manifest]]:
    """The same bundle as it is written, with the records of ZIP64, and with a member more."""
    folder = tmp_path_factory.mktemp("originals")
    members = [Member(path=name, content=data) for name, data in CONTENT.items()]
    made = [pack(folder / "0.zip", MANIFEST, members)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zipfile, "ZIP64_LIMIT", 500)
        made.append(pack(folder / "1.zip", MANIFEST, members))
    made.append(pack(folder / "2.zip", MANIFEST, members[:1]))
    return [((folder / f"{number}.zip").read_bytes(), manifest) for number, manifest in enumerate(made)]


# -------------------------------------------------------------------- damages
def flip(rng: random.Random, data: bytearray) -> None:
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def overwrite(rng: random.Random, data: bytearray) -> None:
    at = rng.randrange(len(data))
    data[at : at + rng.randrange(1, 9)] = rng.randbytes(rng.randrange(1, 9))


def cut(rng: random.Random, data: bytearray) -> None:
    del data[rng.randrange(1, len(data)) :]


def cut_front(rng: random.Random, data: bytearray) -> None:
    del data[: rng.randrange(1, len(data))]


def remove(rng: random.Random, data: bytearray) -> None:
    at = rng.randrange(len(data) - 1)
    del data[at : at + rng.randrange(1, 64)]


def insert(rng: random.Random, data: bytearray) -> None:
    at = rng.randrange(len(data) + 1)
    data[at:at] = rng.choice((*MARKS, b"\0", rng.randbytes(rng.randrange(1, 64)), bytes(1000)))


def repeat(rng: random.Random, data: bytearray) -> None:
    start, at = rng.randrange(len(data)), rng.randrange(len(data))
    data[at:at] = data[start : start + rng.randrange(1, 400)]


def copy(rng: random.Random, data: bytearray) -> None:
    start, at, size = rng.randrange(len(data)), rng.randrange(len(data)), rng.randrange(1, 100)
    data[at : at + size] = data[start : start + size]


def put_number(rng: random.Random, data: bytearray) -> None:
    """A telling number into a field of a header."""
    starts = [at for mark in MARKS for at in found(data, mark)]
    at, form = rng.choice(starts or [0]) + rng.randrange(4, 60), rng.choice(("<H", "<L", "<Q"))
    size = struct.calcsize(form)
    if at + size <= len(data):
        number = rng.choice((*TELLING, len(data), *starts)) & ((1 << 8 * size) - 1)
        data[at : at + size] = struct.pack(form, number)


def shift_number(rng: random.Random, data: bytearray) -> None:
    """A number in a header a little more, or less."""
    at = rng.choice([at for mark in MARKS for at in found(data, mark)] or [0]) + rng.randrange(4, 60)
    if at + 4 <= len(data):
        number = struct.unpack_from("<L", data, at)[0] + rng.choice((-46, -30, -22, -2, -1, 1, 2, 22, 30, 46))
        data[at : at + 4] = struct.pack("<L", number & 0xFFFFFFFF)


def in_directory(rng: random.Random, data: bytearray) -> None:
    """An entry twice, gone, or with another in its place; the end record fits."""
    starts = found(data, b"PK\1\2")
    end = data.rfind(b"PK\5\6")
    if len(starts) < 2 or end < starts[-1]:
        return
    tail = min([end, *(at for at in found(data, b"PK\6\6") if at > starts[-1])])
    pieces = [data[start:stop] for start, stop in zip(starts, [*starts[1:], tail], strict=True)]
    one, other = rng.randrange(len(pieces)), rng.randrange(len(pieces))
    match rng.randrange(4):
        case 0:
            pieces.insert(other, pieces[one])
        case 1:
            del pieces[one]
        case 2:
            pieces[one], pieces[other] = pieces[other], pieces[one]
        case 3:
            pieces[one][28:32], pieces[one][46:] = pieces[other][28:32], pieces[other][46:]  # its name
    directory = b"".join(pieces)
    numbers = (len(pieces), len(pieces), len(directory), starts[0])
    data[starts[0] :] = directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, *numbers, 0)


def in_members(rng: random.Random, data: bytearray) -> None:
    """Two local headers with their content change places."""
    starts = [*found(data, b"PK\3\4"), data.find(b"PK\1\2")]
    if len(starts) > 2 and starts == sorted(starts):
        pieces = [data[start:stop] for start, stop in pairwise(starts)]
        rng.shuffle(pieces)
        data[starts[0] : starts[-1]] = b"".join(pieces)


def found(data: bytearray, mark: bytes) -> list[int]:
    starts, at = [], data.find(mark)
    while at >= 0:
        starts.append(at)
        at = data.find(mark, at + 1)
    return starts


DAMAGES: tuple[Damage, ...] = (
    flip, overwrite, cut, cut_front, remove, insert, repeat, copy,
    put_number, put_number, put_number, shift_number, in_directory, in_members,
)  # fmt: skip


def outcome(path: Path, data: bytes, manifest: Manifest) -> str:
    """``refused`` or ``read``, after all that must hold did. Anything but an InputError comes through."""
    path.write_bytes(data)
    folder = path.parent / "out"
    try:
        with Bundle.open(path) as opened:
            opened.extract(folder)
            assert opened.manifest == manifest
            assert opened.names == ("manifest.json", *(file.path for file in manifest.files))
            assert all(opened.read(name) == CONTENT[name] for name in opened.names[1:])
    except InputError as error:
        assert not folder.exists()
        assert error.advice
        return "refused"
    finally:
        left = {each.name for each in path.parent.iterdir()} - {path.name, "out"}
        assert not left
    there = {each.relative_to(folder).as_posix(): each for each in folder.rglob("*") if each.is_file()}
    assert set(there) == set(opened.names)
    for name in opened.names[1:]:
        assert there[name].read_bytes() == CONTENT[name]
    for each in sorted(folder.rglob("*"), reverse=True):
        each.rmdir() if each.is_dir() else each.unlink()
    folder.rmdir()
    return "read"


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.integers(0, 1 << 32))
def test_a_damaged_bundle_is_refused_or_whole(
    originals: list[tuple[bytes, Manifest]], tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged" / "bundle.zip"
    path.parent.mkdir(exist_ok=True)
    rng = random.Random(seed)
    tracemalloc.start()
    try:
        for _ in range(25):
            original, manifest = rng.choice(originals)
            data = bytearray(original)
            for _ in range(rng.choice((1, 1, 1, 2, 3))):
                if len(data) > 2:
                    rng.choice(DAMAGES)(rng, data)
            outcome(path, bytes(data), manifest)
        assert tracemalloc.get_traced_memory()[1] < PEAK_BYTES
    finally:
        tracemalloc.stop()


def test_an_undamaged_bundle_is_read(originals: list[tuple[bytes, Manifest]], tmp_path: Path) -> None:
    for original, manifest in originals:
        assert outcome(tmp_path / "bundle.zip", original, manifest) == "read"


def test_every_bit_that_flips_is_seen_or_does_not_matter(
    originals: list[tuple[bytes, Manifest]], tmp_path: Path
) -> None:
    """All of them; what does not matter are times, versions, permissions and internal attributes."""
    original, manifest = originals[2]
    read = 0
    for bit in range(8 * len(original)):
        data = bytearray(original)
        data[bit // 8] ^= 1 << bit % 8
        read += outcome(tmp_path / "bundle.zip", bytes(data), manifest) == "read"
    members = len(manifest.files) + 1
    assert 0 < read <= members * 8 * (6 + 6 + 2 + 2 + 2 + 4)


FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "flags": st.sampled_from([0, 1, 8, 0x800, 0x801, 0x808, 0x2000]),
        "method": st.sampled_from([0, 8, 9, 12, 99]),
        "crc": st.integers(0, 0xFFFFFFFF),
        "packed": st.one_of(st.integers(0, 900), st.just(0xFFFFFFFF)),
        "size": st.one_of(st.integers(0, 900), st.just(0xFFFFFFFF)),
        "extra": st.one_of(
            st.binary(max_size=40),
            st.lists(st.integers(0, 2000), max_size=3).map(
                lambda numbers: struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers)
            ),
        ),
    },
)
ONLY_CENTRAL = st.fixed_dictionaries(
    {},
    optional={
        "offset": st.one_of(st.integers(0, 3000), st.just(0xFFFFFFFF)),
        "disk": st.sampled_from([0, 1, 0xFFFF]),
        "mode": st.sampled_from([0, REGULAR, 0o120777 << 16, 0o040755 << 16, REGULAR | 0x10]),
        "comment": st.binary(max_size=3),
        "needed": st.sampled_from([10, 20, 45, 63, 255]),
    },
)
PARTS = st.builds(
    lambda name, content, deflated, both, local, central, more, behind: Part(
        name=name, content=content, deflated=deflated, both=both, local=local, central=central | more, behind=behind
    ),
    st.one_of(st.sampled_from([*CONTENT, "manifest.json", "../x", "a/b"]), st.text(max_size=6).filter(str.isprintable)),
    st.one_of(st.sampled_from([*CONTENT.values()]), st.binary(max_size=60)),
    st.booleans(),
    *(st.one_of(st.just({}), st.just({}), fields) for fields in (FIELDS, FIELDS, FIELDS, ONLY_CENTRAL)),
    st.one_of(st.just(b""), st.just(b""), st.binary(max_size=4)),
)


@settings(max_examples=1000, deadline=None, derandomize=True)
@given(st.lists(PARTS, max_size=4))
def test_a_forged_bundle_is_refused_or_what_it_lists(
    tmp_path_factory: pytest.TempPathFactory, parts: list[Part]
) -> None:
    """Checksums and places fit, so that what is refused is refused for what it says."""
    path = tmp_path_factory.getbasetemp() / "forged" / "bundle.zip"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(archive([Part(name="manifest.json", content=listing(parts)), *parts]))
    try:
        with Bundle.open(path) as opened:
            assert {name: opened.read(name) for name in opened.names[1:]} == {part.name: part.content for part in parts}
    except InputError as error:
        assert error.advice
