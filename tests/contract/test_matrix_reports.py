"""What every report does with every matrix."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import InputError
from harness.evidence import MatrixFolder
from harness.language import LANGUAGES, Language
from harness.matrix_reports import MATRIX_REPORTS, write
from harness.model import MatrixPlan, MatrixResult
from harness.writing.standings import having
from tests.contract.test_reports import HOSTILE, WHOLE, Elements, check_terminal, harmless, only_ours
from tests.matrices import MATRICES, hostile, large, leave_matrix, matrix

LINKS = (
    "](http://a.example) <http://b.example> @everyone #1 GH-2 https://c.example www.d.example a|b `c` \n\n# d\u2028e"
)


@pytest.fixture(params=sorted(MATRIX_REPORTS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("make", MATRICES.values(), ids=list(MATRICES))
def test_it_says_what_came_out(tmp_path: Path, name: str, make: Callable[[], MatrixResult], lang: Language) -> None:
    result = make()
    text = MATRIX_REPORTS[name].render(leave_matrix(tmp_path, result).path, lang)
    assert result.name in text
    for cell in having(result, "regression"):
        assert cell.id in text
        assert cell.error.split("'")[0] in text
        assert cell.step
        assert cell.step.descriptions[lang] in text
    CHECKS[name](text)


def test_it_reads_the_result_alone(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = leave_matrix(tmp_path / "made", matrix())
    first = MATRIX_REPORTS[name].render(folder.path, "en")
    moved = tmp_path / "elsewhere"
    folder.path.rename(moved)
    monkeypatch.chdir("/")
    assert MATRIX_REPORTS[name].render(moved, "en") == first


def test_what_strangers_say_is_text_and_nothing_else(tmp_path: Path, name: str) -> None:
    for number, said in enumerate((WHOLE, HOSTILE.replace("\ud800", "") + LINKS)):
        folder = leave_matrix(tmp_path / str(number), hostile(said))
        (path,) = write(folder.path, "en", [name])
        CHECKS[name](harmless(path, name))


def test_a_matrix_that_did_not_get_so_far_is_said(tmp_path: Path, name: str) -> None:
    plan = MatrixPlan(matrix="a.matrix.yaml", digest="", cells=(), chosen=())
    with pytest.raises(InputError, match="did not get so far"):
        MATRIX_REPORTS[name].render(MatrixFolder.create(tmp_path, "a", b"", plan).path, "en")
    with pytest.raises(InputError, match="is not the folder of a matrix"):
        MATRIX_REPORTS[name].render(tmp_path, "en")


def test_two_thousand_cells(tmp_path: Path, name: str) -> None:
    text = MATRIX_REPORTS[name].render(leave_matrix(tmp_path, large()).path, "en")
    assert "2000" in text or text.count("product=") >= 2000
    CHECKS[name](text)


# ------------------------------------------------------- what a format asks for
def check_html(text: str) -> None:
    elements = Elements()
    elements.feed(text)
    tags = [tag for tag, _ in elements.found]
    assert (tags.count("script"), tags.count("style"), tags.count("img")) == (2, 1, 0)
    for tag, attributes in elements.found:
        assert not [key for key in attributes if key.startswith("on") or key in ("style", "src")], (tag, attributes)
        assert (attributes.get("href") or "#").startswith(("#", "cells/")), (tag, attributes)
    (data,) = re.findall(r'<script type="application/json" id="data">(.*)</script>', text)
    assert not set(data) & set("<>&\u2028\u2029")
    assert set(json.loads(data)) == {"axes", "cells", "order", "words"}


def check_junit(text: str) -> None:
    assert ET.fromstring(text).tag == "testsuites"


def check_ctrf(text: str) -> None:
    assert json.loads(text)["reportFormat"] == "CTRF"


def check_json(text: str) -> None:
    MatrixResult.model_validate_json(text)


def check_markdown(text: str) -> None:
    assert "ordered_list_open" not in only_ours(text)
    assert len(text) <= 60_000


CHECKS: dict[str, Callable[[str], None]] = {
    "html": check_html,
    "junit": check_junit,
    "ctrf": check_ctrf,
    "json": check_json,
    "markdown": check_markdown,
    "terminal": check_terminal,
}


def test_every_report_is_checked() -> None:
    assert set(CHECKS) == set(MATRIX_REPORTS)
