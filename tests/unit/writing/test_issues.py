"""Markdown for customer and vendor that fits an issue."""

import pytest

from harness.compare import compare
from harness.language import LANGUAGES, Language
from harness.writing.issues import LENGTH_MAX, fitted, vendor_parts
from harness.writing.markdown_text import words
from harness.writing.vendor import vendor
from tests.stories import DATASETTE


@pytest.mark.parametrize("lang", LANGUAGES)
def test_both_answers_stand_side_by_side(lang: Language) -> None:
    report = vendor(DATASETTE.verdict(), compare(DATASETTE.trace("before"), DATASETTE.trace("after")), lang, words)
    text = fitted(list(vendor_parts(report, lang)), lang)
    table = text[text.index("<table>") : text.index("</table>")]
    old, new = table.split("</td><td>")
    assert '"columns"' in old
    assert '"columns"' not in new
    assert '"rows"' in new
    assert text.count("<table>") == 1  # of one endpoint, once


def test_what_does_not_fit_is_left_out_whole_and_said() -> None:
    text = fitted(["first", "", "x" * LENGTH_MAX, "last"], "en")
    assert text == "first\n\nlast\n\n1 section(s) are left out, too long for this page\n"


@pytest.mark.parametrize("count", [0, 1, 500])
def test_it_is_never_longer_than_an_issue(count: int) -> None:
    assert len(fitted(["文" * 999] * count, "zh")) <= LENGTH_MAX


def test_the_rest_of_a_long_excerpt_is_cut_at_a_line() -> None:
    report = vendor(DATASETTE.verdict(), None, "en", words)
    shape = report.shapes[0].model_copy(update={"excerpt_before": "seven,\n" * 500})
    text = "\n".join(vendor_parts(report.model_copy(update={"shapes": (shape,)}), "en"))
    assert "\n…\n```" in text
    assert text.count("seven,\n") == 60
