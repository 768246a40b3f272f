"""Renderings of the folder of a matrix: one module a report, one line each in ``MATRIX_REPORTS``.

They read ``matrix.json`` alone; the cells' own reports lie in their run folders.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from harness.language import Language
from harness.matrix_reports.ctrf import Ctrf
from harness.matrix_reports.html import Html
from harness.matrix_reports.json import Json
from harness.matrix_reports.junit import Junit
from harness.matrix_reports.markdown import Markdown
from harness.matrix_reports.terminal import Terminal

if TYPE_CHECKING:
    from harness.protocols import Report

MATRIX_REPORTS: dict[str, "Report"] = {
    "html": Html(),
    "junit": Junit(),
    "ctrf": Ctrf(),
    "json": Json(),
    "markdown": Markdown(),
    "terminal": Terminal(),
}
USUAL: tuple[str, ...] = ("html", "junit", "ctrf", "markdown")


def write(folder: Path, lang: Language, names: Iterable[str] = USUAL) -> tuple[Path, ...]:
    """Render reports of a matrix into its folder; returns the files. InputError where it has no ``matrix.json``."""
    from harness.evidence import write_reports

    return write_reports(folder, lang, [MATRIX_REPORTS[name] for name in names])
