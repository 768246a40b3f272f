"""Unpublished: what an installer does not do that asks no registry for packages."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.errors import InputError
from harness.language import Message
from harness.model import File, Package
from harness.protocols import Site
from harness.systems import System


class Unpublished:
    """The part of ``protocols.Installer`` for what lies beside the recipe, or is on the engine."""

    drifts = False

    def needs(self, system: System) -> tuple[str, ...]:
        return ()

    def versions(self, package: str, site: Site) -> tuple[str, ...]:
        raise InputError(
            Message("nobody publishes versions of this"), Message("write the versions that there are, as a list")
        )

    def resolve(
        self, wanted: Sequence[Any], held: Mapping[str, str], preferred: Sequence[Package], site: Site
    ) -> tuple[Package, ...]:
        return ()

    def has(self, packages: Sequence[Package], below: Sequence[Package], site: Site) -> bool:
        return True

    def fetch(self, packages: Sequence[Package], below: Sequence[Package], site: Site) -> tuple[File, ...]:
        return ()
