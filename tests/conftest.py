"""The engine that contract and integration tests share; without one they fail, with what to do."""

import pytest
from hypothesis import settings

from harness.engine import Engine, connect
from harness.errors import EngineError

settings.register_profile("any machine", deadline=None)  # no test asserts a time
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The container engine of this machine."""
    try:
        return connect()
    except EngineError as exc:
        pytest.fail(exc.into("en"), pytrace=False)
