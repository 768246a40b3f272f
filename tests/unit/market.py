"""A market: environment files of a shop with two recipes and three scenarios, to write matrix files for."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InputError
from harness.matrix import Plan, plan
from harness.spec.matrix import Matrix, matrix_file

GOODS = Path(__file__).parent / "bad_input/matrices/market"
BUY = "[scenarios/buy.yaml]"
ALL = "[scenarios/*.yaml]"


@dataclass(frozen=True, kw_only=True)
class Market:
    """A folder with the files of ``bad_input/matrices/market``; matrices are written into it."""

    folder: Path

    def write(self, text: str, *, environment: str = "shop.yaml", scenarios: str = BUY) -> Path:
        """A matrix file; ``text`` is what follows its head of four lines."""
        path = self.folder / "m.matrix.yaml"
        head = f"schema: 1\nname: m\nenvironment: {environment}\nscenarios: {scenarios}\n"
        path.write_text(head + text, "utf-8")
        return path

    def matrix(self, text: str, *, environment: str = "shop.yaml", scenarios: str = BUY) -> Matrix:
        return matrix_file(self.write(text, environment=environment, scenarios=scenarios))

    def plan(self, text: str, *, environment: str = "shop.yaml", scenarios: str = BUY, **choice: Any) -> Plan:
        return plan(self.matrix(text, environment=environment, scenarios=scenarios), **choice)

    def ids(self, text: str, *, environment: str = "shop.yaml", scenarios: str = BUY) -> list[str]:
        return [cell.id for cell in self.plan(text, environment=environment, scenarios=scenarios).cells]

    def wrong(self, text: str, *, environment: str = "shop.yaml", scenarios: str = BUY, **choice: Any) -> list[str]:
        """What is said about a matrix file that is refused, or about its plan, without the folder."""
        with pytest.raises(InputError) as caught:
            self.plan(text, environment=environment, scenarios=scenarios, **choice)
        return caught.value.into("en").replace(f"{self.folder}/", "").splitlines()


def open_market(folder: Path) -> Market:
    """A market in a folder that is not there yet."""
    shutil.copytree(GOODS, folder)
    return Market(folder=folder)


@pytest.fixture
def market(tmp_path: Path) -> Market:
    return open_market(tmp_path / "market")


@pytest.fixture(scope="module")
def shared_market(tmp_path_factory: pytest.TempPathFactory) -> Market:
    """One whose files stay as they are, but for the matrix."""
    return open_market(tmp_path_factory.mktemp("shared") / "market")
