"""harness report"""

import argparse
import json
import os
from pathlib import Path

import pytest

from harness.commands import report
from harness.errors import InputError
from tests.matrices import leave_matrix, matrix
from tests.stories import GALLERY, SLIDES, leave_run


def run(*words: str, lang: str = "en", as_json: bool = False) -> int:
    parser = argparse.ArgumentParser()
    report.add_arguments(parser)
    args = parser.parse_args(words)
    args.lang, args.json = lang, as_json
    return report.main(args)


def test_it_renders_into_the_run_folder_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = leave_run(tmp_path, GALLERY).path
    assert run(str(folder), lang="zh") == 0
    assert capsys.readouterr().out.splitlines() == [str(folder / "report.html"), str(folder / "junit.xml")]
    assert 'lang="zh-CN"' in (folder / "report.html").read_text("utf-8")


def test_the_latest_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leave_run(tmp_path, GALLERY)
    leave_run(tmp_path, SLIDES)
    run("latest", "--runs", str(tmp_path), "--format", "terminal")
    assert capsys.readouterr().out.startswith("SAME  slides-menu")


def test_json_is_one_object_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(str(leave_run(tmp_path, GALLERY).path), as_json=True)
    assert json.loads(capsys.readouterr().out)["verdict"] == "regression"


def test_a_folder_that_is_no_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not the folder of a run"):
        run(str(tmp_path))
    with pytest.raises(InputError, match="no run with a verdict"):
        run("latest", "--runs", str(tmp_path))


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        run(str(tmp_path), "--format", "pdf")


# ------------------------------------------------------------------ matrices
def test_a_matrix_is_rendered_into_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = leave_matrix(tmp_path, matrix()).path
    assert run(str(folder), lang="zh") == 0
    names = ("matrix.html", "junit.xml", "ctrf.json", "summary.md")
    assert capsys.readouterr().out.splitlines() == [str(folder / name) for name in names]
    assert 'lang="zh-CN"' in (folder / "matrix.html").read_text("utf-8")


def test_a_matrix_is_printed_in_a_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = leave_matrix(tmp_path, matrix()).path
    run(str(folder), "--format", "terminal", "--format", "markdown")
    out = capsys.readouterr().out
    assert out.startswith("REGRESSION  jquery\n3 new regressions")
    assert out.endswith(f"{folder / 'summary.md'}\n")
    run(str(folder), as_json=True)
    assert json.loads(capsys.readouterr().out)["name"] == "jquery"


def test_the_latest_may_be_a_matrix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    older = leave_run(tmp_path, GALLERY).path
    os.utime(older / "verdict.json", (1, 1))
    leave_matrix(tmp_path, matrix())
    run("latest", "--runs", str(tmp_path), "--format", "terminal")
    assert capsys.readouterr().out.startswith("REGRESSION  jquery")


def test_a_format_of_the_other_kind_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    folder = leave_run(tmp_path, GALLERY).path
    before = sorted(folder.iterdir())
    with pytest.raises(InputError) as refused:
        run(str(folder), "--format", "html", "--format", "ctrf")
    assert "is the folder of a run, and `ctrf` is no format of it" in refused.value.into("en")
    assert "use one of: html, junit, json, markdown, terminal" in refused.value.into("en")
    assert "单次运行的文件夹" in refused.value.into("zh")
    assert sorted(folder.iterdir()) == before


# ----------------------------------------------------------------- audiences
@pytest.mark.parametrize("audience", ["customer", "vendor"])
def test_a_report_for_somebody(tmp_path: Path, audience: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = leave_run(tmp_path, GALLERY).path
    assert run(str(folder), "--for", audience) == 0
    run(str(folder), "--for", audience, "--format", "md", "--format", "markdown", lang="zh")
    out = capsys.readouterr().out
    assert out.splitlines() == [str(folder / f"{audience}.html"), str(folder / f"{audience}.md")]
    assert "升级" in (folder / f"{audience}.md").read_text("utf-8")
    for words in (("--format", "json"), ()):
        run(str(folder), "--for", audience, *words, as_json=not words)
        assert json.loads(capsys.readouterr().out)["audience"] == audience


def test_an_engineer_gets_everything_as_without_a_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = leave_run(tmp_path, GALLERY).path
    run(str(folder), "--for", "engineer", "--format", "md")
    assert capsys.readouterr().out.splitlines() == [str(folder / "issue.md")]
    text = (folder / "issue.md").read_text("utf-8")
    assert text.index("**For the customer**") < text.index("**For the vendor**") < text.index("### Steps")


def test_a_format_that_is_not_for_them_is_refused(tmp_path: Path) -> None:
    folder = leave_run(tmp_path, GALLERY).path
    with pytest.raises(InputError) as refused:
        run(str(folder), "--for", "customer", "--format", "junit")
    assert refused.value.into("en").splitlines()[0].endswith("`junit` is no format for a customer")
    assert "use one of: html, markdown, json" in refused.value.into("en")


def test_of_a_matrix_nothing_is_said_to_a_customer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = leave_matrix(tmp_path, matrix()).path
    with pytest.raises(InputError) as refused:
        run(str(folder), "--for", "customer")
    assert "is the folder of a matrix, and only of a single run" in refused.value.into("en")
    assert f"such as {folder}" in refused.value.into("en")
    run(str(folder), "--for", "engineer", "--format", "md")
    assert capsys.readouterr().out.splitlines() == [str(folder / "summary.md")]
