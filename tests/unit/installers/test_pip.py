"""harness.installers.pip: which file is taken, what a source distribution asks for, how it is installed."""

import tomllib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from harness.cache import Cache
from harness.errors import FetchError, GoneError, InputError
from harness.installers.pip import Pip, PipArguments, compile, index, sdist
from harness.installers.pip.index import Published
from harness.model import Base, Package
from harness.protocols import Site
from harness.systems import SYSTEMS
from tests.unit.installers.packing import tarball, zipped
from tests.unit.shop import DictRegistry

SHA = "ab" * 32


@pytest.fixture
def site(tmp_path: Path) -> Site:
    base = Base(os="debian:12", source="bootstrap")
    registry = DictRegistry(cache=Cache(tmp_path / "cache"), closed=True)
    return Site(system=SYSTEMS["debian:12"], base=base, machine="x86_64", registry=registry)


# ----------------------------------------------------------------- arguments
@pytest.mark.parametrize("entry", ["flask", "flask==3.0.3", "uvicorn[standard]>=0.30,<1", "a; python_version<'3.9'"])
def test_requirements_of_an_index_are_taken(entry: str) -> None:
    assert PipArguments.model_validate([entry]).packages == (entry,)


@pytest.mark.parametrize(
    "entry", ["--index-url=http://x", "-r x", "", "a @ http://x/a.whl", "./a", "git+https://x", "a==", "a\nb"]
)
def test_anything_else_is_refused(entry: str) -> None:
    with pytest.raises(ValidationError):
        PipArguments.model_validate([entry])


# --------------------------------------------------------------- which wheel
def wheel(name: str) -> dict[str, object]:
    return {"url": f"https://index.invalid/{name.replace('+', '%2B')}", "hashes": {"sha256": SHA}}


def taken(*names: str, system: str = "debian:12", machine: str = "x86_64") -> str:
    entry = {"name": "a", "version": "1.0", "wheels": [wheel(name) for name in names]}
    (package,), unbuilt = compile._packages([entry], {}, {}, SYSTEMS[system], machine)
    assert not unbuilt
    assert "http" not in repr(package)
    return package.file


PURE = "a-1.0-py3-none-any.whl"
NATIVE = "a-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
ABI3 = "a-1.0-cp38-abi3-manylinux_2_28_x86_64.whl"


def test_a_wheel_for_this_python_and_system_is_better_than_a_general_one() -> None:
    assert taken(PURE, NATIVE, ABI3) == NATIVE
    assert taken(PURE, ABI3) == ABI3
    assert taken(PURE) == PURE


@pytest.mark.parametrize(
    "other",
    [
        "a-1.0-cp312-cp312-manylinux_2_17_x86_64.whl",
        "a-1.0-cp311-cp311-manylinux_2_17_aarch64.whl",
        "a-1.0-cp311-cp311-musllinux_1_2_x86_64.whl",
        "a-1.0-cp311-cp311-win_amd64.whl",
        "a-1.0-cp311-cp311-macosx_11_0_arm64.whl",
        "a-1.0-cp311-cp311-manylinux_2_39_x86_64.whl",
        "a-1.0-cp312-abi3-manylinux_2_17_x86_64.whl",
        "not a wheel",
    ],
)
def test_a_wheel_for_something_else_is_not_taken(other: str) -> None:
    assert taken(other, PURE) == PURE
    with pytest.raises(InputError, match=r"a 1\.0"):
        taken(other)


def test_the_system_decides_and_not_this_machine() -> None:
    new = "a-1.0-cp313-cp313-manylinux_2_39_x86_64.whl"
    assert taken(PURE, new, NATIVE, system="debian:13") == new
    assert taken(PURE, new, NATIVE, system="debian:11") == PURE
    arm = "a-1.0-cp311-cp311-manylinux_2_17_aarch64.whl"
    assert taken(arm, NATIVE, machine="aarch64") == arm


