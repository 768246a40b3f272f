"""What dpkg knows of an image."""

import io
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cache import Cache
from harness.engine.inventory import inventory, parsed
from harness.errors import EngineError
from harness.model import Base, Image

STATUS = """\
Package: perl-base
Essential: yes
Status: install ok installed
Version: 5.36.0-7+deb12u2
Conffiles:
 /etc/perl/x 0123
Description: minimal Perl
 Package: not-one

Package: gone
Status: deinstall ok config-files
Version: 1.0-1

Package: adduser
Status: install ok installed
Version: 3.134
"""
module = sys.modules["harness.engine.inventory"]  # the package has a function of that name
BOOTSTRAP = Base(os="debian:12", source="bootstrap")


def test_installed_packages_are_in_it_by_name() -> None:
    found = parsed(STATUS, "debian:12")
    assert found.os == "debian:12"
    assert list(found.packages.items()) == [("adduser", "3.134"), ("perl-base", "5.36.0-7+deb12u2")]


def test_the_order_of_the_paragraphs_does_not_matter_and_what_they_say_does() -> None:
    perl, gone, adduser = STATUS.strip().split("\n\n")
    whole = parsed(STATUS, "debian:12").checksum
    assert parsed("\n\n".join([adduser, gone, perl]) + "\n", "debian:12").checksum == whole
    assert parsed("\n\n".join([adduser, perl]), "debian:12").checksum == whole
    assert parsed(STATUS.replace("0123", "4567"), "debian:12").checksum != whole


words = st.from_regex("[a-z][a-z0-9+.-]{1,8}", fullmatch=True)
versions = st.from_regex("([0-9]:)?[0-9][A-Za-z0-9.+~-]{0,8}", fullmatch=True)


@given(st.dictionaries(words, versions, max_size=5), st.randoms())
def test_every_package_is_found(packages: dict[str, str], random: Any) -> None:
    paragraphs = [
        f"Package: {name}\nStatus: install ok installed\nVersion: {version}\n" for name, version in packages.items()
    ]
    random.shuffle(paragraphs)
    assert parsed("\n".join(paragraphs), "debian:12").packages == packages


class Api:
    """An engine whose containers hold one file."""

    def __init__(self, status: str | None) -> None:
        self.status = status
        self.made: list[str] = []

    def create_container(self, reference: str, command: list[str], *, name: str, labels: dict[str, str]) -> None:
        self.made.append(name)

    def get_archive(self, name: str, path: str) -> tuple[Iterator[bytes], dict[str, str]]:
        assert (name, path) == (self.made[-1], "/var/lib/dpkg/status")
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as archive:
            info = tarfile.TarInfo("status")
            content = (self.status or "").encode()
            info.size = len(content)
            if self.status is None:
                info.type = tarfile.SYMTYPE
            archive.addfile(info, io.BytesIO(content))
        return iter([out.getvalue()]), {}

    def remove_container(self, name: str, **_: bool) -> None:
        self.made.remove(name)


def engine(api: Api) -> Any:
    return SimpleNamespace(calls=api, endpoint="unix:///none")


@pytest.fixture
def image(monkeypatch: pytest.MonkeyPatch) -> Image:
    found = Image(tag="harness/base:x", id="sha256:1")
    monkeypatch.setattr(module, "built", lambda *_: found)
    return found


def test_an_image_is_looked_into_once_and_nothing_is_left(image: Image, tmp_path: Path) -> None:
    api, cache = Api(STATUS), Cache(tmp_path)
    first = inventory(engine(api), BOOTSTRAP, cache)
    assert first == parsed(STATUS, "debian:12")
    assert api.made == []
    assert inventory(engine(Api(None)), BOOTSTRAP, cache) == first


def test_an_image_without_the_file_is_an_error_and_nothing_is_left(image: Image, tmp_path: Path) -> None:
    api = Api(None)
    with pytest.raises(EngineError, match="look into"):
        inventory(engine(api), BOOTSTRAP, Cache(tmp_path))
    assert api.made == []


def test_what_has_a_digest_or_is_not_there_is_not_looked_into(
    monkeypatch: pytest.MonkeyPatch, image: Image, tmp_path: Path
) -> None:
    pinned = Base(os="debian:12", source="registry", digest="sha256:" + "0" * 64)
    assert inventory(engine(Api(STATUS)), pinned, Cache(tmp_path)) is None
    monkeypatch.setattr(module, "built", lambda *_: None)
    assert inventory(engine(Api(STATUS)), BOOTSTRAP, Cache(tmp_path)) is None
