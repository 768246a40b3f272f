"""harness.installers.files: what is copied, and what is refused."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from harness.cache import Cache
from harness.errors import InputError
from harness.installers.files import Files, FilesArguments
from harness.model import Base
from harness.protocols import Contents, Site
from harness.systems import SYSTEMS
from tests.unit.shop import DictRegistry


@pytest.fixture
def site(tmp_path: Path) -> Site:
    base = Base(os="debian:12", source="bootstrap")
    registry = DictRegistry(cache=Cache(tmp_path / "cache"), closed=True)
    folder = tmp_path / "recipe"
    (folder / "site" / "b").mkdir(parents=True)
    (folder / "site" / "index.html").write_text("hello")
    (folder / "site" / "b" / "run.sh").write_text("#!/bin/sh")
    (folder / "site" / "b" / "run.sh").chmod(0o700)
    return Site(system=SYSTEMS["debian:12"], base=base, machine="x86_64", registry=registry, folder=folder, user="app")


def contents(site: Site, *entries: tuple[str, str]) -> Contents:
    wanted = [FilesArguments.model_validate({"from": source, "to": to}) for source, to in entries]
    return Files().contents(wanted, (), (), site)


def test_a_folder_is_copied_with_its_executable_bits(site: Site) -> None:
    made = contents(site, ("site", "/srv/"))
    assert [(file.path, file.executable) for file in made.files] == [
        ("files-1/index.html", False),
        ("files-1/b/run.sh", True),
    ]
    assert made.files[0].sha256 == hashlib.sha256(b"hello").hexdigest()
    assert made.instructions == ('COPY --chown=app ["files-1", "/srv/"]',)


def test_several_entries_do_not_mix(site: Site) -> None:
    made = contents(site, ("site", "/srv"), ("site/b", "/opt/b"))
    assert {file.path for file in made.files} == {"files-1/index.html", "files-1/b/run.sh", "files-2/run.sh"}
    assert made.instructions[1] == 'COPY --chown=app ["files-2", "/opt/b/"]'


def test_the_order_of_the_file_system_does_not_matter(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    first = contents(site, ("site", "/srv"))
    walk = os.walk

    def backwards(top: Path):  # type: ignore[no-untyped-def]
        for folder, folders, names in walk(top):
            folders.reverse()
            yield folder, folders, names[::-1]

    monkeypatch.setattr(os, "walk", backwards)
    assert contents(site, ("site", "/srv")) == first


def test_a_link_inside_is_followed(site: Site) -> None:
    (site.folder / "site" / "again.html").symlink_to("index.html")
    assert "files-1/again.html" in {file.path for file in contents(site, ("site", "/srv")).files}


@pytest.mark.parametrize("target", ["/etc/passwd", "../secret", "../site/../secret"])
def test_a_link_that_leads_out_is_refused(site: Site, target: str) -> None:
    (site.folder / "secret").write_text("secret")
    (site.folder / "site" / "link").symlink_to(target)
    with pytest.raises(InputError, match="leads out"):
        contents(site, ("site", "/srv"))


def test_a_link_to_a_folder_outside_is_refused(site: Site) -> None:
    (site.folder / "site" / "link").symlink_to("/etc", target_is_directory=True)
    with pytest.raises(InputError, match="leads out"):
        contents(site, ("site", "/srv"))


@pytest.mark.parametrize("source", ["..", "../recipe/../..", "/etc"])
def test_a_folder_outside_of_the_recipe_is_refused(site: Site, source: str) -> None:
    with pytest.raises(InputError, match="outside"):
        contents(site, (source, "/srv"))


def test_a_folder_that_is_not_there_or_empty_is_named(site: Site) -> None:
    (site.folder / "empty").mkdir()
    for source in ("none", "empty"):
        with pytest.raises(InputError, match=source):
            contents(site, (source, "/srv"))


def test_what_is_no_file_is_refused(site: Site) -> None:
    os.mkfifo(site.folder / "site" / "pipe")
    with pytest.raises(InputError, match="no ordinary file"):
        contents(site, ("site", "/srv"))


@pytest.mark.parametrize("to", ["srv", "", "/srv\nRUN x", '/srv"]', "/a$HOME"])
def test_a_target_that_cannot_be_is_refused(to: str) -> None:
    with pytest.raises(ValidationError):
        FilesArguments.model_validate({"from": "site", "to": to})


def test_files_have_no_versions(site: Site) -> None:
    with pytest.raises(InputError):
        Files().versions("site", site)
    assert Files().resolve((), {}, (), replace(site)) == ()
