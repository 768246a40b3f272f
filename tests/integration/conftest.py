"""What integration tests share: a base image, and the command line in this process."""

import sys
from pathlib import Path

import pytest

from harness import cli
from harness.engine import Engine, ensure_base
from harness.model import Base
from harness.systems import SYSTEMS
from tests.integration.running import CONTROLS, Explain, Ran, Reproduce, reproduced


@pytest.fixture(scope="session")
def base(engine: Engine) -> Base:
    """A Debian on that engine."""
    return ensure_base(engine, SYSTEMS["debian:12"])


@pytest.fixture
def explain(engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Explain:
    """`harness reproduce` in this process, with its evidence in the test's folder."""
    runs = tmp_path / "runs"

    def run(environment: Path, scenario: Path, *options: str) -> Ran:
        capsys.readouterr()
        code = cli.main(["reproduce", str(environment), str(scenario), "--runs", str(runs), "--json", *options])
        said = capsys.readouterr()
        sys.stderr.write(said.err)
        return reproduced(runs, said.out, code)

    return run


@pytest.fixture
def reproduce(explain: Explain) -> Reproduce:
    """The same without control runs, which have tests of their own."""

    def run(environment: Path, scenario: Path, *options: str) -> Ran:
        return explain(environment, scenario, *CONTROLS, *options)

    return run
