"""One image to be."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from harness.installers import INSTALLERS
from harness.model import File, LockedSet
from harness.protocols import Contents, Site
from harness.render.contents import joined
from harness.wanted import ImageName, Layers


@dataclass(frozen=True, kw_only=True)
class ImageToBe:
    """One image to be: what is asked for, what it became, and where it goes."""

    name: ImageName
    layers: Layers
    packages: LockedSet
    site: Site

    def product(self, installers: Iterable[str]) -> Contents:
        """What the lower layer gets by these installers."""
        return joined(
            INSTALLERS[name].contents(self.layers.product.get(name, ()), self._of(name, "product"), (), self._at(name))
            for name in INSTALLERS
            if name in installers
        )

    def plugins(self) -> Contents:
        """What the upper layer gets."""
        return joined(
            installer.contents(
                self.layers.plugins.get(name, ()), self._of(name, "plugins"), self._of(name, "product"), self._at(name)
            )
            for name, installer in INSTALLERS.items()
        )

    def fetched(self, installer: str) -> tuple[File, ...]:
        """The files of its packages of the upper layer."""
        below = self._of(installer, "product")
        return INSTALLERS[installer].fetch(self._of(installer, "plugins"), below, self._at(installer))

    def _at(self, installer: str) -> Site:
        return replace(self.site, asked=self.layers.both(installer))

    def _of(self, installer: str, layer: str) -> list[Any]:
        return [package for package in getattr(self.packages, layer) if package.installer == installer]
