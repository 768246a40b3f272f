"""harness.beside: what arguments may take from beside a recipe."""

from pathlib import Path
from typing import Annotated

import pytest

from harness import beside
from harness.errors import InputError
from harness.model import Frozen
from harness.model.recipe import Beside

HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


class One(Frozen):
    path: Annotated[str, Beside(is_file=True)] = ""
    sha256: str = ""


class Several(Frozen):
    folder: Annotated[str, Beside()] = ""
    files: tuple[One, ...] = ()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "recipe/site").mkdir(parents=True)
    (tmp_path / "recipe/hello").write_text("hello")
    (tmp_path / "secret").write_text("hello")
    (tmp_path / "recipe/out").symlink_to("../secret")
    (tmp_path / "recipe/up").symlink_to("..", target_is_directory=True)
    return tmp_path / "recipe"


def test_what_is_there_and_has_its_checksum_is_good(home: Path) -> None:
    good = Several(folder="site", files=(One(path="hello"), One(path="hello", sha256=HELLO), One()))
    assert list(beside.faults(good, home)) == []


@pytest.mark.parametrize(
    ("wrong", "loc", "said"),
    [
        (Several(folder="hello"), ("folder",), "there is no `hello`"),
        (Several(folder="up"), ("folder",), "outside of the recipe"),
        (Several(folder="/etc"), ("folder",), "is not beside"),
        (Several(files=(One(path="hello"), One(path="site"))), ("files", 1, "path"), "there is no `site`"),
        (Several(files=(One(path="out"),)), ("files", 0, "path"), "outside of the recipe"),
        (Several(files=(One(path="site/../hello"),)), ("files", 0, "path"), "is not beside"),
        (Several(files=(One(path="hello", sha256="0" * 64),)), ("files", 0, "sha256"), HELLO),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(
    home: Path, wrong: Several, loc: tuple[str | int, ...], said: str
) -> None:
    (fault,) = beside.faults(wrong, home)
    assert fault.loc == loc
    assert said in str(fault.what)


def test_a_file_that_changed_is_read_again(home: Path) -> None:
    assert beside.checksum(home / "hello") == HELLO
    (home / "hello").write_text("hallo, world")
    assert beside.checksum(home / "hello") != HELLO
    with pytest.raises(InputError, match="cannot be read"):
        beside.checksum(home / "none")
