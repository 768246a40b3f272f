"""The folder of a matrix: its plan, the run folders of its cells, and what became of them.

::

    .harness/runs/20261124-203102-jquery/
      matrix.yaml  plan.json  lock.yaml
      cells/show-prices/product=3.x,stellar=0.6.2/   result.json  1/  2/   (run folders)
      matrix.json  matrix.html  junit.xml  ctrf.json  summary.md
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.errors import InputError
from harness.evidence.files import ADVICE, linked, new_folder, read_model, write_whole
from harness.evidence.run_folder import RunFolder
from harness.language import Message
from harness.model import CellResult, MatrixPlan, MatrixResult

RESULT = "matrix.json"
PART_MAX_BYTES = 240  # of a path; file systems take 255


@dataclass(frozen=True, kw_only=True)
class MatrixFolder:
    """One matrix's folder. Writers never leave a file half made; readers raise InputError where
    a file is missing or damaged."""

    path: Path

    @classmethod
    def create(cls, root: Path, name: str, matrix: bytes, plan: MatrixPlan) -> "MatrixFolder":
        """A new folder as ``new_folder`` makes it, with the file and the plan in it."""
        folder = cls(path=new_folder(root, name))
        write_whole(folder.path / "matrix.yaml", matrix)
        write_whole(folder.path / "plan.json", plan.model_dump_json(indent=1) + "\n")
        return folder

    @classmethod
    def open(cls, path: Path) -> "MatrixFolder":
        """The folder of an earlier matrix; InputError where it is none."""
        if not (path / "plan.json").is_file():
            what = Message("{path} is not the folder of a matrix: it has no {file}", path=path, file="plan.json")
            raise InputError(what, ADVICE)
        return cls(path=path)

    @classmethod
    def latest(cls, root: Path) -> "MatrixFolder":
        """The newest under ``root``; InputError where there is none."""
        newest = max(root.glob("*/plan.json"), key=lambda path: path.parent.name, default=None)
        if newest is None:
            raise InputError(
                Message("there is no run of a matrix in {path}", path=root), Message("`harness matrix FILE` makes one")
            )
        return cls(path=newest.parent)

    @property
    def has_result(self) -> bool:
        return (self.path / RESULT).exists()

    def cell(self, cell_id: str) -> Path:
        """The folder of a cell; where its id is longer than file systems take, it ends in a digest."""
        return self.path.joinpath("cells", *map(_fitting, cell_id.split("/")))

    def new_run(self, cell_id: str) -> RunFolder:
        """A folder for another run of a cell."""
        number = 1 + max((int(one.name) for one in self.cell(cell_id).glob("[0-9]*")), default=0)
        return RunFolder.at(self.cell(cell_id) / str(number))

    def take_cell(self, other: "MatrixFolder", cell_id: str) -> None:
        """Take all there is of a cell from another folder, without room of its own where that can be."""
        for file in sorted(other.cell(cell_id).rglob("*")):
            if file.is_file():
                linked(file, self.path / file.relative_to(other.path))

    def write_cell(self, result: CellResult) -> None:
        write_whole(self.cell(result.id) / "result.json", result.model_dump_json(indent=1) + "\n")

    def write_result(self, result: MatrixResult) -> None:
        write_whole(self.path / RESULT, result.model_dump_json(indent=1) + "\n")

    def read_plan(self) -> MatrixPlan:
        return read_model(self.path / "plan.json", MatrixPlan)

    def read_cells(self, ids: Iterable[str]) -> dict[str, CellResult]:
        """Results by id, of those cells that have one."""
        paths = {one: self.cell(one) / "result.json" for one in ids}
        return {one: read_model(path, CellResult) for one, path in paths.items() if path.exists()}

    def read_result(self) -> MatrixResult:
        return read_model(self.path / RESULT, MatrixResult)


def _fitting(part: str) -> str:
    data = part.encode()
    if len(data) <= PART_MAX_BYTES:
        return part
    return f"{data[: PART_MAX_BYTES - 13].decode('utf-8', 'ignore')}-{hashlib.sha256(data).hexdigest()[:12]}"
