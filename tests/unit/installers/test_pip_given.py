"""harness.installers.pip: what lies beside a recipe, constraints, and an index that its owner names.

uv itself resolves here; nothing that is asked for needs an index.
"""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from harness import beside
from harness.cache import Cache
from harness.errors import GoneError, InputError
from harness.installers.pip import Pip, PipArguments, compile, index
from harness.installers.pip.index import Published
from harness.model import Base, Package
from harness.protocols import Site
from harness.systems import SYSTEMS
from tests.unit.installers.packing import tarball, zipped
from tests.unit.shop import DictRegistry

PIP = Package(installer="pip", name="pip", version="24.0", file="pip-24.0-py3-none-any.whl",
              checksum="sha256:" + "1" * 64, path="build")  # fmt: skip


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:1/simple")  # nobody is there
    base = Base(os="debian:12", source="bootstrap")
    registry = DictRegistry(cache=Cache(tmp_path / "cache"), closed=True)
    folder = tmp_path / "recipe"
    folder.mkdir()
    return Site(system=SYSTEMS["debian:12"], base=base, machine="x86_64", registry=registry, folder=folder)


def wheel(folder: Path, name: str, version: str, *requires: str, tag: str = "py3-none-any") -> Path:
    info = f"{name}-{version}.dist-info"
    lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}", *(f"Requires-Dist: {one}" for one in requires)]
    files = {
        f"{name}/__init__.py": "",
        f"{info}/METADATA": "\n".join([*lines, "Provides-Extra: more", ""]),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{info}/RECORD": "",
    }
    return zipped(folder / f"{name}-{version}-{tag}.whl", files)


def resolved(site: Site, preferred: tuple[Package, ...] = (PIP,), **asked: Any) -> dict[str, Package]:
    arguments = beside.sealed(PipArguments.model_validate(asked), site.folder)
    found = Pip().resolve([arguments], {}, preferred, replace(site, asked=(arguments,)))
    return {package.name: package for package in found}


