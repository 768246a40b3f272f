"""Folders of known issues."""

from pathlib import Path

import pytest

from harness.errors import InputError
from harness.spec import known_issues

GOOD = "schema: 1\ntitle: It fails\nsymptoms: [{console: a}]\nowner: anna\nreview: 2027-01-31\n"


def test_those_beside_the_environment_and_those_of_further_folders(tmp_path: Path) -> None:
    environment = tmp_path / "environments/shop.yaml"
    assert known_issues(environment) == ()
    for folder in ("environments/known-issues", "checkout"):
        (tmp_path / folder).mkdir(parents=True)
        for name in ("b", "a"):
            (tmp_path / folder / f"{name}.yaml").write_text(GOOD)
    found = known_issues(environment, [tmp_path / "checkout"])
    assert [str(one.path.relative_to(tmp_path)) for one in found] == [
        *("environments/known-issues/a.yaml", "environments/known-issues/b.yaml"),
        *("checkout/a.yaml", "checkout/b.yaml"),
    ]


def test_every_mistake_of_every_file_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "known-issues").mkdir()
    for name in "ab":
        (tmp_path / f"known-issues/{name}.yaml").write_text(GOOD.replace("owner: anna\n", ""))
    with pytest.raises(InputError) as wrong:
        known_issues(tmp_path / "shop.yaml")
    assert [problem.path.name for problem in wrong.value.problems] == ["a.yaml", "b.yaml"]


def test_a_folder_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder of known issues"):
        known_issues(tmp_path / "shop.yaml", [tmp_path / "nowhere"])
