"""What base images hold: locked, and compared where a lock is used."""

from pathlib import Path

import pytest

from harness import lock, spec
from harness.engine import Engine, ensure_base, inventory
from harness.run import prepare
from harness.systems import SYSTEMS

pytestmark = pytest.mark.engine

SLIDES = Path(__file__).parents[2] / "environments/slides-menu.yaml"


def test_a_base_image_that_is_not_the_locked_one_is_told_of(engine: Engine) -> None:
    case, committed = spec.load(SLIDES), lock.read(lock.path_beside(SLIDES))
    here = inventory(engine, ensure_base(engine, SYSTEMS["debian:12"], committed.base("debian:12")))
    assert here is not None
    assert {"apt", "bash", "dpkg"} <= set(here.packages)
    older = here.model_copy(update={"packages": here.packages | {"bash": "1.0-1"}})
    for locked, told in ((here, []), (older, [("debian:12 bash", "1.0-1", here.packages["bash"])])):
        _, used = prepare(case.file, case.recipes, committed.model_copy(update={"inventories": (locked,)}))
        of_base = [drift for drift in used.drifts if drift.package.startswith("debian:12 ")]
        assert [(one.package, one.locked, one.used) for one in of_base] == told
        assert used.inventories == (here,)
