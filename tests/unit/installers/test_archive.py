"""harness.installers.archive: what comes out of an archive, and what is refused."""

import hashlib
import io
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from harness.cache import Cache
from harness.errors import InputError
from harness.installers.archive import Archive, ArchiveArguments
from harness.installers.archive.repacking import repacked
from harness.limits import Limits
from harness.model import Base
from harness.protocols import Contents, Site
from harness.systems import SYSTEMS
from tests.unit.shop import DictRegistry


@pytest.fixture
def site(tmp_path: Path) -> Site:
    base = Base(os="debian:12", source="bootstrap")
    registry = DictRegistry(cache=Cache(tmp_path / "cache"), closed=True)
    folder = tmp_path / "recipe"
    folder.mkdir()
    return Site(system=SYSTEMS["debian:12"], base=base, machine="x86_64", registry=registry, folder=folder, user="app")


def member(name: str, content: bytes = b"", **changes: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in changes.items():
        setattr(info, key, value)
    return info, content


def tar(path: Path, *members: tuple[tarfile.TarInfo, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return path


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=kind, linkname=target)


def unpacked(path: Path, strip: int = 0, **limits: int) -> dict[str, tarfile.TarInfo]:
    return {info.name: info for info in read(path, strip, **limits)}


def read(path: Path, strip: int = 0, **limits: int) -> tarfile.TarFile:
    made = b"".join(repacked(path, strip=strip, owner="app", limits=Limits(**limits)))
    return tarfile.open(fileobj=io.BytesIO(made))


def arguments(path: Path, **more: Any) -> ArchiveArguments:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return ArchiveArguments.model_validate({"from": path.name, "sha256": sha256, "to": "/srv/shop"} | more)


def contents(site: Site, *wanted: ArchiveArguments) -> Contents:
    return Archive().contents(wanted, Archive().resolve(wanted, {}, (), site), (), site)


# ------------------------------------------------------------------ what comes out
@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_files_keep_mode_and_time_and_get_another_owner(tmp_path: Path, mode: str) -> None:
    path = tar(
        tmp_path / "a",
        member("shop/run.sh", b"#!/bin/sh", mode=0o4755, mtime=1_700_000_000, uid=1234, uname="root"),
        member("shop/data", b"x" * 2000, mode=0o640),
        mode=mode,
    )
    archive = read(path)
    found = {info.name: info for info in archive}
    assert list(found) == ["shop", "shop/run.sh", "shop/data"]
    assert (found["shop/run.sh"].mode, found["shop/run.sh"].mtime) == (0o755, 1_700_000_000)
    assert found["shop/data"].mode == 0o640
    assert {(info.uid, info.gid, info.uname, info.gname) for info in found.values()} == {(0, 0, "app", "app")}
    assert archive.extractfile("shop/data").read() == b"x" * 2000  # type: ignore[union-attr]


def test_a_zip_is_read_like_a_tar(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        run = zipfile.ZipInfo("shop/run.sh", (2023, 11, 14, 22, 13, 20))
        run.external_attr = 0o100755 << 16
        archive.writestr(run, "#!/bin/sh")
        again = zipfile.ZipInfo("shop/again")
        again.external_attr = 0o120777 << 16
        archive.writestr(again, "run.sh")
        archive.writestr(zipfile.ZipInfo("shop/empty/"), "")
        plain = zipfile.ZipInfo("shop/plain")
        plain.external_attr = 0x20  # as Windows has it
        archive.writestr(plain, "hello")
    found = unpacked(tmp_path / "a.zip")
    assert (found["shop/run.sh"].mode, found["shop/run.sh"].mtime) == (0o755, 1_700_000_000)
    assert (found["shop/again"].issym(), found["shop/again"].linkname) == (True, "run.sh")
    assert found["shop/empty"].isdir()
    assert found["shop/plain"].mode == 0o644


def test_the_first_folders_fall_away(tmp_path: Path) -> None:
    path = tar(
        tmp_path / "a",
        member("./shop-2.1", type=tarfile.DIRTYPE, mode=0o700),
        member("./shop-2.1/a/b", b"b"),
        link("shop-2.1/c", "shop-2.1/a/b", tarfile.LNKTYPE),
    )
    assert [*unpacked(path, strip=1)] == ["a", "a/b", "c"]
    assert unpacked(path, strip=1)["c"].linkname == "a/b"
    with pytest.raises(InputError, match="nothing is left"):
        unpacked(path, strip=3)


def test_same_archive_same_layer_and_it_is_written_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tar(site.folder / "shop.tgz", member("shop/a", b"a"))
    first = contents(site, arguments(path), arguments(path, to="/opt/it's", strip=1))
    monkeypatch.setattr("harness.installers.archive.member.repacked", lambda *_, **__: pytest.fail("read again"))
    assert contents(site, arguments(path), arguments(path, to="/opt/it's", strip=1)) == first
    assert [file.path for file in first.files] == ["archives/1.tar", "archives/2.tar"]
    assert all(isinstance(file.content, Path) and file.content.name == file.sha256 for file in first.files)
    assert first.instructions[0] == "COPY archives/1.tar /tmp/1.tar"
    assert "tar -xf /tmp/1.tar -C /srv/shop" in first.instructions[1]
    assert "'/opt/it'\"'\"'s'" in first.instructions[3]


def test_the_owner_is_part_of_what_is_kept(site: Site) -> None:
    path = tar(site.folder / "shop.tgz", member("a", b"a"))
    (one,), (other,) = contents(site, arguments(path)).files, contents(replace(site, user="web"), arguments(path)).files
    assert one.sha256 != other.sha256


def test_an_archive_is_locked_by_its_checksum(site: Site) -> None:
    path = tar(site.folder / "my shop.tgz", member("a", b"a"))
    wanted = arguments(path)
    (package,) = Archive().resolve([wanted, wanted], {}, (), site)
    assert (package.name, package.checksum) == ("my-shop.tgz", f"sha256:{wanted.sha256}")
    assert wanted.sha256.startswith(package.version)


# ------------------------------------------------------------------ what is refused
OUTSIDE = "outside of its folder"
HOSTILE: list[tuple[list[tuple[tarfile.TarInfo, bytes]], str]] = [
    ([member("../a", b"x")], OUTSIDE),
    ([member("a/../../b", b"x")], OUTSIDE),
    ([member("/etc/passwd", b"x")], OUTSIDE),
    ([link("a", "/etc/passwd")], "leads out"),
    ([link("a", "../b")], "leads out"),
    ([link("a/b/c", "../../../d")], "leads out"),
    ([link("x/y/l", "../../a"), member("a/f", b""), link("m", "x/y/l/../..")], "leads out"),  # not by its words
    ([link("a", "b"), link("b", "a")], "leads out"),
    ([link("a", "b"), member("a/c", b"x")], "lies in `a`"),
    ([member("a", b"x"), member("a/c", b"x")], "lies in `a`"),
    ([member("a/b", b"x"), link("a", "c")], "twice"),
    ([member("a", b"x"), link("a", "c")], "twice"),
    ([link("a", "c"), link("a", "d")], "twice"),
    ([link("a", "/etc/passwd", tarfile.LNKTYPE)], OUTSIDE),
    ([link("a", "b", tarfile.LNKTYPE), member("b", b"")], "no file in it"),
    ([member("a\\b", b"x")], "backslash"),
    ([member("a\nb", b"x")], "cannot be seen"),
    ([member("a", type=tarfile.FIFOTYPE)], "is no file"),
    ([member("a", type=tarfile.CHRTYPE)], "is no file"),
    ([], "nothing is left"),
]


@pytest.mark.parametrize(("members", "why"), HOSTILE)
def test_what_leads_out_or_is_no_file_is_refused(
    members: list[tuple[tarfile.TarInfo, bytes]], why: str, tmp_path: Path
) -> None:
    path = tar(tmp_path / "a.tgz", *members)
    with pytest.raises(InputError) as caught:
        unpacked(path)
    assert why in caught.value.into("en") and str(path) in caught.value.into("en")


def test_links_inside_stay_links(tmp_path: Path) -> None:
    path = tar(tmp_path / "a", member("lib/a.so.1", b"so"), link("lib/a.so", "a.so.1"), link("bin", "./lib/../lib"))
    found = unpacked(path)
    assert (found["lib/a.so"].linkname, found["bin"].linkname) == ("a.so.1", "./lib/../lib")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = tar(tmp_path / "bomb.tgz", member("zeros", bytes(8 << 20)))
    with pytest.raises(InputError, match="would grow"):
        unpacked(bomb)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(8 << 20))
    with pytest.raises(InputError, match="would grow"):
        unpacked(tmp_path / "bomb.zip")
    for limits, why in (({"members": 2}, "3 files"), ({"total_bytes": 2}, "3 bytes"), ({"member_bytes": 0}, "1 bytes")):
        path = tar(tmp_path / "many.tgz", *(member(name, b"x") for name in "abc"))
        with pytest.raises(InputError, match=why):
            unpacked(path, **limits)


def test_a_header_that_claims_gigabytes_is_not_read(tmp_path: Path) -> None:
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 1 << 34
    (tmp_path / "a.tar").write_bytes(header.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
    with pytest.raises(InputError, match="no archive that can be read"):
        unpacked(tmp_path / "a.tar")


def test_a_zip_that_lies_about_its_sizes_is_damaged(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"hello" * 100)
    content = bytearray((tmp_path / "a.zip").read_bytes())
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = (7).to_bytes(4, "little")
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(InputError, match="no archive that can be read"):
        unpacked(tmp_path / "a.zip")


@pytest.mark.parametrize("spoil", [lambda content: content[:-30], lambda content: b"hello", lambda content: b""])
def test_a_damaged_archive_is_named(spoil: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tar(tmp_path / "a.tgz", member("a", bytes(range(256)) * 40))
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(InputError, match=r"a\.tgz is no archive that can be read"):
        unpacked(path)


names = st.lists(st.sampled_from(["a", "b", "..", ".", ""]), min_size=1, max_size=4).map("/".join)


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(names, st.just(None)),
            st.tuples(names, names),
            st.tuples(names, names.map(lambda name: "/" + name)),
        ),
        max_size=6,
    )
)
def test_whatever_passes_stays_inside_when_it_is_unpacked(entries: list[tuple[str, str | None]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        members = [member(path, b"x") if target is None else link(path, target) for path, target in entries]
        path = tar(folder / "a.tar", *members, mode="w")
        (folder / "to/inside").mkdir(parents=True)
        try:
            archive = read(path)
        except InputError:
            return
        archive.extractall(folder / "to/inside", filter="fully_trusted")
        assert [one.name for one in (folder / "to").iterdir()] == ["inside"]
        for one in (folder / "to/inside").rglob("*"):
            assert one.resolve().is_relative_to((folder / "to/inside").resolve())


# ------------------------------------------------------------------ the checksum
def test_another_file_than_the_one_that_is_meant_is_refused(site: Site) -> None:
    wanted = arguments(tar(site.folder / "shop.tgz", member("a", b"a")))
    tar(site.folder / "shop.tgz", member("a", b"evil"))
    with pytest.raises(InputError, match=r"`shop\.tgz` is not the file that is meant"):
        contents(site, wanted)


@pytest.mark.parametrize("name", ["../secret.tgz", "/etc/passwd", "link.tgz", "none.tgz"])
def test_what_is_not_beside_the_recipe_is_refused(site: Site, name: str) -> None:
    path = tar(site.folder.parent / "secret.tgz", member("a", b"a"))
    (site.folder / "link.tgz").symlink_to("../secret.tgz")
    with pytest.raises(InputError, match=r"beside the recipe|outside of the recipe"):
        contents(site, arguments(path, **{"from": name}))


@pytest.mark.parametrize(
    "changes",
    [
        {"sha256": "abc"},
        {"sha256": "A" * 64},
        {"to": "srv"},
        {"to": "/srv\nRUN x"},
        {"strip": -1},
        {"from": ""},
        {"x": 1},
    ],
)
def test_arguments_that_cannot_be_are_refused(changes: dict[str, Any]) -> None:
    good = {"from": "a.tgz", "sha256": "0" * 64, "to": "/srv"}
    ArchiveArguments.model_validate(good)
    ArchiveArguments.model_validate(good | {"sha256": "{{ sums[product.version] }}"})
    with pytest.raises(ValidationError):
        ArchiveArguments.model_validate(good | changes)


def test_archives_have_no_versions(site: Site) -> None:
    with pytest.raises(InputError):
        Archive().versions("shop", site)
