"""Images in and out of an engine: names are ours, and nothing passes that an engine may read in another way."""

import io
import json
import struct
import tarfile
from collections.abc import Mapping
from typing import Any

import pytest
from docker.errors import APIError
from hypothesis import given
from hypothesis import strategies as st

from harness.engine import Engine, images
from harness.engine.images import INDEX_BYTES
from harness.errors import EngineError, InputError
from harness.model import Image
from tests.unit.engine.stand_in import Member, engine, image_id, image_tar, member, tar, unpacked

OLD, NEW = "evil/one:1", "harness/bundled:0-0"
LIST = json.dumps([{"Config": "0.json", "RepoTags": [OLD], "Layers": ["0/layer.tar"]}]).encode()
LAYER = f"../{'a' * 64}/layer.tar"


def loaded(data: bytes, names: Mapping[str, str] | None = None, **fields: Any) -> tuple[Engine, dict[str, Image]]:
    one = engine(**fields)
    return one, images.load(one, [data], {OLD: NEW} if names is None else names)


def refused(data: bytes, names: Mapping[str, str] | None = None, **fields: Any) -> str:
    """Why a tar is refused; then nothing of it is there."""
    one = engine(**fields)
    with pytest.raises(InputError) as caught:
        images.load(one, [data], {OLD: NEW} if names is None else names)
    assert one.calls.images == {}
    assert str(caught.value).startswith("this is no archive of images: ")
    assert caught.value.advice is not None
    return str(caught.value).removeprefix("this is no archive of images: ")


def with_list(*members: Member) -> bytes:
    """A good tar with some more in it."""
    return tar(*members, member("0.json", b"{}"), member("0/layer.tar", b"layer"), member("manifest.json", LIST))


# ----------------------------------------------------------------------- out
def test_an_image_of_ours_is_saved_by_its_name() -> None:
    one = engine()
    assert images.named(one, "harness/product:1") == "harness/product:1"
    assert one.calls.images == {}, "nothing was named"


def test_an_image_that_is_pinned_gets_a_name_of_ours() -> None:
    one, reference = engine(), "registry.example/library/debian@sha256:" + "ab" * 32
    one.calls.add(reference)
    assert images.named(one, reference) == "harness/base:debian-" + "ab" * 12
    assert one.calls.images["harness/base:debian-" + "ab" * 12]["Id"] == image_id(reference)


def test_what_the_engine_does_not_have_cannot_be_named_or_saved() -> None:
    with pytest.raises(EngineError, match="the engine did not name the image debian@sha256:00"):
        images.named(engine(), "debian@sha256:00")
    with pytest.raises(EngineError, match="the engine did not give the images"):
        list(images.save(engine(), ["harness/product:1"]))


def test_what_is_saved_can_be_loaded_elsewhere() -> None:
    here = engine()
    here.calls.add("harness/product:1", "harness/browser:2")
    chunks = images.save(here, ["harness/product:1", "harness/browser:2"])
    there = engine()
    names = {"harness/product:1": "harness/bundled:a", "harness/browser:2": "harness/bundled:b"}
    assert images.load(there, chunks, names) == {old: Image(tag=new, id=image_id(new)) for old, new in names.items()}
    assert set(there.calls.images) == set(names.values())


# --------------------------------------------------------------------- names
def test_images_get_our_names_and_no_others_get_in() -> None:
    rows = [
        {"Config": "0.json", "RepoTags": [OLD, "debian:12", "harness/base:debian-12"], "Layers": ["0/layer.tar"]},
        {"Config": "0.json", "RepoTags": ["python:3"], "Layers": []},
        {"Config": "0.json", "RepoTags": None, "Layers": []},
    ]
    data = tar(member("0.json", b"{}"), member("manifest.json", json.dumps(rows).encode()))
    one, found = loaded(data)
    assert found == {OLD: Image(tag=NEW, id=image_id(NEW))}
    assert set(one.calls.images) == {NEW}
    assert json.loads(unpacked(one.calls.loaded)["manifest.json"]) == [
        {"Config": "0.json", "RepoTags": [NEW], "Layers": ["0/layer.tar"]}
    ]


