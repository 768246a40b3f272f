"""An upgrade that answers in another shape: from the script error to the field, on real browsers."""

from pathlib import Path

import pytest

from harness.evidence import RunFolder
from harness.reports import REPORTS
from tests.integration.running import ROOT, Reproduce

pytestmark = pytest.mark.engine
SHELF = ROOT / "tests/integration/shelf"


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_an_error_is_followed_to_the_answer_and_to_the_plug_in(
    browser: str, reproduce: Reproduce, tmp_path: Path
) -> None:
    file = tmp_path / "shelf.yaml"
    file.write_text((SHELF / "shelf.yaml").read_text("utf-8") + f"client: {{browser: {browser}}}\n", "utf-8")
    (tmp_path / "recipes").symlink_to(SHELF / "recipes")
    ran = reproduce(file, SHELF / "see-the-books.yaml")
    assert (ran.code, ran.verdict["verdict"], ran.verdict["layer"]) == (1, "regression", "client")
    (chain,) = ran.verdict["chain"]
    assert (chain["strength"], chain["package"]) == ("established", "shelf-table@1.0")
    assert (chain["read"], chain["member"]) == ("answer.rows", "map")
    change = chain["change"]
    assert (change["endpoint"], change["path"], change["was"], change["now"]) == (
        "GET /api/books?page", "$.rows", "array", "object",
    )  # fmt: skip
    assert change["step"] == 2
    assert chain["error_step"] in (2, 3)  # the answer may come when the click is over
    comparison = RunFolder.open(ran.folder).read_comparison()
    assert comparison is not None
    found = {(item.response.rule, item.response.path) for item in comparison.differences if item.response}
    assert found == {("array-became-object", "$.rows")}  # the time it was asked differs by nature
    assert "$.rows is an object where it was an array" in REPORTS["terminal"].render(ran.folder, "en")
    assert "$.rows 现在是对象，原来是数组" in REPORTS["html"].render(ran.folder, "zh")
