"""Archives whose headers lie. Each is one step away from a bundle that is accepted."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from harness.bundle import LIMITS, Bundle, Limits
from harness.errors import InputError
from tests.unit.bundle.forging import REGULAR, Part, accepted, archive, bundle, deflate, entry, header, listing, refusal

TEXT = b"a line of text\n" * 20
A, B = Part(name="a.txt", content=TEXT), Part(name="b/c.txt", content=TEXT, deflated=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stranger.zip"


def part(**said: object) -> Part:
    return Part(name="a.txt", content=TEXT, **said)  # type: ignore[arg-type]


def test_what_the_forger_makes_is_accepted_where_it_does_not_lie(path: Path) -> None:
    unicode = Part(name="图库/ü.txt", content=b"")
    assert accepted(path, bundle(A, B, unicode)) == {"a.txt": TEXT, "b/c.txt": TEXT, "图库/ü.txt": b""}
    assert accepted(path, bundle()) == {}
    with zipfile.ZipFile(path.parent / "x.zip", "w") as other:
        other.writestr("manifest.json", listing([]))
        other.infolist()[0].external_attr = REGULAR
    assert accepted(path.parent / "x.zip", (path.parent / "x.zip").read_bytes()) == {}


# -------------------------------------------------------------- the whole file
def test_what_is_no_zip(path: Path) -> None:
    for data in (b"", b"P", b"PK\5\6", b"x" * 10_000, b"\x1f\x8b" + b"\0" * 100, b"%PDF-1.7\n" * 10_000):
        assert refusal(path, data) == "it is not a zip file"


@pytest.mark.parametrize("lost", [1, 5, 21, 22, 23, 60, 130])
def test_a_file_that_is_cut(path: Path, lost: int) -> None:
    assert refusal(path, bundle(A, B)[:-lost]) in ("its end is missing", "it is not a zip file")


def test_every_file_that_is_cut(path: Path) -> None:
    whole = bundle(A, B)
    for size in range(len(whole)):
        refusal(path, whole[:size])


def test_every_file_that_lost_its_beginning(path: Path) -> None:
    whole = bundle(A, B)
    for size in range(1, len(whole)):
        refusal(path, whole[size:])


@pytest.mark.parametrize("data", [b"\0", b"\n", b"<html>", b"\0" * 70_000, bundle(A)])
def test_bytes_behind_the_archive(path: Path, data: bytes) -> None:
    whole = bundle(A, B)
    said = refusal(path, whole + data)
    if data.startswith(b"PK"):
        assert said == f"there are {len(whole)} bytes in it that belong to nothing"
    elif len(data) < 65_000:
        assert said == f"there are {len(data)} bytes behind its end"
    else:
        assert said == "its end is missing"


def test_a_comment(path: Path) -> None:
    assert refusal(path, bundle(A, end={"comment": b"hello"})) == "there are 5 bytes behind its end"


def test_a_comment_that_is_not_there(path: Path) -> None:
    assert refusal(path, bundle(A)[:-2] + b"\5\0") == "its end is missing"


def test_a_comment_that_is_an_end_itself(path: Path) -> None:
    inner = bundle(B)
    said = refusal(path, bundle(A, end={"comment": inner}))
    assert said == f"there are {len(bundle(A))} bytes in it that belong to nothing"


@pytest.mark.parametrize("before", [b"#!/bin/sh\n", b"MZ" + bytes(500), b"\0"])
def test_bytes_before_the_archive(path: Path, before: bytes) -> None:
    """Also where the places in it are those with the bytes before it, as ``zip -A`` makes them."""
    assert refusal(path, bundle(A, before=before)) == f"there are {len(before)} bytes in it that belong to nothing"
    moved = refusal(path, bundle(A, before=before, moved=len(before)))
    assert moved == f"`manifest.json` has {len(before)} bytes before it that belong to nothing"


def test_bytes_between_members_and_before_the_directory(path: Path) -> None:
    between = refusal(path, bundle(part(behind=b"hidden"), B))
    assert between == "`b/c.txt` has 6 bytes before it that belong to nothing"
    assert refusal(path, bundle(part(behind=b"hidden"))) == "there are 6 bytes in it that belong to nothing"


def test_bytes_between_the_directory_and_its_end(path: Path) -> None:
    whole = bundle(A)
    assert refusal(path, whole[:-22] + b"hidden" + whole[-22:]) == "there are 6 bytes in it that belong to nothing"


@pytest.mark.parametrize("end", [{"disk": 1}, {"first": 1}, {"here": 1}, {"count": 3}, {"disk": 0xFFFF}])
def test_a_part_of_an_archive(path: Path, end: dict[str, int]) -> None:
    assert refusal(path, bundle(A, end=end)) == "it is one of several parts of an archive"


def test_a_member_on_another_disk(path: Path) -> None:
    assert refusal(path, bundle(part(central={"disk": 1}))) == "`a.txt` is in another part of the archive"


@pytest.mark.parametrize("end", [{"start": 1 << 31}, {"size": 1 << 31}, {"start": 0xFFFFFFFF, "size": 0xFFFFFFFF}])
def test_a_directory_that_is_not_there(path: Path, end: dict[str, int]) -> None:
    assert refusal(path, bundle(A, end=end)) == "its directory is not where its end says"


@pytest.mark.parametrize("count", [0, 1, 3, 20_000])
def test_a_directory_with_another_count_of_members(path: Path, count: int) -> None:
    said = refusal(path, bundle(A, end={"count": count, "here": count}))
    longer = f"its directory is longer than that of {count} members can be"
    assert said == (longer if not count else f"its directory does not have the {count} entries that it should")


def test_a_directory_too_long_for_its_members_is_not_read(path: Path) -> None:
    said = refusal(path, bundle(part(central={"comment": bytes(60_000)})))
    assert said == "its directory is longer than that of 2 members can be"


def test_a_directory_whose_entries_are_none(path: Path) -> None:
    whole = bundle(A, B)
    for signature in (b"PK\1\3", b"\0\0\0\0"):
        assert "its directory is damaged" in refusal(path, whole.replace(b"PK\1\2", signature))


def test_a_directory_whose_last_entry_is_cut(path: Path) -> None:
    whole = bundle(A, B)
    start, cut = whole.index(b"PK\1\2"), whole[:-24]
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 3, 3, len(cut) - start, start, 0)
    assert refusal(path, cut + end) == "its directory does not have the 3 entries that it should"


def test_a_version_of_zip_that_is_not_known(path: Path) -> None:
    assert "zip file version 25.5" in refusal(path, bundle(part(central={"needed": 255})))


# ------------------------------------------------------------------- members
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"both": {"flags": 0x0001}}, "is encrypted"),
        ({"both": {"flags": 0x0041}}, "is encrypted"),
        ({"both": {"flags": 0x2000}}, "is encrypted"),
        ({"both": {"flags": 0x0008}}, "has flags that no bundle has (0x0008)"),  # a data descriptor follows
        ({"both": {"flags": 0x0020}}, "has flags that no bundle has (0x0020)"),  # a patch
        ({"both": {"method": 12}}, "is packed by method 12, neither stored nor deflated"),
        ({"both": {"method": 14}}, "is packed by method 14, neither stored nor deflated"),
        ({"both": {"method": 93}}, "is packed by method 93, neither stored nor deflated"),
        ({"both": {"method": 99}}, "is packed by method 99, neither stored nor deflated"),
        ({"central": {"comment": b"x"}}, "has a comment or an extra field"),
        ({"both": {"extra": b"up\x0a\0\1" + bytes(4) + b"evil!"}}, "has a comment or an extra field"),
        ({"both": {"extra": b"up\x10\0" + bytes(16)}}, "has a comment or an extra field"),
        ({"both": {"extra": b"\1\0\x0f\0" + bytes(16)}}, "has a comment or an extra field"),
        ({"both": {"extra": b"\1"}}, "has a comment or an extra field"),
        ({"central": {"extra": struct.pack("<2HQ2HQ", 1, 8, 1, 1, 8, 1)}}, "has a comment or an extra field"),
        ({"central": {"mode": (stat.S_IFLNK | 0o777) << 16}}, "is a link"),
        ({"central": {"mode": (stat.S_IFDIR | 0o755) << 16}}, "is not a regular file"),
        ({"central": {"mode": (stat.S_IFIFO | 0o644) << 16}}, "is not a regular file"),
        ({"central": {"mode": (stat.S_IFCHR | 0o644) << 16}}, "is not a regular file"),
        ({"central": {"mode": (stat.S_IFBLK | 0o644) << 16}}, "is not a regular file"),
        ({"central": {"mode": (stat.S_IFSOCK | 0o644) << 16}}, "is not a regular file"),
        ({"central": {"mode": 0}}, "is not a regular file"),
        ({"central": {"mode": REGULAR | 0x10}}, "is not a regular file"),
    ],
)
def test_a_member_that_no_bundle_has(path: Path, said: dict[str, dict[str, object]], words: str) -> None:
    assert refusal(path, bundle(part(**said))) == f"`a.txt` {words}"


@pytest.mark.parametrize(
    ("local", "words"),
    [
        ({"name": b"A.txt"}, "has another name in its header than in the directory"),
        ({"name": b"a.tx"}, "has another name in its header than in the directory"),
        ({"name": b"a.txta"}, "has another name in its header than in the directory"),
        ({"name": b"a.txt\0"}, "has another name in its header than in the directory"),
        ({"name": b"../../etc/passwd"}, "has another name in its header than in the directory"),
        ({"flags": 0x0001}, "has other flags in its header than in the directory"),
        ({"flags": 0x0008}, "has other flags in its header than in the directory"),
        ({"flags": 0x0800}, "has other flags in its header than in the directory"),
        ({"method": 8}, "has another method in its header than in the directory"),
        ({"crc": 0}, "has another CRC in its header than in the directory"),
        ({"size": len(TEXT) - 1}, "has other sizes in its header than in the directory"),
        ({"packed": 0}, "has other sizes in its header than in the directory"),
        ({"packed": 0xFFFFFFFF, "size": 0xFFFFFFFF}, "has other sizes in its header than in the directory"),
        ({"extra": struct.pack("<2H2Q", 1, 16, 300, 300)}, "has other sizes in its header than in the directory"),
    ],
)  # fmt: skip
def test_a_local_header_that_contradicts_the_directory(path: Path, local: dict[str, object], words: str) -> None:
    assert refusal(path, bundle(part(local=local))) == f"`a.txt` {words}"


def zip64(size: int, packed: int) -> bytes:
    return struct.pack("<2H2Q", 1, 16, size, packed)


@pytest.mark.parametrize(
    "extra",
    [
        zip64(len(TEXT), len(TEXT) + 1),
        zip64(len(TEXT) + 1, len(TEXT)),
        zip64(len(TEXT), len(TEXT)) + b"more!",
        zip64(len(TEXT), len(TEXT)) + struct.pack("<2H", 0x7075, 0),
        struct.pack("<2HQ", 1, 8, len(TEXT)),
        b"up\x10\0" + zip64(len(TEXT), len(TEXT))[4:],
    ],
)
def test_a_local_extra_field_that_is_not_what_the_sizes_ask_for(path: Path, extra: bytes) -> None:
    wide = {"packed": 0xFFFFFFFF, "size": 0xFFFFFFFF}
    assert accepted(path, bundle(part(local=wide | {"extra": zip64(len(TEXT), len(TEXT))}))) == {"a.txt": TEXT}
    said = refusal(path, bundle(part(local=wide | {"extra": extra})))
    assert said == "`a.txt` has another extra field in its header than in the directory"


@pytest.mark.parametrize(
    "data",
    [
        bundle(part(central={"offset": 1 << 30})),
        bundle(part(central={"offset": 0xFFFFFFFF, "extra": struct.pack("<2HQ", 1, 8, 1 << 63)})),
    ],
)
def test_a_member_that_is_behind_the_end(path: Path, data: bytes) -> None:
    assert "bytes before it that belong to nothing" in refusal(path, data)


@pytest.mark.parametrize("packed", [len(TEXT) + 1, 1 << 20, 0xFFFFFFFF])
def test_a_member_that_reaches_into_the_directory(path: Path, packed: int) -> None:
    assert refusal(path, bundle(part(both={"packed": packed}))) == "`a.txt` reaches into the directory"


def test_a_place_without_a_header(path: Path) -> None:
    whole = bundle(A)
    at = whole.index(b"PK\3\4", 4)
    assert refusal(path, whole[:at] + b"PK\3\5" + whole[at + 4 :]) == "`a.txt` is not where the directory says"


# -------------------------------------------------------------------- overlaps
def quoted_overlap() -> bytes:
    """As in David Fifield's bomb: the packed content of ``a`` is a stored block that quotes the local
    header of ``b``, and then the packed content of ``b``. Both can be unpacked, and every checksum fits."""
    kernel = bytes(100_000)
    second = Part(name="b", content=kernel, deflated=True)
    quote = header(second)
    block = struct.pack("<BHH", 0, len(quote), len(quote) ^ 0xFFFF) + quote
    first = Part(name="a", content=quote + kernel, packed=block + second.body, both={"method": 8})
    assert zlib.decompress(first.body, -15) == first.content
    head = Part(name="manifest.json", content=listing([first, second]))
    start = len(header(head) + head.body)
    body = header(head) + head.body + header(first) + first.body
    inside = len(body) - len(second.body) - len(quote)
    directory = entry(head, 0) + entry(first, start) + entry(second, inside)
    return body + directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 3, 3, len(directory), len(body), 0)


def shared_content() -> bytes:
    """Two entries for one local header."""
    return bundle(A, Part(name="b.txt", content=TEXT, packed=b"", central={"packed": len(TEXT), "offset": 0}))


@pytest.mark.parametrize("forged", [quoted_overlap, shared_content])
def test_members_that_overlap(path: Path, forged: Callable[[], bytes]) -> None:
    assert refusal(path, forged()).endswith("overlaps another one")


def test_members_in_another_order_than_their_entries(path: Path) -> None:
    whole = bundle(A, B)
    at = whole.index(b"PK\1\2")
    first, second, third = entry_ranges(whole)
    moved = whole[:at] + whole[first] + whole[third] + whole[second] + whole[-22:]
    assert refusal(path, moved).startswith("`b/c.txt` has ")


def entry_ranges(data: bytes) -> list[slice]:
    starts = [at for at in range(len(data)) if data[at : at + 4] == b"PK\1\2"] + [len(data) - 22]
    return [slice(*pair) for pair in pairwise(starts)]


# ----------------------------------------------------------------------- ZIP64
def wide(data: bytes, **said: int) -> bytes:
    """The same archive with the end records of ZIP64."""
    count, size, start = struct.unpack_from("<HLL", data, len(data) - 12)
    at = len(data) - 22
    says = {"at": at, "disks": 1, "disk": 0, "first": 0, "here": count, "count": count, "size": size, "start": start}
    says |= {"length": 44, "locator_disk": 0, "short_count": count, "short_size": size, "short_start": start, **said}
    values = (says["disk"], says["first"], says["here"], says["count"], says["size"], says["start"])
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", says["length"], 45, 45, *values)
    locator = struct.pack("<4sLQL", b"PK\6\7", says["locator_disk"], says["at"], says["disks"])
    short = (says["short_count"], says["short_count"], says["short_size"], says["short_start"])
    return data[:at] + record + locator + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, *short, 0)


def test_end_records_of_zip64_are_read(path: Path) -> None:
    assert accepted(path, wide(bundle(A, B))) == {"a.txt": TEXT, "b/c.txt": TEXT}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"at": 0}, "its end records contradict each other"),
        ({"length": 45}, "its end records contradict each other"),
        ({"length": 1 << 60}, "its end records contradict each other"),
        ({"short_count": 1}, "its end records contradict each other"),
        ({"short_count": 0xFFFF}, "its end records contradict each other"),
        ({"short_size": 1}, "its end records contradict each other"),
        ({"short_start": 0xFFFFFFFF}, "its end records contradict each other"),
        ({"start": 1 << 63, "short_start": 0xFFFFFFFF}, "its directory is not where its end says"),
        ({"size": 1 << 63, "short_size": 0xFFFFFFFF}, "its directory is not where its end says"),
        ({"disks": 2}, "it is one of several parts of an archive"),
        ({"disks": 0}, "it is one of several parts of an archive"),
        ({"locator_disk": 1}, "it is one of several parts of an archive"),
        ({"disk": 1}, "it is one of several parts of an archive"),
        ({"first": 1}, "it is one of several parts of an archive"),
        ({"here": 65_538, "short_count": 0xFFFF, "count": 65_537}, "it is one of several parts of an archive"),
        ({"here": 1 << 40, "count": 1 << 40, "short_count": 0xFFFF}, "it has 1099511627775 files, and may have 20000"),
    ],
)  # fmt: skip
def test_end_records_of_zip64_that_lie(path: Path, said: dict[str, int], words: str) -> None:
    assert refusal(path, wide(bundle(A, B), **said)) == words


def test_a_locator_without_its_record(path: Path) -> None:
    whole = wide(bundle(A))
    assert refusal(path, whole.replace(b"PK\6\6", b"PK\6\5")) == "its end records contradict each other"
    assert "belong to nothing" in refusal(path, whole.replace(b"PK\6\7", b"PK\6\5"))


def test_values_of_zip64_in_the_directory(path: Path) -> None:
    size = struct.pack("<2HQ", 1, 8, len(TEXT))
    assert accepted(path, bundle(part(central={"size": 0xFFFFFFFF, "extra": size}))) == {"a.txt": TEXT}
    both = {"size": 0xFFFFFFFF, "packed": 0xFFFFFFFF}
    assert "Corrupt zip64 extra field" in refusal(path, bundle(part(central=both | {"extra": size})))
    assert refusal(path, bundle(part(central=both))) == "`a.txt` has other sizes in its header than in the directory"


# ---------------------------------------------------------------------- limits
SMALL = Limits(total_bytes=5000, member_bytes=3000, members=3, manifest_bytes=2000, ratio_free_bytes=1000, ratio=10)


def zeros(name: str, size: int) -> Part:
    return Part(name=name, content=bytes(size), deflated=True)


def test_sizes_that_are_declared(path: Path) -> None:
    assert len(accepted(path, bundle(Part(name="a", content=b"x" * 3000)), SMALL)["a"]) == 3000
    large = refusal(path, bundle(Part(name="a", content=b"x" * 3001)), SMALL)
    assert large == "`a` has 3001 bytes, and may have 3000"
    two = bundle(Part(name="a", content=b"x" * 2400), Part(name="b", content=b"x" * 2400))
    assert refusal(path, two, SMALL).startswith("its files have ")
    claimed = refusal(path, bundle(part(both={"size": 0xFFFFFFF0})))
    assert claimed.startswith("`a.txt` would grow from")
    wider = struct.pack("<2HQ", 1, 8, (12 << 30) + 1)
    over = refusal(path, bundle(part(central={"size": 0xFFFFFFFF, "extra": wider})))
    assert over == f"`a.txt` has {(12 << 30) + 1} bytes, and may have {12 << 30}"


def test_a_ratio_is_taken_beyond_the_first_bytes(path: Path) -> None:
    assert accepted(path, bundle(zeros("a", 1000)), SMALL)
    packed = len(deflate(bytes(1300)))
    said = refusal(path, bundle(zeros("a", 1300)), SMALL)
    assert said == f"`a` would grow from {packed} bytes to 1300: no more than 10 times is allowed"


def test_a_ratio_is_taken_of_all_together(path: Path) -> None:
    limits = Limits(ratio_free_bytes=1000, ratio=5)
    said = refusal(path, bundle(*(zeros(f"{number}", 1000) for number in range(10))), limits)
    assert said.startswith("its files would grow from ")
    assert said.endswith(": no more than 5 times is allowed")


def test_members_are_counted(path: Path) -> None:
    three = [Part(name=str(number)) for number in range(3)]
    assert len(accepted(path, bundle(*three), SMALL)) == 3
    four = bundle(*three, Part(name="4"))
    assert refusal(path, four, SMALL) == "it has 4 files, and may have 3"
    assert LIMITS.members == 20_000


def test_the_manifest_has_its_own_limit(path: Path) -> None:
    manifest = listing([]) + b" " * 2000
    said = refusal(path, bundle(manifest=manifest), SMALL)
    assert said == f"`manifest.json` has {len(manifest)} bytes, and may have 2000"


# -------------------------------------------------------------------- manifest
@pytest.mark.parametrize(
    "data",
    [
        archive([A]),
        archive([A, Part(name="manifest.json", content=listing([A]))]),
        archive([Part(name="Manifest.json", content=listing([]))]),
        archive([]),
    ],
)
def test_the_manifest_is_first(path: Path, data: bytes) -> None:
    assert refusal(path, data) == "its first member is not manifest.json"


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a", "a"], "`a` is there twice"),
        (["a", "A"], "`A` has a name that some systems cannot tell from `a`"),
        (["straße", "STRASSE"], "`STRASSE` has a name that some systems cannot tell from `straße`"),
        (["x/ﬁ", "x/FI"], "`x/FI` has a name that some systems cannot tell from `x/ﬁ`"),
        (["Å", "å"], "`å` has a name that some systems cannot tell from `Å`"),
        (["manifest.json"], "`manifest.json` is there twice"),
        (["MANIFEST.JSON"], "`MANIFEST.JSON` has a name that some systems cannot tell from `manifest.json`"),
        (["a", "a/b"], "`a/b` lies in `a`, which is a file"),
        (["a/b/c/d", "A/b"], "`a/b/c/d` lies in `A/b`, which is a file"),
        (["manifest.json/a"], "`manifest.json/a` lies in `manifest.json`, which is a file"),
    ],
)
def test_names_that_collide(path: Path, names: list[str], words: str) -> None:
    assert refusal(path, bundle(*(Part(name=name) for name in names))) == words


@pytest.mark.parametrize(
    ("name", "flags", "words"),
    [
        ("ü".encode("cp437"), 0, "`ü` has a name that does not say it is UTF-8"),
        ("ü".encode(), 0, "has a name that does not say it is UTF-8"),
        (b"\xff\xfe", 0x800, "its directory is damaged"),
        (b"\xed\xa0\x80", 0x800, "its directory is damaged"),
        (b"a\0b", 0, "`a\\x00b` has a character in its name that cannot be seen (U+0000)"),
        (b"", 0, "`` has no name"),
        (b"../x", 0, "`../x` has an empty part, `.` or `..` in its name, and could be written outside of its folder"),
        (b"..\\x", 0, "`..\\x` has a backslash in its name"),
        (b"a/", 0, "`a/` is a folder, and a bundle holds files only"),
    ],
)
def test_names_are_checked_as_they_are_written(path: Path, name: bytes, flags: int, words: str) -> None:
    assert words in refusal(path, bundle(Part(name=name, both={"flags": flags})))


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name, words in (("nothing", "No such file"), ("folder", "is not a regular file"), ("a" * 300, "too long")):
        with pytest.raises(InputError, match=words):
            Bundle.open(tmp_path / name)
