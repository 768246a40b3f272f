"""The pytest plug-in: scenario files as tests, and replicas for tests in Python (``docs/pytest.md``).

pytest imports this package in every run where harness is installed, so what weighs something is
imported by the hooks and fixtures that need it.
"""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from harness.pytest_plugin.page import Page
from harness.pytest_plugin.replica import Replica
from harness.pytest_plugin.settings import STAGE, add_options

__all__ = ["Page", "Replica"]

MARK = "environment(name_or_path, sides=('before', 'after')): run the test in a replica of each side of an upgrade"


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARK)
    if config.getoption("harness"):
        from harness.pytest_plugin.scenarios import prepare

        prepare(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if not parent.config.getoption("harness"):
        return None
    from harness.pytest_plugin.scenarios import scenario_file

    return scenario_file(file_path, parent)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    mark = metafunc.definition.get_closest_marker("environment")
    if mark and "replica" in metafunc.fixturenames:
        from harness.pytest_plugin.marks import places

        found = places(mark, metafunc.config)
        metafunc.parametrize("replica", found, indirect=True, ids=[place.side for place in found])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    stage = item.stash.get(STAGE, None)
    if stage and (call.when == "call" or (call.when == "setup" and report.failed)):
        stage.judge(report)
    return report


@pytest.fixture
def replica(request: pytest.FixtureRequest) -> Iterator[Replica]:
    """A replica of one side of the environment that the mark `environment` names: its product is ready.
    Has `url`, `local_url`, `side`, `environment`, `folder`, `logs()` and `execute()`."""
    from harness.pytest_plugin.stage import replica_of

    with replica_of(request) as one:
        yield one


@pytest.fixture
def page(request: pytest.FixtureRequest, replica: Replica) -> Iterator[Page]:
    """The browser of the replica, under Selenium, which keeps what it observes: everything of
    `selenium.webdriver.Remote`, and `console`, `errors`, `requests`, `observations`, `wait_for_request()`."""
    from harness.pytest_plugin.stage import page_of

    with page_of(request, replica) as one:
        yield one
