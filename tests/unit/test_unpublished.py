"""harness.unpublished: what an installer does not do that asks no registry."""

import pytest

from harness.errors import InputError
from harness.installers import INSTALLERS
from harness.systems import SYSTEMS
from harness.unpublished import Unpublished


@pytest.mark.parametrize("name", [name for name, one in INSTALLERS.items() if isinstance(one, Unpublished)])
def test_it_asks_nobody(name: str) -> None:
    installer = INSTALLERS[name]
    with pytest.raises(InputError) as refused:
        installer.versions("shop", None)  # type: ignore[arg-type]
    assert "as a list" in refused.value.into("en")
    assert installer.has((), (), None) and installer.fetch((), (), None) == ()  # type: ignore[arg-type]
    assert not installer.drifts
    assert all(installer.needs(system) == () for system in SYSTEMS.values())


def test_those_that_lie_beside_a_recipe_are_such() -> None:
    assert {name for name, one in INSTALLERS.items() if isinstance(one, Unpublished)} == {
        *("archive", "files", "image", "dockerfile")
    }