@pytest.mark.parametrize(("before", "after"), [("docker.io/", "docker.io/"), ("", "")])
def test_names_in_the_index_are_ours_in_the_same_spelling(before: str, after: str) -> None:
    def entry(name: str) -> dict[str, Any]:
        names = {"io.containerd.image.name": name, "org.opencontainers.image.ref.name": "1", "other": "kept"}
        return {"digest": name, "annotations": names}

    index = {"schemaVersion": 2, "manifests": [entry(before + OLD), entry("docker.io/debian:12"), {"digest": "none"}]}
    one, _ = loaded(with_list(member("index.json", json.dumps(index).encode())))
    sent = json.loads(unpacked(one.calls.loaded)["index.json"])
    names = {"io.containerd.image.name": after + NEW, "org.opencontainers.image.ref.name": "0-0", "other": "kept"}
    assert sent == {"schemaVersion": 2, "manifests": [{"digest": before + OLD, "annotations": names}]}


def test_names_of_the_format_before_are_left_out() -> None:
    names = json.dumps({"debian": {"12": "0" * 64}}).encode()
    one, _ = loaded(with_list(member("repositories", names)))
    assert set(unpacked(one.calls.loaded)) == {"0.json", "0/layer.tar", "manifest.json"}


def test_an_image_that_is_not_in_it_is_said() -> None:
    assert refused(with_list(), {OLD: NEW, "evil/two:1": "harness/bundled:0-1"}) == "evil/two:1 is not in it"
    assert refused(tar(member("0.json", b"{}"))) == f"{OLD} is not in it"
    assert refused(tar()) == f"{OLD} is not in it"


# ------------------------------------------------------------- what is in it
def test_what_engines_write_passes_and_its_headers_are_written_anew() -> None:
    owned = {"uid": 1000, "gid": 1000, "uname": "eve", "mtime": 1.5e9, "mode": 0o104755}
    data = tar(
        member("blobs", type=tarfile.DIRTYPE),
        member("blobs", type=tarfile.DIRTYPE),
        member("blobs/sha256/" + "a" * 64, b"x" * 700, **owned),
        member("b/layer.tar", type=tarfile.SYMTYPE, linkname=LAYER),
        member("c/layer.tar", type=tarfile.SYMTYPE, linkname=f"../{'a' * 64}.tar"),
        member("manifest.json", LIST),
    )
    one, _ = loaded(data)
    with tarfile.open(fileobj=io.BytesIO(one.calls.loaded)) as archive:
        rows = [(info.name, info.type, oct(info.mode), info.linkname) for info in archive]
        assert {(info.uid, info.gid, info.uname, info.mtime) for info in archive} == {(0, 0, "", 0)}
        assert all(info.pax_headers == {} for info in archive)
    assert rows == [
        ("blobs", tarfile.DIRTYPE, "0o644", ""),
        ("blobs", tarfile.DIRTYPE, "0o644", ""),
        ("blobs/sha256/" + "a" * 64, tarfile.REGTYPE, "0o755", ""),
        ("b/layer.tar", tarfile.SYMTYPE, "0o644", LAYER),
        ("c/layer.tar", tarfile.SYMTYPE, "0o644", f"../{'a' * 64}.tar"),
        ("manifest.json", tarfile.REGTYPE, "0o644", ""),
    ]
    assert unpacked(one.calls.loaded)["blobs/sha256/" + "a" * 64] == b"x" * 700


@pytest.mark.parametrize(
    "name",
    [
        "../manifest.json", "a/../manifest.json", "./manifest.json", ".hidden", "/etc/passwd", "a//b", "a/b/c/d",
        "a b", "a\\b", "-a", "ä", "a\n", "C:a", "a/.wh.b", "layer.tar ", "x" * 120 + "/../y",
    ],
)  # fmt: skip
def test_a_name_that_no_engine_writes(name: str) -> None:
    assert refused(with_list(member(name, b"x"))) == f"`{name}` does not belong in one"


