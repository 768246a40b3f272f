"""harness.installers.image: which image is meant, and how it is locked."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from harness.cache import Cache
from harness.errors import FetchError, InputError
from harness.installers.image import Image
from harness.model import Base
from harness.model.given import GivenImage
from harness.protocols import Site
from harness.systems import SYSTEMS
from tests.unit.shop import DictRegistry

DIGEST = "1" * 64
PINNED = f"registry.example:5000/team/shop@sha256:{DIGEST}"
HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


@dataclass(kw_only=True)
class Images(DictRegistry):
    asked: list[Any] = field(default_factory=list)

    def image(self, name: str, *, archive: Any = None) -> str:
        self.asked.append((name, archive))
        return "harness/given:x" if archive else name


@pytest.fixture
def site(tmp_path: Path) -> Site:
    registry = Images(cache=Cache(tmp_path / "cache"), closed=True)
    base = Base(os="debian:12", source="bootstrap")
    (tmp_path / "shop.tar").write_text("hello")
    return Site(system=SYSTEMS["debian:12"], base=base, machine="x86_64", registry=registry, folder=tmp_path)


def wanted(value: Any) -> list[GivenImage]:
    return [GivenImage.model_validate(value)]


def test_an_image_is_pulled_by_its_digest(site: Site) -> None:
    assert Image().contents(wanted(PINNED), (), (), site).parent == PINNED
    (package,) = Image().resolve(wanted(PINNED), {}, (), site)
    assert (package.name, package.version, package.checksum) == ("shop", DIGEST[:12], f"sha256:{DIGEST}")


def test_an_archive_is_taken_by_its_checksum(site: Site) -> None:
    asked = wanted({"from": "shop.tar", "sha256": HELLO, "name": "shop:2.1"})
    assert Image().contents(asked, (), (), site).parent == "harness/given:x"
    assert site.registry.asked == [("shop:2.1", (site.folder / "shop.tar", HELLO))]  # type: ignore[attr-defined]
    (package,) = Image().resolve(asked, {}, (), site)
    assert (package.name, package.checksum) == ("shop.tar", f"sha256:{HELLO}")
    with pytest.raises(InputError, match="not the file that is meant"):
        Image().contents(wanted({"from": "shop.tar", "sha256": DIGEST}), (), (), site)


def test_a_bundle_fetches_no_image(site: Site) -> None:
    bundled = replace(site, base=Base(os="debian:12", source="bundle", digest="0" * 16))
    with pytest.raises(FetchError, match="bundle does not bring"):
        Image().contents(wanted(PINNED), (), (), bundled)


def test_images_have_no_versions(site: Site) -> None:
    with pytest.raises(InputError):
        Image().versions("shop", site)


@pytest.mark.parametrize(
    "value",
    ["shop", "shop:2.1", f"sha256:{DIGEST}", f"{PINNED} --privileged", {}, {"from": "shop.tar"}, {"sha256": DIGEST},
     {"from": "shop.tar", "sha256": DIGEST, "reference": PINNED}, {"from": "x", "sha256": DIGEST, "name": "-v"}],
)  # fmt: skip
def test_what_cannot_be_asked_for(value: Any) -> None:
    with pytest.raises(ValidationError):
        GivenImage.model_validate(value)
