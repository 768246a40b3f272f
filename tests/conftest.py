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


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("numprocesses", None):  # one process names the files itself
        config.pluginmanager.register(_Files(config))


class _Files:
    """Names each file when its first test begins, which pytest-xdist leaves out."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._begun: set[str] = set()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        file = nodeid.partition("::")[0]
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if terminal and file not in self._begun:
            self._begun.add(file)
            terminal.write_fspath_result(nodeid, "")
