"""What a run says to one kind of reader alone: to the customer, or to the vendor."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from harness.language import Language

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.model import CustomerReport, VendorReport

Outside = Literal["customer", "vendor"]


class AudienceHtml:
    """One file, without a network."""

    def __init__(self, audience: Outside) -> None:
        self.audience = audience
        self.file = f"{audience}.html"

    def render(self, folder: Path, lang: Language) -> str:
        """The whole document. InputError where the run has no verdict."""
        from harness.writing.audience_html import LABELS
        from harness.writing.html_file import html_file
        from harness.writing.words import STRENGTH_WORDS

        report = said(self.audience, folder, lang)
        strong = {strength: words.into(lang) for strength, words in STRENGTH_WORDS.items()}
        return html_file("audience", lang, labels=LABELS, tone=report.verdict, report=report, strong=strong)


class AudienceMarkdown:
    """The text of an issue, at most 60,000 characters. What is a stranger's stays text."""

    def __init__(self, audience: Outside) -> None:
        self.audience = audience
        self.file = f"{audience}.md"

    def render(self, folder: Path, lang: Language) -> str:
        from harness.model import VendorReport
        from harness.writing.issues import fitted, vendor_parts
        from harness.writing.markdown_text import words

        report = said(self.audience, folder, lang, words)
        title = report.title.rstrip(".。")
        rest = vendor_parts(report, lang) if isinstance(report, VendorReport) else ()
        return fitted([f"## {title}", report.text, *rest], lang)


class AudienceJson:
    """The same as one object: ``docs/schemas/customer.schema.json``, ``vendor.schema.json``."""

    def __init__(self, audience: Outside) -> None:
        self.audience = audience
        self.file = f"{audience}.json"

    def render(self, folder: Path, lang: Language) -> str:
        return said(self.audience, folder, lang).model_dump_json(indent=1)


def said(
    audience: Outside, folder: Path, lang: Language, escape: "Callable[[str], str] | None" = None
) -> "CustomerReport | VendorReport":
    """What the run in a folder says to them. InputError where it has no verdict."""
    from harness.evidence import RunFolder
    from harness.writing.customer import customer
    from harness.writing.vendor import vendor

    run = RunFolder.open(folder)
    verdict = run.read_verdict()
    if audience == "customer":
        return customer(verdict, lang, escape)
    return vendor(verdict, run.read_comparison(), lang, escape)
