"""The planted cases of answers and plug-ins: verdict, layer, step and error are what was planted."""

from pathlib import Path

import pytest

from harness.engine import Engine
from tests.truth.case import Case
from tests.truth.judging import judged
from tests.truth.planted import ANSWERS, PLUGINS, SHAPES

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("case", [*SHAPES, *ANSWERS, *PLUGINS], ids=lambda case: case.name)
def test_what_was_planted_is_found(engine: Engine, case: Case, tmp_path: Path) -> None:
    assert judged(case, tmp_path).wrong == ()
