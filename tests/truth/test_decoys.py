"""The decoys: none is called a regression."""

from pathlib import Path

import pytest

from harness.engine import Engine
from tests.truth.case import Case
from tests.truth.decoys import DECOYS
from tests.truth.judging import judged

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("case", DECOYS, ids=lambda case: case.name)
def test_what_is_no_regression_is_called_none(engine: Engine, case: Case, tmp_path: Path) -> None:
    assert judged(case, tmp_path).wrong == ()
