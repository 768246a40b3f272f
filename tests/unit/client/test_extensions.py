"""harness.client.extensions: a folder or a CRX3 as files, its version and its checksum."""

import base64
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from harness.client import extensions
from harness.errors import InputError
from harness.model import Extension, File
from tests.unit.crx import KEY, crx, folder, manifest, zipped

BANNER = Extension(source="file", name="banner")
PACKED = Extension(source="file", name="banner.crx")


def packed(home: Path, content: bytes) -> Path:
    (home / "extensions").mkdir(exist_ok=True)
    path = home / "extensions" / PACKED.name
    path.write_bytes(content)
    return path


def test_a_folder_is_its_files(tmp_path: Path) -> None:
    folder(tmp_path, b__js=b"2", a__js=b"1")
    assert extensions.files(BANNER, tmp_path) == {"a.js": b"1", "b.js": b"2", "manifest.json": manifest()}
    assert list(extensions.files(BANNER, tmp_path)) == ["a.js", "b.js", "manifest.json"]


def test_the_version_is_the_manifest_s_and_the_checksum_that_of_everything(tmp_path: Path) -> None:
    place = folder(tmp_path, banner__js=b"1")
    first = extensions.read(BANNER, tmp_path)
    assert first.version == "1.2.0"
    assert extensions.read(BANNER, tmp_path) == first
    (place / "banner.js").write_bytes(b"2")
    assert extensions.read(BANNER, tmp_path).checksum != first.checksum
    (place / "banner.js").rename(place / "other.js")
    assert len({extensions.read(BANNER, tmp_path).checksum, first.checksum}) == 2


def test_a_manifest_may_have_comments(tmp_path: Path) -> None:
    folder(tmp_path, manifest__json=b"// of a company\n" + manifest(version="3"))
    assert extensions.read(BANNER, tmp_path).version == "3"


@pytest.mark.parametrize("content", [b"{", b"[]", b"{}", b"\xff\xfe"])
def test_a_manifest_that_is_wrong_is_for_the_browser_to_complain_of(tmp_path: Path, content: bytes) -> None:
    folder(tmp_path, manifest__json=content)
    assert extensions.read(BANNER, tmp_path).version == ""
    assert extensions.files(BANNER, tmp_path)["manifest.json"] == content


def test_an_xpi_is_unpacked_as_it_is(tmp_path: Path) -> None:
    packed(tmp_path, zipped({"manifest.json": manifest(), "js/banner.js": b"1"}))
    assert extensions.files(PACKED, tmp_path) == {"js/banner.js": b"1", "manifest.json": manifest()}


def test_a_crx_is_unpacked_and_keeps_its_id(tmp_path: Path) -> None:
    packed(tmp_path, crx({"manifest.json": manifest(), "js/banner.js": b"1"}))
    found = extensions.files(PACKED, tmp_path)
    assert found["js/banner.js"] == b"1"
    assert json.loads(found["manifest.json"])["key"] == base64.b64encode(KEY).decode()
    assert extensions.read(PACKED, tmp_path).version == "1.2.0"


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no .*extensions/banner"):
        extensions.files(BANNER, tmp_path)
    (tmp_path / "extensions/banner/inner").mkdir(parents=True)
    (tmp_path / "extensions/banner/inner/manifest.json").write_bytes(manifest())
    with pytest.raises(InputError, match=r"there is no manifest\.json in"):
        extensions.files(BANNER, tmp_path)


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (tmp_path / "secret").write_text("x")
    (place / "link.js").symlink_to(tmp_path / "secret")
    with pytest.raises(InputError, match=r"link\.js is no ordinary file"):
        extensions.files(BANNER, tmp_path)


@pytest.mark.parametrize("as_crx", [False, True])
def test_what_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_crx: bool) -> None:
    monkeypatch.setattr(extensions, "FILES_LIMIT", 1)
    if as_crx:
        packed(tmp_path, crx({"manifest.json": manifest(), "banner.js": b""}))
    else:
        folder(tmp_path, banner__js=b"")
    with pytest.raises(InputError, match="larger than an extension may be"):
        extensions.files(PACKED if as_crx else BANNER, tmp_path)


def test_a_file_that_is_too_large_is_not_even_read(tmp_path: Path) -> None:
    with packed(tmp_path, b"Cr24").open("r+b") as file:
        file.truncate(extensions.SIZE_LIMIT_BYTES + 1)
    with pytest.raises(InputError, match="larger than an extension may be"):
        extensions.files(PACKED, tmp_path)


def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = zipped({"manifest.json": manifest(), "zeros": bytes(extensions.SIZE_LIMIT_BYTES)}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 1 << 20
    packed(tmp_path, crx(bomb))
    with pytest.raises(InputError, match="larger than an extension may be"):
        extensions.files(PACKED, tmp_path)


def archive(*names: str) -> File:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name in names:
            tar.addfile(tarfile.TarInfo(f"node_modules/@some/banner/{name}"))
    return File.of("node_modules.tar", out.getvalue())


def test_a_package_of_npm_has_a_manifest_where_the_file_says() -> None:
    def check(folder: str, *names: str) -> None:
        extension = Extension(source="npm", name="@some/banner", version="1.0.0", folder=folder)
        extensions.check_package(extension, [archive(*names)])

    check("", "manifest.json", "package.json")
    check("dist/mv3", "package.json", "dist/mv3/manifest.json", "dist/firefox/manifest.json")
    with pytest.raises(InputError, match=r"there is no manifest\.json in @some/banner@1\.0\.0/dist$") as caught:
        check("dist", "package.json", "dist/mv3/manifest.json", "dist/firefox/manifest.json")
    assert str(caught.value.advice) == "name the folder that has it: dist/firefox, dist/mv3"
    with pytest.raises(InputError) as caught:
        check("", "package.json")
    assert str(caught.value.advice) == "this package is no extension of a browser"
