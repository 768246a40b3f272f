"""The engine that all integration tests share; without one they fail, with what to do."""

import pytest

from harness.engine import Engine, connect, ensure_base
from harness.errors import EngineError
from harness.model import Base
from harness.systems import SYSTEMS


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The container engine of this machine."""
    try:
        return connect()
    except EngineError as exc:
        pytest.fail(exc.into("en"), pytrace=False)


@pytest.fixture(scope="session")
def base(engine: Engine) -> Base:
    """A Debian on that engine."""
    return ensure_base(engine, SYSTEMS["debian:12"])