@pytest.mark.parametrize(
    ("system", "platform"),
    [
        ("debian:11", "x86_64-manylinux_2_31"),
        ("debian:12", "x86_64-manylinux_2_36"),
        ("debian:13", "x86_64-manylinux_2_40"),
    ],
)
def test_uv_is_told_the_newest_platform_it_knows(system: str, platform: str) -> None:
    assert compile._platform(SYSTEMS[system], "x86_64") == platform


def test_the_build_number_is_part_of_the_file(site: Site) -> None:
    assert taken("a-1.0+local-py3-none-any.whl") == "a-1.0+local-py3-none-any.whl"


def test_preferred_versions_are_a_lock_file_that_uv_reads(tmp_path: Path) -> None:
    packages = [
        Package(installer="pip", name="a", version="1.0", file=PURE, checksum=f"sha256:{SHA}"),
        Package(installer="pip", name="pip", version="9", file="pip.whl", checksum=f"sha256:{SHA}", path="build"),
    ]
    compile._write_preferred(tmp_path / "pylock.toml", packages)
    written = tomllib.loads((tmp_path / "pylock.toml").read_text())
    assert [(one["name"], one["version"]) for one in written["packages"]] == [("a", "1.0")]
    (tmp_path / "pylock.toml").unlink()
    compile._write_preferred(tmp_path / "pylock.toml", [])
    assert not (tmp_path / "pylock.toml").exists()


def test_credentials_are_not_repeated_in_errors() -> None:
    failed = compile._failure(2, "error: failed to fetch https://user:secret@index.invalid/simple/a/")
    assert isinstance(failed, FetchError)
    assert "secret" not in failed.into("en")
    assert isinstance(compile._failure(1, "No solution found"), InputError)


# --------------------------------------------------------------------- index
def test_a_json_index_is_read() -> None:
    entries = [
        {
            "filename": "a-1.0.tar.gz",
            "url": "../files/a-1.0.tar.gz",
            "hashes": {"sha256": SHA},
            "requires-python": ">=3.9",
        },
        {"filename": "a-0.9.tar.gz", "url": "https://b.invalid/a", "hashes": {}, "yanked": "broken"},
    ]
    first, second = index._from_json(entries, "https://index.invalid/simple/a/")
    assert first == Published(
        name="a-1.0.tar.gz", url="https://index.invalid/simple/files/a-1.0.tar.gz", sha256=SHA, requires_python=">=3.9"
    )
    assert second.yanked and second.sha256 == ""


def test_a_html_index_is_read() -> None:
    text = (
        f'<a href="../../p/a-1.0%2Blocal-py3-none-any.whl#sha256={SHA}" data-requires-python="&gt;=3.9">x</a>'
        '<a href="a-0.9.tar.gz" data-yanked="broken">y</a><a name="nothing">z</a>'
    )
    first, second = index._from_html(text, "https://index.invalid/simple/a/")
    assert (first.name, first.sha256, first.requires_python) == ("a-1.0+local-py3-none-any.whl", SHA, ">=3.9")
    assert first.url == "https://index.invalid/p/a-1.0%2Blocal-py3-none-any.whl"
    assert second.yanked


@pytest.mark.parametrize(
    ("name", "version"),
    [("a-1.0a14-py3-none-any.whl", "1.0a14"), ("a_b-1.0.tar.gz", "1.0"), ("a-1.0.zip", "1.0"), ("a.exe", None),
     ("a-x.y.tar.gz", None)],
)  # fmt: skip
def test_versions_come_from_file_names(name: str, version: str | None) -> None:
    assert Published(name=name, url="", sha256="").version == version


