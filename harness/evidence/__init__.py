"""Everything that runs leave behind, and the only thing that reports read.

It lies under the stages and the families, so that both may use it: imports nouns and words.
"""

from harness.evidence.files import linked, unwritable, whole, whole_folder, write_reports, write_whole
from harness.evidence.finding import latest, opened
from harness.evidence.matrix_folder import MatrixFolder
from harness.evidence.run_folder import RUNS, SIDES, RunFolder

__all__ = [
    "RUNS",
    "SIDES",
    "MatrixFolder",
    "RunFolder",
    "latest",
    "linked",
    "opened",
    "unwritable",
    "whole",
    "whole_folder",
    "write_reports",
    "write_whole",
]
