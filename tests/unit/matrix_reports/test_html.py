"""The page of a matrix: what is there without its script, and what its script is given."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.language import LANGUAGES, Language
from harness.matrix_reports.html import Html
from harness.matrix_reports.html.view import Panel, href
from harness.model import MatrixResult
from tests.matrices import TICKET, good, hostile, including, large, leave_matrix, matrix, one_value, points, regression

REGRESSION = "show-prices/product=3.0.0,jquery-migrate=none,viewport=1366x768"
LINK = "cells/show-prices/product%3D3.0.0%2Cjquery-migrate%3Dnone%2Cviewport%3D1366x768/1/report.html"


def page(root: Path, result: MatrixResult, lang: Language = "en") -> str:
    return Html().render(leave_matrix(root, result).path, lang)


def data(text: str) -> dict[str, Any]:
    (found,) = re.findall(r'<script type="application/json" id="data">(.*)</script>', text)
    return dict(json.loads(found))


def test_headline_counts_command_and_facts(tmp_path: Path) -> None:
    text = page(tmp_path, matrix(shard="2/3", cut=3, interrupted=True))
    assert "<h1>3 new regressions in 23 of 24 cells; the others were not run</h1>" in text
    assert 'data-stands="known"' in text
    words = "<span>" + "</span> <span>".join(matrix().command.split()) + "</span>"  # no line breaks in one
    assert f'<code id="command">{words}</code>' in text
    facts = re.findall(r"<span>([^<]*)</span>", text.partition('<p class="facts">')[2].partition("</p>")[0])
    assert facts == ["interrupted", "shard 2/3", "3 cells left out by the budget", "4 min 12 s", "4 at once",
                     "harness 0.1.0"]  # fmt: skip
    assert '<time datetime="2026-11-24T20:31:02+01:00">2026-11-24 20:31:02+01:00</time>' in text


def test_it_says_its_language(tmp_path: Path) -> None:
    found = {lang: re.findall(r'<html lang="([^"]*)"', page(tmp_path / lang, good(), lang)) for lang in LANGUAGES}
    assert found == {"en": ["en"], "zh": ["zh-CN"]}
    assert "<h1>24 个单元：没有新的回归问题</h1>" in page(tmp_path, good(), "zh")


# ------------------------------------------------------------ without a script
def test_groups_and_all_cells_are_there_without_the_script(tmp_path: Path) -> None:
    text = re.sub(r"<script.*?</script>", "", page(tmp_path, matrix()), flags=re.DOTALL)
    assert text.count('<article class="group') == 7
    assert "the same in 2 cells" in text
    assert text.count("<tr><td") == 24
    assert text.count(f'<a href="{LINK}">{REGRESSION}</a>') == 2  # in its group and in the table
    assert 'id="board" aria-labelledby="h-grid" hidden' in text


def test_what_a_baseline_knows_looks_different_and_says_why(tmp_path: Path) -> None:
    text = page(tmp_path, matrix(cells=(regression(points()[0], known=TICKET),)))
    assert text.count("k-regression is-known") == 3  # the group, its mark, the row
    assert f"known: {TICKET}" in text
    assert "<span>regression, known</span>" in text


def test_what_was_not_run_is_no_link_and_differs_from_no_verdict(tmp_path: Path) -> None:
    (left,) = [one for one in Panel(matrix(), "en").cells if one.stands == "not-run"]
    (lost,) = [one for one in Panel(matrix(), "en").cells if one.stands == "no-verdict"]
    assert (left.kind, left.word, left.href) == ("not-run", "not run", "")
    assert (lost.kind, lost.word) == ("no-verdict", "no verdict")
    assert f"<code>{left.id}</code>" in page(tmp_path, matrix())


def test_stale_entries_are_a_table(tmp_path: Path) -> None:
    text = page(tmp_path, matrix())
    assert "<td>expired on 2026-10-01</td><td>Waits for a fix</td><td>Ann</td>" in text
    assert "h-stale" not in page(tmp_path / "good", good())


def test_many_cells_of_a_group_are_folded(tmp_path: Path) -> None:
    text = page(tmp_path, matrix(cells=tuple(map(regression, points()))))
    assert "the same in 24 cells" in text
    assert "<summary>+ 20</summary>" in text


def test_a_matrix_without_cells_says_so(tmp_path: Path) -> None:
    assert "No cell was planned." in page(tmp_path, matrix(cells=(), axes=(), stale=()))


# ------------------------------------------------------------------ the script
def test_the_script_is_given_places_on_axes_and_words(tmp_path: Path) -> None:
    found = data(page(tmp_path, including(), "zh"))
    assert [axis["name"] for axis in found["axes"]] == ["scenario", "product", "jquery-migrate", "viewport"]
    assert found["cells"][-1]["at"] == ["show-prices", "4.0.0-beta", None, "390x844"]
    failing = next(cell for cell in found["cells"] if cell["id"] == REGRESSION)
    assert (failing["stands"], failing["word"], failing["href"]) == ("regression", "回归问题", LINK)
    assert failing["lines"][:2] == ["第 3 步：视差效果已经启动", "TypeError: e.indexOf is not a function"]
    assert found["words"]["rows"] == "行"
    assert found["order"][0] == "regression"


def test_one_cell_on_axes_of_one_value(tmp_path: Path) -> None:
    found = data(page(tmp_path, one_value()))
    assert [axis["labels"] for axis in found["axes"]] == [["1.x"], ["none"], ["1366x768"]]


def test_what_strangers_say_reaches_the_script_without_control_characters(tmp_path: Path) -> None:
    said = "</script><!-- \u2028\u202e\x1b[31m\ud800 图"
    (name, _), *_ = [(axis["name"], axis["labels"]) for axis in data(page(tmp_path, hostile("x")))["axes"]]
    assert name == "x"
    panel = Panel(hostile(said), "en")
    assert panel.data()["axes"][0]["name"] == "</script><!-- \u2028\ufffd 图"
    assert panel.cells[0].href.startswith("cells/%3C/script%3E%3C%21--%20%E2%80%A8")


@pytest.mark.parametrize("evidence", ["", "/etc", "../../etc", "cells/../../x", "cells//1", "cells/./1"])
def test_no_link_leads_out_of_the_folder(evidence: str) -> None:
    assert href(evidence) == ""


@given(st.lists(st.text(min_size=1).filter(lambda part: "/" not in part and part not in (".", "..")), min_size=1))
def test_every_part_of_a_path_is_encoded(parts: list[str]) -> None:
    address = href("/".join(parts))
    assert re.fullmatch(r"[\w.~%/-]+/report\.html", address, re.ASCII)
    assert address.count("/") == len(parts)


def test_the_file_stays_small_for_two_thousand_cells(tmp_path: Path) -> None:
    assert len(page(tmp_path, large())) < 2_500_000
    assert len(page(tmp_path / "small", matrix())) < 80_000
