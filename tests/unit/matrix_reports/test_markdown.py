"""The summary for a CI job and a comment: what strangers say changes neither its structure nor anybody's inbox."""

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from harness.language import Language
from harness.matrix_reports.markdown import LENGTH_MAX, Markdown
from harness.matrix_reports.markdown.grid import grid
from harness.model import Axis, MatrixResult
from harness.writing.markdown_text import block, code, words
from harness.writing.words import one_line
from tests.matrices import (
    cell,
    good,
    hostile,
    including,
    interrupted,
    large,
    leave_matrix,
    matrix,
    one_axis,
    one_value,
    points,
    regression,
)

PARSER = MarkdownIt("commonmark").enable("table")
SIGNS = "|`*_~<>[]()!#@&\\:/.-+=$%^\"'{} \n\t\u2028"
STRANGE = st.text() | st.text(st.sampled_from([*SIGNS, "a", "1", "图"])) | st.sampled_from(
    ["@team", "#12", "GH-1", "www.a.example", "https://a.example", "a@b.example", "<script>alert(1)</script>",
     "![a](b)", "[a](b)", "[a]: b", "&lt;", "1. a", "- a", "# a", ":+1:", "0123abc", "a|b", "`", "``a", "</details>"]
)  # fmt: skip


def inline(tokens: list[Token]) -> list[Token]:
    return [token for block in tokens for token in (block.children or [])]


def shown(token: Token) -> str:
    """The text of an inline token, as a reader sees it."""
    assert token.type == "inline"
    assert {child.type for child in token.children or []} <= {"text", "code_inline", "text_special"}
    return "".join(child.content for child in token.children or [])


@given(STRANGE, STRANGE)
def test_in_a_table_it_is_one_cell_with_that_text(first: str, second: str) -> None:
    tokens = PARSER.parse(f"| a | b |\n|---|---|\n| {code(first)} | {words(second)} |\n\nend")
    fields = [tokens[index + 1] for index, token in enumerate(tokens) if token.type == "td_open"]
    assert [shown(field) for field in fields] == [one_line(first), one_line(second)]
    assert [token.type for token in tokens].count("tr_open") == 2


@given(STRANGE)
def test_in_a_list_it_is_one_line_with_that_text(text: str) -> None:
    for escaped in filter(None, (code(text), words(text))):
        tokens = PARSER.parse(f"- first\n  - {escaped}\n- last")
        kinds = [token.type for token in tokens]
        assert (kinds.count("list_item_open"), kinds.count("ordered_list_open")) == (3, 0)
        assert [shown(token) for token in tokens if token.type == "inline"] == ["first", one_line(text), "last"]


@given(STRANGE)
def test_what_could_ping_or_link_is_code(text: str) -> None:
    plain = "".join(t.content for t in inline(PARSER.parse(f"a {words(text)}")) if t.type.startswith("text"))
    assert not set(plain) & set("@#<>[]*_`~$%^&\\")
    assert not re.search(r"www\.|://|\bGH-\d|\b[0-9a-f]{7,}\b|:\w", plain, re.IGNORECASE)


@given(st.lists(STRANGE, min_size=1, max_size=3))
def test_a_block_holds_its_lines_and_ends(lines: list[str]) -> None:
    first, *rest = PARSER.parse(f"{block(*lines)}\n\nend")
    assert (first.type, first.content) == ("fence", "".join(one_line(line, 3000) + "\n" for line in lines))
    assert [token.content for token in rest if token.type == "inline"] == ["end"]


def test_plain_words_stay_plain() -> None:
    for text in (
        "The parallax effect has started",
        "视差效果已经启动",
        "Waits for a fix (ticket 4711).",
        "3.x",
        "1366x768",
    ):
        assert words(text) == text
    for text in ("@web-team", "see #12", "product=3.x", "a_b_c", "12. a", "https://a.example", "deadbeef"):
        assert words(text) == f"`{text}`"
    assert code("") == words("") == ""
    assert code("a|b`") == "`a`&#124;`` b` ``"
    assert code("a | b | c") == "`a `&#124;`  b  `&#124;` c`"
    assert block("a", "```") == "````sh\na\n```\n````"


# ------------------------------------------------------------------ the whole
def rendered(root: Path, result: MatrixResult, lang: Language = "en") -> str:
    return Markdown().render(leave_matrix(root, result).path, lang)


def rows(text: str) -> list[list[str]]:
    """The tables of a text, row by row."""
    tokens = PARSER.parse(text)
    found: list[list[str]] = []
    for index, token in enumerate(tokens):
        if token.type == "tr_open":
            found.append([])
        elif token.type in ("td_open", "th_open"):
            found[-1].append(tokens[index + 1].content)
    return found


