"""What became of the cells, for machines."""

import json
from pathlib import Path

from harness.matrix_reports.json import Json
from harness.model import MatrixResult
from tests.matrices import leave_matrix, matrix


def test_it_is_the_result_in_a_language(tmp_path: Path) -> None:
    folder = leave_matrix(tmp_path, matrix()).path
    found = json.loads(Json().render(folder, "zh"))
    assert found["language"] == "zh"
    assert found["cells"][0]["reason"] == {"text": "全部 5 步在升级前后都正常", "values": {}}
    assert found["cells"][8]["step"]["description"] == "视差效果已经启动"
    assert len(MatrixResult.model_validate(found).regressions) == 3


def test_in_english_the_sentences_are_whole(tmp_path: Path) -> None:
    found = json.loads(Json().render(leave_matrix(tmp_path, matrix()).path, "en"))
    assert found["cells"][8]["reason"]["text"] == (
        "Step 3 works before the upgrade and fails after it: css=body.parallax-ready is not in the page"
    )
