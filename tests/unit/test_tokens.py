"""Names and versions in files that may be a stranger's."""

import pytest
from pydantic import TypeAdapter, ValidationError

from harness.model import Base, LockedEnvironment, LockedSet, Package, VersionSource
from harness.model.recipe import Part, Ready
from harness.model.tokens import Checksum, ExactVersion, FileName, PackageName, Place

HEX = "0123456789abcdef" * 4
SRI = "sha512-UEVp7PPK9xXYSk8xqXCJrkXnKZtlgWkd2GsAQbMRFK6S/ePU2JN5G2Zum8hIVjzR3CpdfSqdqAzId/xd4TJHeg=="


def takes(kind: object, text: str) -> bool:
    try:
        return bool(TypeAdapter(kind).validate_python(text) == text)
    except ValidationError:
        return False


@pytest.mark.parametrize(
    "name", ["jquery", "@babel/core", "JSONStream", "zope.interface", "libstdc++6", "_", "a~b", "g++", "0x"]
)
def test_names_of_packages(name: str) -> None:
    assert takes(PackageName, name)


OUTSIDE = ["../x", "/etc/passwd", "a/../b", "..", ".", "-x", "--prefix=/", "a b", "a\n", "a\n-e .", "", "a/b/c",
           "file:/root", "git+ssh://x/y", "a@1", "a%2fb", "@/a", "@a/", "a\0", "é", "x" * 251, "$(id)",
           "a;b", "\\a"]  # fmt: skip


@pytest.mark.parametrize("name", [*OUTSIDE, "a/b"])
def test_what_is_no_name_of_a_package(name: str) -> None:
    assert not takes(PackageName, name)
    with pytest.raises(ValidationError):
        VersionSource.model_validate({"npm": name})
    with pytest.raises(ValidationError):
        Package(installer="npm", name=name, version="1", checksum=f"sha256:{HEX}")


@pytest.mark.parametrize(
    "version", ["1.2.3", "1:156.0-1+b1~deb12u1", "1!2.0.post1", "v1", "2.0.0-rc.1+build", "1.0a14"]
)
def test_versions(version: str) -> None:
    assert takes(ExactVersion, version)


@pytest.mark.parametrize(
    "version", [one for one in OUTSIDE if one != "a@1"] + ["a@1", "~1", "*", "1.*", ">=1", "{{ x }}"]
)
def test_what_is_no_exact_version(version: str) -> None:
    if version in ("a", "file:/root"):
        return
    assert not takes(ExactVersion, version)
    with pytest.raises(ValidationError):
        Package(installer="npm", name="a", version=version, checksum=f"sha256:{HEX}")
    with pytest.raises(ValidationError):
        LockedEnvironment(versions={"server.product": version}, server=LockedSet(), browser=LockedSet())
    with pytest.raises(ValidationError):
        Part(version=(version,))


@pytest.mark.parametrize("file", ["", "flask-3.0.3-py3-none-any.whl", "zope.interface-5.tar.gz", "a-1!2.zip", "_x"])
def test_names_of_files(file: str) -> None:
    assert takes(FileName, file)


@pytest.mark.parametrize(
    "file", ["../../root/.bashrc", "a/b", "/etc/x", ".x", "..", "-r", "a b", "a\n", "a\\b", "a%2f"]
)
def test_what_is_no_name_of_a_file(file: str) -> None:
    assert not takes(FileName, file)
    with pytest.raises(ValidationError):
        Package(installer="pip", name="a", version="1", file=file, checksum=f"sha256:{HEX}")


@pytest.mark.parametrize("place", ["", "build", "node_modules/a", "node_modules/@a/b/node_modules/c.d"])
def test_places(place: str) -> None:
    assert takes(Place, place)


@pytest.mark.parametrize(
    "place", ["..", "node_modules/../../x", "/x", "a/", "a//b", "./a", "node_modules/.bin", "a\n/b"]
)
def test_what_is_no_place(place: str) -> None:
    assert not takes(Place, place)
    with pytest.raises(ValidationError):
        Package(installer="npm", name="a", version="1", path=place, checksum=f"sha256:{HEX}")


@pytest.mark.parametrize("checksum", [f"sha256:{HEX}", SRI, "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=", f"{SRI} sha1-YQ==?a"])
def test_checksums(checksum: str) -> None:
    assert takes(Checksum, checksum)


@pytest.mark.parametrize(
    "checksum",
    ["", "sha256:", f"sha256:{HEX[:-1]}", f"sha256:{HEX}0", f"sha256:{HEX.upper()}", f"sha256:../cache/files/01/{HEX}",
     "sha256:../../../../etc/shadow", f"md5:{HEX}", f"sha256:{HEX}\n", "sha512-../..", f"{SRI} ", "sha3-YQ=="],
)  # fmt: skip
def test_what_is_no_checksum(checksum: str) -> None:
    assert not takes(Checksum, checksum)
    with pytest.raises(ValidationError):
        Package(installer="pip", name="a", version="1", checksum=checksum)


@pytest.mark.parametrize(
    "base",
    [
        {"os": "../x:1"},
        {"os": "debian"},
        {"os": "debian:12@sha256:00"},
        {"digest": "latest"},
        {"digest": f"sha256:{HEX}/../x"},
        {"digest": "sha256:00"},
        {"source": "elsewhere"},
    ],
)
def test_what_is_no_base_image(base: dict[str, str]) -> None:
    good = {"os": "debian:12", "source": "registry", "digest": f"sha256:{HEX}"}
    assert Base.model_validate(good)
    with pytest.raises(ValidationError):
        Base.model_validate(good | base)


@pytest.mark.parametrize("path", ["@10.0.0.1/", "", ".example/", ":80@a/", "ready", " /", "\n/"])
def test_a_path_that_would_name_another_host(path: str) -> None:
    assert Ready(path="/ready?x=@y").path == "/ready?x=@y"
    with pytest.raises(ValidationError):
        Ready(path=path)