def test_headline_counts_and_groups(tmp_path: Path) -> None:
    text = rendered(tmp_path, matrix())
    assert text.startswith("## ✗ 3 new regressions in 23 of 24 cells; the others were not run\n")
    assert ["✗ regression", "3"] in rows(text)
    assert ["(✗) known", "4"] in rows(text)
    assert "- step 3: The parallax effect has started (client) – the same in 2 cells\n  - `TypeError: e.in" in text
    assert "  - all have `product=3.0.0, jquery-migrate=none`\n" in text
    assert "no verdict – in 1 cell\n  - The side after the upgrade could not be replayed to its end: " in text
    assert "- `*product=4.x*`: expired on 2026-10-01 – Waits for a fix (`Ann`)" in text


def test_what_is_known_is_folded(tmp_path: Path) -> None:
    text = rendered(tmp_path, matrix())
    folded = text.partition("<details><summary>Known failures: 4</summary>\n\n")[2].partition("\n\n</details>")[0]
    assert "known: The parallax plug-in is replaced in the spring release (ticket 4711)" in folded
    assert text.count("<details>") == text.count("</details>") == 2


def test_how_to_run_one_again_is_said(tmp_path: Path) -> None:
    (fence,) = [token for token in PARSER.parse(rendered(tmp_path, matrix())) if token.type == "fence"]
    first, second, *_ = fence.content.splitlines()
    assert first.endswith(" --only show-prices/product=3.0.0,jquery-migrate=none,viewport=1366x768")
    assert second == matrix().command


def test_a_good_matrix_has_no_sections_of_failures(tmp_path: Path) -> None:
    headings = re.findall(r"^#+ .*", rendered(tmp_path, good()), re.MULTILINE)
    assert headings == ["## ✓ No new regression in 24 cells", "### All cells", "### Run it again"]


def test_it_fits_and_says_what_was_cut(tmp_path: Path) -> None:
    cells = tuple(
        regression(points()[0], error="x" * 400, id=f"c/{number}" + "y" * 300, fingerprint=f"{number:016x}")
        for number in range(900)
    )
    text = rendered(tmp_path, matrix(cells=cells))
    assert LENGTH_MAX - 2_000 < len(text) <= LENGTH_MAX
    shown = text.count("  - `c/")
    assert f"{900 - shown} more in matrix.html, too long for this page" in text
    assert "### Run it again" in text
    assert "Entries of the baseline" not in text or "@web-team" in text


def test_a_hostile_matrix_keeps_its_structure(tmp_path: Path) -> None:
    said = "</details> | a ``` @all <img src=x> [x](http://x) \n# h\n"
    found = rows(rendered(tmp_path, hostile(said)))
    plain = rows(rendered(tmp_path / "plain", hostile("plain")))
    assert [len(row) for row in found] == [len(row) for row in plain]
    assert len(found) > 6


# ------------------------------------------------------------------ the table
def test_the_shortest_axis_has_the_columns() -> None:
    head, _, first, *_ = grid(matrix()).splitlines()
    assert head == "| product | viewport | jquery-migrate none | jquery-migrate 3.6.0 |"
    assert first == "| 1.x | 1366x768 | ✓ | ✓ |"
    assert "| 3.x | 390x844 | (✗) | ✗ |" in grid(matrix())
    assert "| latest | 390x844 | ⊗ | · |" in grid(matrix())


def test_one_axis_has_one_column() -> None:
    assert [row[0] for row in rows(grid(one_axis()))] == ["product", "1.x", "2.x", "3.0.0", "3.4.1", "3.x", "latest"]
    assert [row[1] for row in rows(grid(one_axis()))[1:]] == ["✓", "≈", "✗", "(✗)", "(✗)", "⊗"]
    assert len(rows(grid(one_value()))) == 2


def test_what_lacks_an_axis_has_a_row_of_its_own() -> None:
    assert "| 4.0.0-beta | – | – | ✗ |  |" in grid(including()).splitlines()


def test_cells_in_one_field_are_counted_the_worst_first() -> None:
    twice = matrix(axes=matrix().axes[:1], cells=(cell({"product": "1.x"}), regression({"product": "1.x"}),
                                                  cell({"product": "1.x"})))  # fmt: skip
    assert rows(grid(twice))[1] == ["1.x", "✗1 ✓2"]


def test_what_is_too_large_to_read_is_no_table() -> None:
    assert grid(large()) == ""
    wide = tuple(Axis(path=name, name=name, labels=tuple(map(str, range(30)))) for name in "ab")
    assert grid(matrix(axes=wide, cells=(cell({"a": "1", "b": "2"}),))) == ""
    assert grid(matrix(axes=(), cells=())) == ""


def test_an_interrupted_one_says_so(tmp_path: Path) -> None:
    assert "\ninterrupted · 4 min 12 s · 4 at once · harness 0.1.0\n" in rendered(tmp_path, interrupted())
    assert "\n已中断 · 4 分 12 秒 · " in rendered(tmp_path, interrupted(), "zh")
