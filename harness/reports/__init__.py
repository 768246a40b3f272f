"""Renderings of a run folder: one module a report, one line each in ``REPORTS``."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from harness.language import Language
from harness.reports.audiences import AudienceHtml, AudienceJson, AudienceMarkdown
from harness.reports.html import Html
from harness.reports.json import Json
from harness.reports.junit import Junit
from harness.reports.markdown import Markdown
from harness.reports.terminal import Terminal

if TYPE_CHECKING:
    from harness.model import Audience
    from harness.protocols import Report

REPORTS: dict[str, "Report"] = {
    "html": Html(),
    "junit": Junit(),
    "json": Json(),
    "markdown": Markdown(),
    "terminal": Terminal(),
}
USUAL: tuple[str, ...] = ("html", "junit")
FOR: "dict[Audience, dict[str, Report]]" = {  # for whom: what there is
    "customer": {
        "html": AudienceHtml("customer"),
        "markdown": AudienceMarkdown("customer"),
        "json": AudienceJson("customer"),
    },
    "vendor": {
        "html": AudienceHtml("vendor"),
        "markdown": AudienceMarkdown("vendor"),
        "json": AudienceJson("vendor"),
    },
    "engineer": REPORTS,
}
USUAL_FOR: "dict[Audience, tuple[str, ...]]" = {"customer": ("html",), "vendor": ("html",), "engineer": USUAL}


def write(folder: Path, lang: Language, names: Iterable[str] = USUAL) -> tuple[Path, ...]:
    """Render reports of a run into its folder; returns the files. InputError where it has no verdict."""
    from harness.evidence import write_reports

    return write_reports(folder, lang, [REPORTS[name] for name in names])
