"""A recipe cannot write outside of its context, read the host, or reach the engine: the same for every installer.

What each of them refuses by itself is in the tests of each; here is what holds for all, so that a new one
cannot be forgotten.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from harness import beside
from harness.cache import Cache
from harness.engine.archive import tar
from harness.errors import InputError
from harness.installers import INSTALLERS
from harness.model import Base, Package
from harness.model.recipe import Beside
from harness.protocols import Site
from harness.systems import SYSTEMS
from tests.unit.shop import DictRegistry

OUTSIDE = ("/etc/passwd", "../secret", "a/../../secret", "link", "folder-link")
LINES = ("x\nRUN id", "x && id", "$(id)", "`id`", 'x"] , "y', "x\\\nRUN id", "/x\rRUN id", "${HOME}")


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Of arguments and of what is in them."""
    yield model
    for field in model.model_fields.values():
        for one in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(one, type) and issubclass(one, BaseModel):
                yield from models(one)


def names_of_paths(name: str) -> list[tuple[type[BaseModel], str]]:
    """Fields that name something beside the recipe."""
    return [
        (model, field_name)
        for model in models(INSTALLERS[name].Arguments)
        for field_name, field in model.model_fields.items()
        if any(isinstance(mark, Beside) for mark in field.metadata)
    ]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "recipe"
    (home / "a").mkdir(parents=True)
    (tmp_path / "secret").write_text("secret")
    (home / "link").symlink_to(tmp_path / "secret")
    (home / "folder-link").symlink_to(tmp_path, target_is_directory=True)
    return home


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("name", INSTALLERS)
def test_nothing_is_taken_from_outside_of_the_recipe(name: str, path: str, home: Path) -> None:
    for model, field in names_of_paths(name):
        made = model.model_construct(**(dict.fromkeys(model.model_fields, "") | {field: path}))
        assert list(beside.faults(made, home)), f"{model.__name__}.{field} takes {path}"


def test_every_field_that_names_a_file_is_marked() -> None:
    marked = {name: {field for _, field in names_of_paths(name)} for name in INSTALLERS}
    expected = {"pip": {"path"}, "npm": {"path"}, "archive": {"source"}, "image": {"source"}}
    expected |= {"files": {"source"}, "dockerfile": {"source"}, "apt": set(), "node": set()}
    assert marked == expected  # of a new installer: does it read files, and are their fields marked?


@pytest.mark.parametrize("text", LINES)
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("apt", lambda text: [text]),
        ("apt", lambda text: {"packages": ["a"], "suite": text}),
        ("pip", lambda text: [text]),
        ("pip", lambda text: {"packages": ["a"], "index": text}),
        ("pip", lambda text: {"packages": ["a"], "constraints": [text]}),
        ("pip", lambda text: {"files": [f"{text}-1.0-py3-none-any.whl"]}),
        ("npm", lambda text: [text]),
        ("node", lambda text: text),
        ("archive", lambda text: {"from": "a.tgz", "sha256": text, "to": "/srv"}),
        ("image", lambda text: text),
        ("image", lambda text: {"from": "a.tar", "sha256": "0" * 64, "name": text}),
        ("dockerfile", lambda text: {"from": "app", "file": text}),
        ("dockerfile", lambda text: {"from": "app", "egress": text}),
    ],
)
def test_nothing_is_written_into_a_dockerfile_that_is_not_a_name(name: str, arguments: Any, text: str) -> None:
    with pytest.raises(ValidationError):
        INSTALLERS[name].Arguments.model_validate(arguments(text))


@pytest.mark.parametrize("field", ["name", "version", "file", "checksum", "path"])
@pytest.mark.parametrize("text", LINES)
def test_neither_is_what_a_lock_names(field: str, text: str) -> None:
    good = {"installer": "pip", "name": "a", "version": "1", "checksum": "sha256:" + "0" * 64}
    Package.model_validate(good)
    with pytest.raises(ValidationError):
        Package.model_validate(good | {field: text})


@dataclass(kw_only=True)
class Images(DictRegistry):
    def image(self, name: str, *, archive: object = None) -> str:
        return "harness/given:x"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("files", {"from": "site", "to": "/srv/a b/it's;id"}),
        ("dockerfile", "app"),
    ],
)
def test_contexts_hold_nothing_that_leads_out(name: str, arguments: Any, tmp_path: Path) -> None:
    home = tmp_path / "recipe"
    for folder in ("site/deep", "app/deep"):
        (home / folder).mkdir(parents=True)
        (home / folder / "..hidden").write_text("x")
    (home / "app/Dockerfile").write_text("FROM debian:12\n")
    registry = Images(cache=Cache(tmp_path / "cache"), closed=True)
    base = Base(os="debian:12", source="bootstrap")
    site = Site(system=SYSTEMS["debian:12"], base=base, machine="x86_64", registry=registry, folder=home)
    wanted = [INSTALLERS[name].Arguments.model_validate(arguments)]
    made = INSTALLERS[name].contents(wanted, (), (), replace(site, asked=tuple(wanted)))
    contexts = [made.files, *(context.files for context in made.below)]
    assert any(contexts)
    for files in contexts:
        b"".join(tar(files))
        assert all(not Path(file.path).is_absolute() and ".." not in Path(file.path).parts for file in files)
    assert not re.search(r"docker\.sock|--privileged|--mount|/proc", "\n".join(made.instructions))


def test_the_engine_s_socket_and_the_host_are_in_no_template() -> None:
    """There is no way to say it: a replica has no mounts and no privileges, whatever a recipe says."""
    from harness.model import Recipe

    fields = {*Recipe.model_fields, *(name for one in INSTALLERS.values() for name in one.Arguments.model_fields)}
    assert not {name for name in fields if re.search(r"mount|volume|privilege|capabilit|network|device|socket", name)}


def test_a_link_below_a_folder_that_is_copied_leads_nowhere(home: Path) -> None:
    for name in ("link", "folder-link"):
        (home / "a" / name).symlink_to(home / name)
        with pytest.raises(InputError, match="leads out"):
            list(beside.files(home, "a", "place"))
        (home / "a" / name).unlink()