def test_versions_are_those_that_run_on_the_system(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    published = [
        Published(name="a-2.0-py3-none-any.whl", url="", sha256="", requires_python=">=3.12"),
        Published(name="a-1.10.tar.gz", url="", sha256="", requires_python=">=3.8"),
        Published(name="a-1.9.tar.gz", url="", sha256="", requires_python="nonsense"),
        Published(name="a-1.9-py3-none-any.whl", url="", sha256=""),
        Published(name="a-1.8.tar.gz", url="", sha256="", yanked=True),
    ]
    monkeypatch.setattr(index, "files", lambda package, *_: tuple(published))
    assert Pip().versions("a", site) == ("1.9", "1.10")
    assert Pip().versions("a", replace(site, system=SYSTEMS["debian:13"])) == ("1.9", "1.10", "2.0")


@pytest.fixture
def no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("PIP_INDEX_URL", "PIP_CONFIG_FILE", "UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(index, "PIP_CONFIGURATION", (tmp_path / "pip.conf",))
    return tmp_path / "pip.conf"


def test_uv_uses_the_index_that_pip_is_told_to_use(no_configuration: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "UV_DEFAULT_INDEX" not in index.environment()
    no_configuration.write_text("[global]\nindex-url = https://mirror.invalid/simple\ntimeout = 3%\n")
    assert index.environment()["UV_DEFAULT_INDEX"] == "https://mirror.invalid/simple"
    monkeypatch.setenv("PIP_INDEX_URL", "https://other.invalid/simple")
    assert index.environment()["UV_DEFAULT_INDEX"] == "https://other.invalid/simple"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.invalid/simple")
    assert index.environment()["UV_DEFAULT_INDEX"] == "https://uv.invalid/simple"


def test_nothing_else_of_the_user_changes_what_uv_resolves(
    no_configuration: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("UV_RESOLUTION", "UV_EXCLUDE_NEWER", "UV_CONSTRAINT", "PIP_NO_BINARY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("UV_INDEX_PRIVATE_PASSWORD", "secret")
    made = index.environment()
    assert not {"UV_RESOLUTION", "UV_EXCLUDE_NEWER", "UV_CONSTRAINT", "PIP_NO_BINARY"} & made.keys()
    assert made["UV_INDEX_PRIVATE_PASSWORD"] == "secret"


def test_files_are_only_fetched_over_http() -> None:
    with pytest.raises(FetchError):
        index._get("file:///etc/passwd")


# ------------------------------------------------------ source distributions
REQUIRES = "click\n\n[:python_version < '3.8']\nold\n\n[dev]\npytest\n\n[dev:sys_platform == 'win32']\ncolor>=1\n"


def test_an_old_source_distribution_is_read(tmp_path: Path) -> None:
    path = tarball(
        tmp_path / "a.tar.gz",
        {
            "a-1.0/PKG-INFO": "Metadata-Version: 1.1\nName: a\nVersion: 1.0\n",
            "a-1.0/a.egg-info/requires.txt": REQUIRES,
            "a-1.0/a.egg-info/PKG-INFO": "Metadata-Version: 1.1\nName: wrong\n",
            "a-1.0/setup.py": "raise SystemExit('this must not run')",
        },
    )
    source = sdist.read(path, "a-1.0.tar.gz")
    assert source.requires == (
        "click",
        "old ; (python_version < '3.8')",
        'pytest ; extra == "dev"',
        "color>=1 ; (sys_platform == 'win32') and extra == \"dev\"",
    )
    assert source.extras == ("dev",)
    assert source.build_requires == ("setuptools", "wheel")


def test_a_new_source_distribution_is_read(tmp_path: Path) -> None:
    metadata = (
        "Metadata-Version: 2.2\nName: a\nVersion: 1.0\nRequires-Python: >=3.9\n"
        "Requires-Dist: click>=8\nRequires-Dist: x; extra == 'e'\nProvides-Extra: e\n"
    )
    path = zipped(
        tmp_path / "a.zip",
        {"a-1.0/PKG-INFO": metadata, "a-1.0/pyproject.toml": '[build-system]\nrequires = ["hatchling>=1"]\n',
         "a-1.0/vendored/b/pyproject.toml": '[build-system]\nrequires = ["wrong"]\n'},
    )  # fmt: skip
    source = sdist.read(path, "a-1.0.zip")
    assert source.requires == ("click>=8", "x; extra == 'e'")
    assert source.build_requires == ("hatchling>=1", "setuptools", "wheel")
    assert (source.extras, source.requires_python) == (("e",), ">=3.9")


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08broken"])
def test_a_broken_source_distribution_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    for name in ("a-1.0.tar.gz", "a-1.0.zip"):
        with pytest.raises(InputError, match=name):
            sdist.read(tmp_path / "x", name)


def test_a_stand_in_has_the_metadata_and_no_code(tmp_path: Path) -> None:
    source = sdist.Source(requires=("click",), build_requires=(), extras=("e",), requires_python=">=3.9")
    sdist.stand_in(tmp_path, "My.Package", "1.0", source)
    with zipfile.ZipFile(tmp_path / "my_package-1.0-py2.py3-none-any.whl") as made:
        assert {name.partition("/")[0] for name in made.namelist()} == {"my_package-1.0.dist-info"}
        metadata = made.read("my_package-1.0.dist-info/METADATA").decode()
    assert "Requires-Dist: click\n" in metadata
    assert "Requires-Python: >=3.9\n" in metadata


@given(st.text(max_size=200))
def test_any_requires_txt_can_be_read(text: str) -> None:
    requires, extras = sdist._of_setuptools(text)
    assert len(requires) <= text.count("\n") + len(text.splitlines()) + 1
    assert len(set(extras)) == len(extras)


# ------------------------------------------------------------------- install
def kept(site: Site, name: str, *, path: str = "", file: str = "") -> Package:
    sha256, _ = site.registry.cache.add([name.encode()])
    file = file or f"{name}-1.0-py3-none-any.whl"
    return Package(installer="pip", name=name, version="1.0", file=file, checksum=f"sha256:{sha256}", path=path)


def test_what_is_in_the_cache_needs_no_index(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "files", lambda package, *_: pytest.fail("the index was asked"))
    a, pip = kept(site, "a"), kept(site, "pip", path="build")
    assert Pip().has([a, pip], (), site)
    assert [file.path for file in Pip().fetch([a, pip], (), site)] == [
        "wheels/a-1.0-py3-none-any.whl",
        "wheels/build/pip-1.0-py3-none-any.whl",
    ]


def test_a_layer_above_installs_with_the_pip_of_the_layer_below(site: Site) -> None:
    pip, a, b = kept(site, "pip", path="build"), kept(site, "a"), kept(site, "b")
    above = Pip().contents((), [b], [a, pip], site)
    assert {file.path for file in above.files} == {
        "wheels/b-1.0-py3-none-any.whl",
        "wheels/build/pip-1.0-py3-none-any.whl",
    }
    (run,) = [line for line in above.instructions if line.startswith("RUN")]
    assert "/tmp/wheels/b-1.0-py3-none-any.whl" in run
    assert "a-1.0" not in run
    assert "--no-index" in run and "--no-deps" in run


def test_a_layer_without_packages_is_nothing(site: Site) -> None:
    pip = kept(site, "pip", path="build")
    assert Pip().contents((), [], [pip], site).instructions == ()
    assert Pip().contents((), [pip], [], site).files == ()


def test_a_file_that_the_index_no_longer_has_is_named(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "files", lambda *_: (Published(name="a-2.0.tar.gz", url="https://x", sha256=SHA),))
    package = Package(installer="pip", name="a", version="1.0", file=PURE, checksum=f"sha256:{SHA}")
    assert not Pip().has([package], (), site)
    with pytest.raises(GoneError, match=PURE.replace(".", r"\.")):
        Pip().fetch([package], (), site)


class Answer:
    status_code = 200

    def iter_content(self, size: int) -> list[bytes]:
        return [b"something ", b"else"]


def test_a_file_that_is_not_what_was_locked_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "files", lambda *_: (Published(name=PURE, url="https://x.invalid/a", sha256=SHA),))
    monkeypatch.setattr(index, "_get", lambda url, **_: Answer())
    package = Package(installer="pip", name="a", version="1.0", file=PURE, checksum=f"sha256:{SHA}")
    with pytest.raises(FetchError, match="checksum"):
        Pip().fetch([package], (), site)


@pytest.mark.parametrize(
    ("system", "needed"),
    [("debian:11", ("python3", "python3-distutils")), ("debian:12", ("python3",)), ("debian:13", ("python3",))],
)
def test_the_distribution_s_python_is_needed(system: str, needed: tuple[str, ...]) -> None:
    assert Pip().needs(SYSTEMS[system]) == needed