# ----------------------------------------------------------------- arguments
@pytest.mark.parametrize(
    "asked",
    [
        {
            "packages": ["a"],
            "files": ["dist/b-1.0-py3-none-any.whl"],
            "constraints": ["c<2"],
            "index": "https://x.invalid/",
        },
        {"files": [{"path": "b-1.0.tar.gz", "sha256": "0" * 64}], "constraints": "limits.txt"},
        {"files": ["b-{{ product.version }}-py3-none-any.whl"]},
        {"packages": ["a"], "overrides": ["c==2.0"]},
        {"packages": "a", "index": "http://127.0.0.1:8080/simple"},
    ],
)
def test_what_can_be_asked_for(asked: dict[str, Any]) -> None:
    arguments = PipArguments.model_validate(asked)
    assert PipArguments.model_validate(arguments.model_dump(mode="json")) == arguments


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"packages": []},
        {"packages": ["a"], "constraints": ["a @ https://x.invalid/a.whl"]},
        {"packages": ["a"], "constraints": ["--index-url=x"]},
        {"packages": ["a"], "overrides": ["--index-url=x"]},
        {"files": ["b.whl"]},
        {"files": ["b-1.0.deb"]},
        {"files": ["b c-1.0.tar.gz"]},
        {"packages": ["a"], "index": "https://user:secret@x.invalid/simple"},
        {"packages": ["a"], "index": "ftp://x.invalid"},
        {"packages": ["a"], "index": "https://x.invalid/simple?token=secret"},
        {"packages": ["a"], "index": "https://x.invalid/ --trusted-host=*"},
    ],
)
def test_what_cannot_be_asked_for(asked: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PipArguments.model_validate(asked)


def test_a_list_is_written_as_it_always_was() -> None:
    assert PipArguments.model_validate(["a"]).model_dump(mode="json") == ["a"]


# --------------------------------------------------------------- files beside
def test_a_wheel_beside_the_recipe_is_locked_by_its_checksum_with_what_it_needs(site: Site) -> None:
    path = wheel(site.folder, "shop", "2.1", "tools>=1", "gift; extra == 'more'")
    wheel(site.folder, "tools", "1.4")
    wheel(site.folder, "gift", "1.0")
    files = ["shop-2.1-py3-none-any.whl", "tools-1.4-py3-none-any.whl"]
    found = resolved(site, files=files)
    assert found.keys() == {"shop", "tools", "pip"}
    assert found["shop"].file == path.name
    assert found["shop"].checksum == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    more = resolved(site, packages=["shop[more]"], files=[*files, "gift-1.0-py3-none-any.whl"])
    assert more["gift"].version == "1.0"


def test_a_source_distribution_beside_the_recipe_is_built_in_the_image(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    def compiled(question: compile.Question, *rest: Any) -> Any:
        if question.given:
            return really(question, *rest)
        asked.append(question.requirements)
        return (PIP.model_copy(update={"name": "hatchling", "path": ""}),), ()

    really = compile.compiled
    monkeypatch.setattr(compile, "compiled", compiled)
    metadata = "Metadata-Version: 2.2\nName: shop\nVersion: 2.1\nRequires-Dist: tools\n"
    tarball(
        site.folder / "shop-2.1.tar.gz",
        {"shop-2.1/PKG-INFO": metadata, "shop-2.1/pyproject.toml": '[build-system]\nrequires = ["hatchling"]\n'},
    )
    wheel(site.folder, "tools", "1.4")
    found = resolved(site, files=["shop-2.1.tar.gz", "tools-1.4-py3-none-any.whl"])
    assert found["shop"].file == "shop-2.1.tar.gz"
    assert found["hatchling"].path == "build"
    assert asked == [("hatchling", "setuptools", "wheel")]


def test_a_wheel_for_another_system_is_refused(site: Site) -> None:
    path = wheel(site.folder, "shop", "2.1", tag="cp312-cp312-manylinux_2_17_x86_64")
    with pytest.raises(InputError):
        resolved(site, files=[path.name])


def test_a_wheel_is_taken_from_beside_the_recipe_where_the_cache_has_lost_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "files", lambda *_: pytest.fail("an index was asked"))
    path = wheel(site.folder, "shop", "2.1")
    package = resolved(site, files=[path.name])["shop"]
    arguments = beside.sealed(PipArguments.model_validate({"files": [path.name]}), site.folder)
    elsewhere = replace(site, registry=DictRegistry(cache=Cache(site.folder.parent / "other")), asked=(arguments,))
    assert not Pip().has([package], (), elsewhere)
    (file,) = Pip().fetch([package], (), elsewhere)
    assert Path(str(file.content)).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("entry", ["tools @ file:///etc/passwd", "tools @ git+ssh://x.invalid/a", "tools@../x.whl"])
def test_a_file_that_needs_an_address_is_refused_before_uv_sees_it(
    site: Site, entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compile, "compiled", lambda *_: pytest.fail("uv was asked"))
    path = wheel(site.folder, "shop", "2.1", entry)
    with pytest.raises(InputError, match="only packages of an index"):
        resolved(site, files=[path.name])
    tarball(site.folder / "shop-2.1.tar.gz", {"shop-2.1/PKG-INFO": f"Name: shop\nRequires-Dist: {entry}\n"})
    with pytest.raises(InputError, match="only packages of an index"):
        resolved(site, files=["shop-2.1.tar.gz"])


def test_a_file_that_is_no_wheel_is_named(site: Site) -> None:
    (site.folder / "shop-2.1-py3-none-any.whl").write_bytes(b"no wheel")
    with pytest.raises(InputError, match="no wheel that can be read"):
        resolved(site, files=["shop-2.1-py3-none-any.whl"])


# ---------------------------------------------------------------- constraints
def test_constraints_hold_for_what_is_needed(site: Site) -> None:
    wheel(site.folder, "shop", "2.1", "tools")
    wheel(site.folder, "tools", "1.4")
    files = ["shop-2.1-py3-none-any.whl", "tools-1.4-py3-none-any.whl"]
    resolved(site, files=files, constraints=["tools<2"])
    with pytest.raises(InputError, match="do not fit"):
        resolved(site, files=files, constraints=["tools>=2"])


def test_an_override_takes_the_place_of_what_a_package_forbids(site: Site) -> None:
    """As pip leaves a plug-in where it is when what it stands on is upgraded. No index is asked: what is laid over
    what the plug-in needs is needed by no Python of today."""
    wheel(site.folder, "plugin", "1.0", "shop<2")
    wheel(site.folder, "shop", "2.1")
    files = ["plugin-1.0-py3-none-any.whl", "shop-2.1-py3-none-any.whl"]
    with pytest.raises(InputError, match="do not fit") as refused:
        resolved(site, files=files)
    assert 'overrides: ["name==1.2.3"]' in refused.value.into("en")
    assert set(resolved(site, files=files[:1], overrides=["shop>=2; python_version < '3'"])) == {"pip", "plugin"}


def test_a_file_of_constraints_is_read_and_its_mistakes_have_a_place(site: Site) -> None:
    wheel(site.folder, "shop", "2.1")
    (site.folder / "limits.txt").write_text("# ours\n\nshop<2 # old\n")
    with pytest.raises(InputError, match="do not fit"):
        resolved(site, files=["shop-2.1-py3-none-any.whl"], constraints="limits.txt")
    for line in ("-r other.txt", "a @ https://x.invalid/a.whl", "a==1 --hash=sha256:0"):
        (site.folder / "limits.txt").write_text(f"shop\n{line}\n")
        with pytest.raises(InputError) as refused:
            resolved(site, files=["shop-2.1-py3-none-any.whl"], constraints="limits.txt")
        assert "limits.txt:2:1: " in refused.value.into("en")


# ---------------------------------------------------------------------- index
def test_an_index_that_is_named_is_asked_first(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Answer:
        status_code, headers, url = 404, dict[str, str](), ""

    def get(url: str, **_: Any) -> Answer:
        asked.append(url)
        return Answer()

    monkeypatch.setattr(index, "indexes", lambda: ("https://ours.invalid/simple",))
    monkeypatch.setattr(index, "_get", get)
    with pytest.raises(InputError):
        index.files("shop", ["https://theirs.invalid/simple/"])
    assert asked == ["https://theirs.invalid/simple/shop/", "https://ours.invalid/simple/shop/"]
    assert compile._argv(site, ["https://theirs.invalid/simple"]).count("--index") == 1


def test_what_is_fetched_comes_from_the_index_that_the_recipe_names(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def files(package: str, first: Any = ()) -> tuple[Published, ...]:
        seen.append(tuple(first))
        return ()

    monkeypatch.setattr(index, "files", files)
    arguments = PipArguments.model_validate({"packages": ["shop"], "index": "https://theirs.invalid/simple"})
    package = Package(installer="pip", name="shop", version="1", file="shop-1.tar.gz", checksum="sha256:" + "2" * 64)
    with pytest.raises(GoneError):
        Pip().fetch([package], (), replace(site, asked=(arguments,)))
    assert seen == [("https://theirs.invalid/simple",)]
