"""The other planted cases, in a file of their own so that another worker takes them."""

from pathlib import Path

import pytest

from harness.engine import Engine
from tests.truth.case import Case
from tests.truth.judging import judged
from tests.truth.planted import BUNDLES, ENVIRONMENTS, FOLLOWERS, LINKS, LOOKS, MEMORY, SERVERS

pytestmark = pytest.mark.engine


@pytest.mark.parametrize(
    "case", [*FOLLOWERS, *BUNDLES, *LOOKS, *SERVERS, *MEMORY, *LINKS, *ENVIRONMENTS], ids=lambda case: case.name
)
def test_what_was_planted_is_found(engine: Engine, case: Case, tmp_path: Path) -> None:
    assert judged(case, tmp_path).wrong == ()