@pytest.mark.parametrize(
    ("kind", "link"),
    [
        (tarfile.LNKTYPE, "manifest.json"),
        (tarfile.LNKTYPE, LAYER),
        (tarfile.SYMTYPE, "/etc/passwd"),
        (tarfile.SYMTYPE, "../manifest.json"),
        (tarfile.SYMTYPE, f"../../{'a' * 64}/layer.tar"),
        (tarfile.SYMTYPE, f"../{'A' * 64}/layer.tar"),
        (tarfile.SYMTYPE, LAYER + "/x"),
        (tarfile.CHRTYPE, ""),
        (tarfile.BLKTYPE, ""),
        (tarfile.FIFOTYPE, ""),
        (tarfile.CONTTYPE, ""),
        (b"Z", ""),
    ],
)
def test_what_is_neither_file_nor_folder_nor_link_to_a_layer(kind: bytes, link: str) -> None:
    assert refused(with_list(member("x/layer.tar", type=kind, linkname=link))) == (
        "`x/layer.tar` does not belong in one"
    )


def test_a_link_by_another_name_than_that_of_a_layer() -> None:
    for name in ("manifest.json", "index.json", "x/json", "layer.tar"):
        data = tar(member(name, type=tarfile.SYMTYPE, linkname=LAYER))
        assert refused(data) == f"`{name}` does not belong in one"


@pytest.mark.parametrize("name", ["manifest.json", "index.json", "repositories", "0/layer.tar", "0.json"])
@pytest.mark.parametrize("second", [{}, {"type": tarfile.DIRTYPE}])
def test_what_is_there_twice(name: str, second: dict[str, Any]) -> None:
    content = {"manifest.json": LIST, "index.json": b'{"manifests": []}'}.get(name, b"{}")
    again = member(name, b"" if second else content, **second)
    assert refused(tar(member(name, content), again)) == f"`{name}` is there twice"
    assert refused(tar(member(name, type=tarfile.DIRTYPE), member(name, content))) == f"`{name}` is there twice"


def test_a_file_with_holes_in_either_format() -> None:
    pax = member("a", b"x" * 512, pax_headers={"GNU.sparse.map": "0,512", "GNU.sparse.size": "1024"})
    assert refused(with_list(pax)) == "`a` does not belong in one"
    old = bytearray(tar(member("a", b"x" * 512), format=tarfile.GNU_FORMAT))
    old[156:157] = tarfile.GNUTYPE_SPARSE
    old[386:410] = b"%011o\0%011o\0" % (0, 512)
    old[483:495] = b"%011o\0" % 1024
    assert refused(with_checksum(old)) == "`a` does not belong in one"


def with_checksum(data: bytearray) -> bytes:
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return bytes(data)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"path": "../manifest.json"}, "`../manifest.json` does not belong in one"),
        ({"path": "manifest.json"}, f"{OLD} is not in it"),  # it is the list itself, and names none
        ({"linkpath": "/etc/passwd"}, None),  # of what is no link
        ({"GNU.sparse.name": "manifest.json", "GNU.sparse.map": "0,1"}, "`manifest.json` does not belong in one"),
        ({"size": "-1"}, "`a` does not belong in one"),
    ],
)
def test_what_extended_headers_say_is_what_counts(headers: dict[str, str], said: str | None) -> None:
    odd = member("a", b"[]", pax_headers=headers)
    if said is None:
        one, _ = loaded(with_list(odd))
        assert b"passwd" not in one.calls.loaded
    else:
        assert refused(tar(odd)) == said


def test_headers_for_all_members_do_not_reach_the_engine() -> None:
    data = io.BytesIO()
    headers = {"comment": "for all", "path": "blobs"}
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT, pax_headers=headers) as archive:
        archive.addfile(tarfile.TarInfo("a"))
    sent = b"".join(images._renamed([data.getvalue()], {}))
    assert b"for all" not in sent
    assert unpacked(sent) == {"blobs": b""}, "the engine reads the name that was checked"


