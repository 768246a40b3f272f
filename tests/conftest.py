"""The engine that contract and integration tests share; without one they fail, with what to do."""

import pytest

from harness.engine import Engine, connect
from harness.errors import EngineError


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The container engine of this machine."""
    try:
        return connect()
    except EngineError as exc:
        pytest.fail(exc.into("en"), pytrace=False)
