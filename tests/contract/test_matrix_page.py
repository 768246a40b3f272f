"""The page of a matrix in real browsers: its script draws the grid, filters it and goes through it by keyboard."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from harness.matrix_reports import MATRIX_REPORTS
from harness.model import MatrixResult
from harness.protocols import Session
from tests.contract.test_reports import WHOLE
from tests.integration.browser_fixture import Bench
from tests.matrices import hostile, including, large, leave_matrix, matrix, one_axis, one_value

pytestmark = pytest.mark.engine
Show = Callable[[MatrixResult], "Page"]


class Page:
    """A page that is open, and what its scripts and its policy complained about."""

    def __init__(self, session: Session, complaints: list[str]) -> None:
        self.driver = session.driver
        self.complaints = complaints

    def js(self, code: str) -> Any:
        return self.driver.execute_script(code)

    def table(self) -> list[list[str]]:
        """The grid: texts of headers, and of fields the verdicts of their marks."""
        return list(
            self.js(
                "return [...document.querySelectorAll('#grid tr')].map((row) => [...row.cells].map((cell) =>"
                " cell.tagName === 'TH' ? cell.innerText.replace(/\\s+/g, ' ').trim() :"
                " [...cell.querySelectorAll('.mark')].map((mark) => mark.getAttribute('aria-label').split(':')[0])"
                ".join(' ')))"
            )
        )

    def choose(self, label: str, option: str) -> None:
        self.js(
            f"const label = [...document.querySelectorAll('#controls label')].find((one) => !one.hidden &&"
            f" one.firstChild.textContent === '{label}'); const select = label.querySelector('select');"
            f" select.value = [...select.options].find((one) => one.text === '{option}').value;"
            " select.dispatchEvent(new Event('input', { bubbles: true }));"
        )

    def search(self, words: str) -> None:
        self.js(
            "const field = document.querySelector('#controls input[type=search]');"
            f" field.value = '{words}'; field.dispatchEvent(new Event('input', {{ bubbles: true }}));"
        )

    def press(self, *keys: str) -> str:
        """What has the focus afterwards."""
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)
        return str(self.js("return document.activeElement.getAttribute('aria-label')"))

    @property
    def shown(self) -> str:
        return str(self.js("return document.getElementById('shown').textContent"))

    @property
    def rows(self) -> list[str]:
        return list(
            self.js(
                "return [...document.querySelectorAll('#list tbody tr')].filter((row) => !row.hidden)"
                ".map((row) => row.cells[1].textContent)"
            )
        )


@pytest.fixture(scope="module")
def session(browser: Bench) -> Iterator[tuple[Session, list[str]]]:
    complaints: list[str] = []
    session = browser.session()
    session.subscribe({"log.entryAdded": lambda entry: complaints.append(str(entry["text"]))}).result(30)
    yield session, complaints
    session.close()


@pytest.fixture
def show(session: tuple[Session, list[str]], tmp_path: Path) -> Iterator[Show]:
    opened, complaints = session
    complaints.clear()

    def page(result: MatrixResult) -> Page:
        text = MATRIX_REPORTS["html"].render(leave_matrix(tmp_path, result).path, "en")
        opened.driver.get("about:blank")
        opened.driver.execute_script("document.open(); document.write(arguments[0]); document.close()", text)
        return Page(opened, complaints)

    yield page
    opened.driver.execute_script("return 0")  # what was said before this has come
    assert complaints == []


def test_the_longest_axes_are_shown_first_and_the_worst_of_a_field(show: Show) -> None:
    found = show(matrix()).table()
    assert found[0] == ["product ↓ jquery-migrate →", "none", "3.6.0"]
    assert found[2] == ["2.x", "unstable unstable", "fixed same"]
    assert found[5] == ["3.x", "regression, known regression, known", "regression same"]
    assert found[6] == ["latest", "broken on both sides broken on both sides", "no verdict not run"]


def test_any_two_axes_can_be_chosen(show: Show) -> None:
    page = show(matrix())
    page.choose("Rows", "viewport")
    assert page.table()[0] == ["viewport ↓ jquery-migrate →", "none", "3.6.0"]
    page.choose("Columns", "viewport")  # changes places with the rows
    assert page.table()[0] == ["jquery-migrate ↓ viewport →", "1366x768", "390x844"]
    page.choose("Columns", "one column")
    assert len(page.table()[1]) == 2


def test_filters_leave_what_fits_in_grid_and_table(show: Show) -> None:
    page = show(matrix())
    page.choose("viewport", "390x844")
    assert (page.shown, len(page.rows)) == ("12 of 24 cells", 12)
    page.js("document.querySelector('#counts [data-stands=known] button').click()")
    assert page.rows == [
        "show-prices/product=3.4.1,jquery-migrate=none,viewport=390x844",
        "show-prices/product=3.x,jquery-migrate=none,viewport=390x844",
    ]
    page.js("document.getElementById('reset').click()")
    assert page.shown == "24 of 24 cells"
    page.search("INDEXOF")
    assert page.shown == "8 of 24 cells"
    page.search("no such words")
    assert page.js("return document.getElementById('grid').textContent") == "No cell fits what is asked for."


def test_a_keyboard_goes_through_the_marks_and_hears_what_they_say(show: Show) -> None:
    page = show(matrix())
    page.js("document.querySelector('#grid .mark[tabindex=\"0\"]').focus()")
    assert page.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN) == (
        "regression: show-prices/product=3.0.0,jquery-migrate=none,viewport=1366x768"
    )
    tip = page.js("const tip = document.getElementById('tip'); return tip.hidden ? '' : tip.innerText")
    assert "TypeError: e.indexOf is not a function" in tip
    assert "Step 3 works before the upgrade and fails after it" in tip
    assert page.js("return document.activeElement.getAttribute('aria-describedby')") == "tip"
    assert page.js("return document.querySelectorAll('#grid .mark[tabindex=\"0\"]').length") == 1
    assert page.press(Keys.END).startswith("not run: ")
    assert page.press(Keys.ARROW_LEFT).startswith("no verdict: ")
    page.press(Keys.ESCAPE)
    assert page.js("return document.getElementById('tip').hidden")


def test_a_mark_is_a_link_to_its_report(show: Show) -> None:
    page = show(matrix())
    links = page.js("return [...document.querySelectorAll('#grid a.mark')].map((mark) => mark.getAttribute('href'))")
    assert len(links) == 23
    assert links[0] == ("cells/show-prices/product%3D1.x%2Cjquery-migrate%3Dnone%2Cviewport%3D1366x768/1/report.html")


def test_the_table_sorts_by_numbers_in_words_too(show: Show) -> None:
    page = show(matrix())
    page.js("document.querySelectorAll('#list thead button')[0].click()")
    assert "3.0.0" in page.rows[0]
    page.js("document.querySelectorAll('#list thead button')[5].click()")
    page.js("document.querySelectorAll('#list thead button')[5].click()")
    assert "product=2.x,jquery-migrate=none" in page.rows[0]
    assert page.js("return document.querySelectorAll('#list [aria-sort]').length") == 1


def test_cells_that_lack_an_axis_have_a_place(show: Show) -> None:
    page = show(including())
    page.choose("Columns", "viewport")
    found = page.table()
    assert found[0] == ["product ↓ viewport →", "1366x768", "390x844", "–"]
    assert found[-1] == ["4.0.0-beta", "", "same", "regression"]
    page.choose("jquery-migrate", "–")
    assert page.shown == "2 of 50 cells"


def test_one_axis_and_axes_of_one_value(show: Show) -> None:
    assert [row[1:] for row in show(one_axis()).table()][3] == ["regression"]
    assert show(one_value()).table()[1] == ["1.x", "same"]


def test_two_thousand_cells_are_all_there(show: Show) -> None:
    page = show(large())
    assert page.js("return document.querySelectorAll('#grid .mark').length") == 2000
    page.choose("Rows", "locale")
    page.choose("Columns", "viewport")
    assert page.js("return document.querySelector('#grid td .sum').getAttribute('class')") == "sum"
    assert page.js("return document.querySelectorAll('#grid .mark').length") == 2000


def test_what_strangers_say_is_shown_and_not_run(show: Show) -> None:
    page = show(hostile(WHOLE))
    assert page.js("return document.querySelectorAll('img').length") == 0
    assert "alert('hostile')" in page.table()[1][0]


@pytest.mark.parametrize("width", [1366, 390])
def test_nothing_sticks_out(show: Show, width: int) -> None:
    page = show(large(400))
    page.driver.set_window_size(width, 900)
    room = page.js("return [document.documentElement.scrollWidth, innerWidth]")
    assert room[0] <= room[1]
