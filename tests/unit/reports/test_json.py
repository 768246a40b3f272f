"""The verdict for machines."""

import json
from pathlib import Path

from harness.reports.json import Json
from tests.stories import FLASK_ADMIN, leave_run


def test_everything_that_was_promised_is_there(tmp_path: Path) -> None:
    found = json.loads(Json().render(leave_run(tmp_path, FLASK_ADMIN).path, "en"))
    assert found["verdict"] == "regression"
    assert found["layer"] == "server"
    assert (found["step"]["number"], found["step"]["description"]) == (4, "Type the name")
    assert found["reason"].startswith("Step 4 works before the upgrade and fails after it")
    assert {error["text"] for error in found["errors"]} == {
        "HTTP 500",
        "AttributeError: 'tuple' object has no attribute 'items'",
    }
    assert (found["before"]["steps_passed"], found["after"]["steps_passed"]) == (7, 3)
    assert found["before"]["seconds"] > 0
    assert found["run_folder"].endswith("-flask-admin")
    assert found["environment_diff"] == [{"path": "server.dependencies.wtforms", "before": "3.1.2", "after": "3.2.1"}]


def test_the_sentence_is_in_the_language_that_is_asked_for(tmp_path: Path) -> None:
    folder = leave_run(tmp_path, FLASK_ADMIN)
    assert json.loads(Json().render(folder.path, "zh"))["step"]["description"] == "输入姓名"
