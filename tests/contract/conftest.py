"""One container of each browser, for all contract tests that need one."""

from collections.abc import Iterator

import pytest

from harness.browsers import BROWSERS
from harness.engine import Engine
from tests.contract.words import WORDS
from tests.integration.browser_fixture import Bench, bench


@pytest.fixture(scope="package", params=[name for name in BROWSERS if name in WORDS])
def browser(request: pytest.FixtureRequest, engine: Engine) -> Iterator[Bench]:
    """Each browser in turn, running, with the site of the contract tests beside it."""
    with bench(engine, request.param) as running:
        yield running
