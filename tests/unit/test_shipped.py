"""What is shipped is whole: locks that fit, and recipes whose files can be made whatever is switched on."""

from itertools import product
from pathlib import Path

import pytest

from harness import lock, spec, templating
from harness.model import Environment, Ref, Server
from tests.shipped import SHIPPED, Shipped

ENVIRONMENTS = [
    path
    for one in SHIPPED
    for path in ((one.environment_path, one.mended_path) if one.mend else (one.environment_path,))
]


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_an_environment_has_a_lock_that_fits(path: Path) -> None:
    locked, case = lock.beside(path), spec.load(path, None)
    assert locked is not None
    lock.check(locked, case.file, case.recipes)


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda one: one.environment)
def test_a_product_s_files_can_be_made_with_and_without_its_parts(shipped: Shipped) -> None:
    file = spec.load_environment(shipped.environment_path)
    recipe = spec.load_recipe(file.products[0], shipped.environment_path)
    versions = {one.server.product.version for one in file.environments}
    for version, plugin, layer in product(versions, [None, *recipe.plugins], [None, *recipe.compat]):
        server = Server(
            product=Ref(name=recipe.name, version=version),
            plugins=(Ref(name=plugin, version="1.0"),) if plugin else (),
            compat=(Ref(name=layer, version="1.0"),) if layer else (),
        )
        seen = templating.context(Environment(server=server))
        made = [templating.render_file(recipe.folder / one.source, seen) for one in recipe.templates]
        assert all(made)