@pytest.mark.parametrize("name", ["manifest.json", "index.json"])
def test_a_list_may_not_be_larger_than_memory_allows(name: str) -> None:
    largest = LIST[:-1].ljust(INDEX_BYTES - 1) + b"]"
    assert refused(tar(member(name, largest + b" "))) == "its list of images is too large"
    loaded(tar(member("manifest.json", largest)))


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"\xff", b"7", b"null", b'["x"]', b"[7]", b'[{"RepoTags": 7}]', b'[{"RepoTags": [["x"]]}]',
        b'[{"RepoTags": [{}]}]', b"[" * 100_000,
    ],
)  # fmt: skip
def test_a_list_that_is_none(content: bytes) -> None:
    assert refused(tar(member("manifest.json", content)))


@pytest.mark.parametrize(
    "content",
    [
        b"[]", b"{}", b'{"manifests": 7}', b'{"manifests": [7]}', b'{"manifests": [{"annotations": 7}]}',
        b'{"manifests": [{"annotations": ["io.containerd.image.name"]}]}',
        b'{"manifests": [{"annotations": {"io.containerd.image.name": 7}}]}',
        b'{"manifests": [{"annotations": {"io.containerd.image.name": {}}}]}',
    ],
)  # fmt: skip
def test_an_index_that_is_none(content: bytes) -> None:
    assert refused(tar(member("index.json", content)))


def test_what_is_no_tar() -> None:
    good = with_list()
    for data in (b"", b"no tar" * 200, good[:700], good[:-12_000], struct.pack("<I", 0x184D2A50) * 400):
        assert refused(data)


@given(st.integers(0, 5000), st.binary(min_size=1, max_size=40))
def test_whatever_is_damaged_is_refused_or_goes_in_under_our_name(at: int, other: bytes) -> None:
    good = image_tar(OLD)
    one = engine()
    try:
        images.load(one, [good[:at] + other + good[at + len(other) :]], {OLD: NEW})
    except InputError:
        assert one.calls.images == {}
    else:
        assert set(one.calls.images) == {NEW}


@given(st.integers(1, 3000))
def test_how_it_comes_does_not_matter(size: int) -> None:
    data = with_list(member("big", b"y" * 3000))
    one = engine()
    images.load(one, (data[at : at + size] for at in range(0, len(data), size)), {OLD: NEW})
    assert unpacked(one.calls.loaded)["big"] == b"y" * 3000


# ---------------------------------------------------------------- the engine
def test_commands_for_whatever_is_built_on_it() -> None:
    evil = {"OnBuild": ["ADD http://host.docker.internal/ /x"]}
    assert refused(with_list(), config=evil) == "one of them has commands for whatever is built on it"
    harmless: list[dict[str, Any]] = [{"OnBuild": None}, {"OnBuild": []}, {}]
    for config in harmless:
        loaded(with_list(), config=config)


def test_what_the_engine_refuses_is_said_and_has_no_name_here() -> None:
    one = engine(says=[{"status": "x"}, {"error": "no such layer"}])
    one.calls.add(NEW, "other:1")
    with pytest.raises(EngineError, match="the engine did not take the images") as caught:
        images.load(one, [with_list()], {OLD: NEW})
    assert "the engine said: no such layer" in caught.value.into("en")
    assert set(one.calls.images) == {"other:1"}


def test_an_image_that_is_not_there_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    one = engine()
    monkeypatch.setattr(one.calls, "load_image", lambda data, quiet: [{"stream": str(len(list(data)))}])
    with pytest.raises(EngineError) as caught:
        images.load(one, [with_list()], {OLD: NEW})
    assert f"the engine said: {OLD} is not there" in caught.value.into("en")


def test_an_engine_that_fails_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    one = engine()

    def fails(data: object, quiet: bool) -> None:
        raise APIError("broken pipe")

    monkeypatch.setattr(one.calls, "load_image", fails)
    with pytest.raises(EngineError, match="the engine did not take the images"):
        images.load(one, [with_list()], {OLD: NEW})
