"""The run folder: complete files or none, and clear words where one is missing."""

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness import evidence
from harness.errors import InputError
from harness.evidence import MatrixFolder, RunFolder, latest, opened, write_whole
from harness.evidence.files import linked, new_folder
from harness.model import MatrixPlan, MatrixResult, PlannedCell
from tests.stories import DATASETTE, FLASK_ADMIN, GALLERY, SIDES, STORIES, leave_run, lock_of, with_fault, write_trace
from tests.unit.matrix.made_up import cell


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "runs", "gallery-parallax")


# ------------------------------------------------------------------ folders
def test_a_new_folder_has_time_and_name(folder: RunFolder) -> None:
    assert folder.path.name.endswith("-gallery-parallax")
    assert folder.side("before").is_dir()


def test_many_at_once_get_a_folder_each(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: RunFolder.create(tmp_path, "a").path, range(40)))
    assert len(set(made)) == 40


@pytest.mark.parametrize("name", ["../../etc", "a/b", "", "…", "x" * 500, ".hidden"])
def test_no_name_leads_out_of_the_root(tmp_path: Path, name: str) -> None:
    assert RunFolder.create(tmp_path, name).path.parent == tmp_path


def test_a_root_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot make a run folder"):
        RunFolder.create(tmp_path / "file", "a")


def test_what_is_no_run_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    for name, words in (
        ("nothing", "there is no folder"),
        ("file", "is a file"),
        ("empty", "is not the folder of a run"),
    ):
        with pytest.raises(InputError, match=words):
            RunFolder.open(tmp_path / name)


def test_the_latest_run_is_the_one_judged_last(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run with a verdict"):
        latest(tmp_path)
    first, second = leave_run(tmp_path, GALLERY), leave_run(tmp_path, DATASETTE)
    RunFolder.create(tmp_path, "still-running")
    os.utime(first.path / "verdict.json", (1, 1))
    assert latest(tmp_path).path == second.path


def test_the_latest_may_be_a_matrix_that_came_to_its_end(tmp_path: Path) -> None:
    run = leave_run(tmp_path, GALLERY)
    os.utime(run.path / "verdict.json", (1, 1))
    plan = MatrixPlan(matrix="a.matrix.yaml", digest="", cells=(), chosen=())
    started = MatrixFolder.create(tmp_path, "started", b"", plan)
    assert latest(tmp_path).path == run.path
    started.write_result(MatrixResult(name="a"))
    assert latest(tmp_path) == started
    assert opened(run.path) == RunFolder(path=run.path)


# -------------------------------------------------------------------- files
def test_everything_written_is_read_again(tmp_path: Path) -> None:
    for story in STORIES:
        folder = leave_run(tmp_path, story)
        for side in SIDES:
            assert folder.read_trace(side) == story.trace(side)
            har = json.loads((folder.side(side) / "network.har").read_text("utf-8"))
            assert har["log"]["version"] == "1.2"
        assert folder.read_lock() == lock_of(story)
        assert folder.read_comparison() is not None
        assert folder.read_verdict() == story.verdict(run_folder=str(folder.path))


def test_the_users_files_are_copied_byte_for_byte(folder: RunFolder, tmp_path: Path) -> None:
    recipe = tmp_path / "recipes" / "shop"
    (recipe / "files").mkdir(parents=True)
    (recipe / "recipe.yaml").write_bytes(b"name: shop\r\n")
    (recipe / "files" / "run.sh").write_bytes(b"#!/bin/sh\n")
    (recipe / "files" / "run.sh").chmod(0o755)
    (tmp_path / "secret").write_text("not beside the recipe")
    (recipe / "files" / "link").symlink_to(tmp_path / "secret")
    folder.keep_inputs("name: 图库\r\n".encode(), b"steps: []\n", [recipe])
    assert (folder.path / "environment.yaml").read_bytes() == "name: 图库\r\n".encode()
    assert (folder.path / "scenario.yaml").read_bytes() == b"steps: []\n"
    kept = folder.path / "recipes" / "shop"
    assert sorted(path.name for path in kept.rglob("*") if path.is_file()) == ["recipe.yaml", "run.sh"]
    assert (kept / "recipe.yaml").read_bytes() == b"name: shop\r\n"
    assert os.access(kept / "files" / "run.sh", os.X_OK)


def test_extensions_are_kept_beside_the_environment_file(folder: RunFolder, tmp_path: Path) -> None:
    banner = tmp_path / "extensions" / "banner"
    (banner / "js").mkdir(parents=True)
    (banner / "js" / "banner.js").write_text("1")
    packed = tmp_path / "extensions" / "packed.crx"
    packed.write_bytes(b"Cr24")
    folder.keep_inputs("", b"", [banner, packed])
    assert (folder.path / "extensions/banner/js/banner.js").read_text() == "1"
    assert (folder.path / "extensions/packed.crx").read_bytes() == b"Cr24"


def test_a_side_is_borrowed_from_another_run(folder: RunFolder, tmp_path: Path) -> None:
    other = RunFolder.create(tmp_path / "runs", "other")
    (other.side("before") / "dom").mkdir()
    (other.side("before") / "dom" / "01.html").write_text("<p>")
    (other.side("after") / "server.log").write_text("after")
    folder.borrow(other, "before")
    assert (folder.side("before") / "dom" / "01.html").read_text() == "<p>"
    assert list(folder.side("after").iterdir()) == []


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_whole(tmp_path / "a", "old")

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "a", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old"


@pytest.mark.parametrize("content", ["", "{", "{}", '{"verdict": "perhaps"}', "\xff"])
def test_a_damaged_verdict_is_said(folder: RunFolder, content: str) -> None:
    (folder.path / "verdict.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(InputError, match=r"verdict\.json is damaged"):
        folder.read_verdict()


def test_a_missing_verdict_is_said(folder: RunFolder) -> None:
    with pytest.raises(InputError, match="the run did not get so far"):
        folder.read_verdict()


@pytest.mark.parametrize("content", ["[", "digest: 1", "- a", "{a: &a [*a]}"])
def test_a_damaged_lock_is_said(folder: RunFolder, content: str) -> None:
    (folder.path / "lock.yaml").write_text(content)
    with pytest.raises(InputError, match=r"lock\.yaml is damaged"):
        folder.read_lock()


# ------------------------------------------------------------------- traces
def test_no_trace_is_no_error(folder: RunFolder) -> None:
    assert folder.read_trace("before") is None
    assert folder.read_comparison() is None
    assert folder.read_lock() is None


def test_a_fault_is_part_of_the_trace(folder: RunFolder) -> None:
    trace = with_fault(GALLERY.trace("after"))
    write_trace(folder, trace)
    assert folder.read_trace("after") == trace


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_trace_that_was_cut_anywhere_can_be_read(folder: RunFolder, data: st.DataObject) -> None:
    trace = FLASK_ADMIN.trace("after")
    write_trace(folder, trace)
    whole = folder.trace_path("after").read_bytes()
    cut = data.draw(st.integers(min_value=0, max_value=len(whole)))
    folder.trace_path("after").write_bytes(whole[:cut])
    found = folder.read_trace("after")
    folder.trace_path("after").write_bytes(whole)
    assert found is not None
    assert found.observations == trace.observations[: len(found.observations)]
    assert found.outcomes == trace.outcomes[: len(found.outcomes)]


@pytest.mark.parametrize("line", ["{not json}", "7", '{"kind": "unheard-of"}', '{"outcome": "perhaps"}'])
def test_a_line_that_was_changed_by_hand_is_said(folder: RunFolder, line: str) -> None:
    write_trace(folder, GALLERY.trace("after"))
    path = folder.trace_path("after")
    path.write_text(line + "\n" + path.read_text("utf-8"), "utf-8")
    with pytest.raises(InputError, match=r"trace\.jsonl is damaged: line 1"):
        folder.read_trace("after")


def test_what_a_trace_names_is_only_found_inside_the_folder(folder: RunFolder) -> None:
    (folder.path / "before" / "a.png").write_bytes(b"a")
    (folder.path.parent / "secret").write_text("secret")
    (folder.path / "link").symlink_to(folder.path.parent / "secret")
    assert folder.evidence("before/a.png") is not None
    for path in ("../secret", "/etc/passwd", "link", "before", "missing.png", "a\0b", "x" * 5000):
        assert folder.evidence(path) is None


def test_the_end_of_a_log_starts_with_a_whole_line(folder: RunFolder) -> None:
    (folder.side("before") / "server.log").write_text("".join(f"line {n}\n" for n in range(1000)))
    end = folder.read_log_end("before", "server.log", 100)
    assert end.startswith("line 9")
    assert end.endswith("line 999\n")
    assert folder.read_log_end("after", "server.log") == ""


def test_the_marks_of_this_module_are_the_sides_there_are() -> None:
    assert evidence.SIDES == ("before", "after")


# ------------------------------------------------------------------ new folders
def test_many_at_once_get_a_folder_of_one_name_each(tmp_path: Path) -> None:
    barrier = Barrier(8, timeout=20)

    def make(_: int) -> Path:
        barrier.wait()
        return new_folder(tmp_path / "runs", "jquery")

    with ThreadPoolExecutor(8) as pool:
        made = [path for _ in range(4) for path in pool.map(make, range(8))]
    assert len(set(made)) == 32
    assert all(path.is_dir() for path in made)


def test_a_folder_is_named_by_the_local_time(tmp_path: Path) -> None:
    name = new_folder(tmp_path, "jquery").name
    assert re.fullmatch(r"\d{8}-\d{6}-jquery", name)
    assert abs(datetime.now() - datetime.strptime(name[:15], "%Y%m%d-%H%M%S")) < timedelta(hours=1)


# ------------------------------------------------------------------------ links
def test_a_file_is_linked_without_room_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    linked(tmp_path / "a", tmp_path / "deep/er/b")
    assert (tmp_path / "deep/er/b").samefile(tmp_path / "a")


def test_a_file_is_copied_where_links_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    (tmp_path / "a").write_text("a")
    linked(tmp_path / "a", tmp_path / "deep/b")
    (tmp_path / "a").write_text("other")
    assert (tmp_path / "deep/b").read_text() == "a"


# ----------------------------------------------------------- folders of matrices
PLAN = MatrixPlan(
    matrix="environments/m.matrix.yaml",
    digest="0" * 64,
    cells=(
        PlannedCell(id="buy/a=1", scenario="buy", values={"a": "1"}),
        PlannedCell(id="s/a=2", scenario="s", values={}),
    ),
    chosen=("buy/a=1",),
    shard="1/2",
)


@pytest.fixture
def of_matrix(tmp_path: Path) -> MatrixFolder:
    return MatrixFolder.create(tmp_path / "runs", "m", "name: 图库\n".encode(), PLAN)


def test_a_folder_of_a_matrix_has_its_file_and_its_plan(of_matrix: MatrixFolder) -> None:
    assert of_matrix.path.name.endswith("-m")
    assert (of_matrix.path / "matrix.yaml").read_bytes() == "name: 图库\n".encode()
    assert MatrixFolder.open(of_matrix.path).read_plan() == PLAN
    assert PLAN.ids == ("buy/a=1", "s/a=2")


def test_what_is_no_folder_of_a_matrix_is_said(of_matrix: MatrixFolder, tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path, of_matrix.path / "plan.json"):
        with pytest.raises(InputError) as caught:
            MatrixFolder.open(path)
        assert caught.value.into("en") == (
            f"{path} is not the folder of a matrix: it has no plan.json\n"
            "  → name a folder of .harness/runs, or write `latest`"
        )


def test_the_latest_matrix_is_the_one_that_began_last(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no run of a matrix in"):
        MatrixFolder.latest(tmp_path)
    for name in ("20261124-203102-b", "20261125-080000-a", "20261124-203102-c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "plan.json").write_text("{}")
    (tmp_path / "20261126-080000-single-run").mkdir()
    assert MatrixFolder.latest(tmp_path).path.name == "20261125-080000-a"


def test_runs_of_a_cell_are_numbered(of_matrix: MatrixFolder) -> None:
    made = [of_matrix.new_run("buy/a=1").path for _ in range(11)]
    assert [path.name for path in made] == [str(number) for number in range(1, 12)]
    assert {path.parent for path in made} == {of_matrix.path / "cells/buy/a=1"}
    assert (made[0] / "before").is_dir()
    assert of_matrix.new_run("buy/a=2").path.name == "1"


@pytest.mark.parametrize(
    "cell_id",
    ["buy/a=1", "buy/base", "buy/@scope/name=1.0,a=2", "buy/版本=最新", f"buy/{'x' * 400}=1", f"buy/{'版' * 90}=1"],
)
def test_a_cell_of_any_id_has_a_folder_and_a_result(of_matrix: MatrixFolder, cell_id: str) -> None:
    run = of_matrix.new_run(cell_id)
    assert run.path.is_relative_to(of_matrix.path / "cells")
    result = cell(cell_id)
    of_matrix.write_cell(result)
    assert of_matrix.read_cells([cell_id, "buy/other=1"]) == {cell_id: result}


def test_cells_whose_ids_are_cut_have_folders_of_their_own(of_matrix: MatrixFolder) -> None:
    ids = [f"buy/{'x' * 300}={number}" for number in range(3)]
    assert len({of_matrix.cell(one) for one in ids}) == 3
    assert of_matrix.cell(f"buy/{'x' * 240}").name == "x" * 240
    assert len(of_matrix.cell(f"buy/{'x' * 241}").name) == 240


def test_a_cell_is_taken_from_another_folder(of_matrix: MatrixFolder, tmp_path: Path) -> None:
    other = MatrixFolder.create(tmp_path / "runs", "m", b"", PLAN)
    run = other.new_run("buy/a=1")
    (run.side("before") / "dom").mkdir()
    (run.side("before") / "dom/01.html").write_text("<p>")
    other.write_cell(cell("buy/a=1"))
    other.write_cell(cell("buy/a=10"))
    of_matrix.take_cell(other, "buy/a=1")
    of_matrix.take_cell(other, "buy/nothing=1")
    taken = of_matrix.cell("buy/a=1")
    assert (taken / "1/before/dom/01.html").samefile(run.path / "before/dom/01.html")
    assert of_matrix.read_cells(["buy/a=1", "buy/a=10"]) == {"buy/a=1": cell("buy/a=1")}


def test_a_result_of_a_matrix_is_read_again(of_matrix: MatrixFolder) -> None:
    result = MatrixResult(name="m", cells=(cell("buy/a=1", "regression"),))
    of_matrix.write_result(result)
    assert of_matrix.read_result() == result


@pytest.mark.parametrize("content", ["", "{", "[]", '{"name": 7}'])
def test_what_is_damaged_in_the_folder_of_a_matrix_is_said(of_matrix: MatrixFolder, content: str) -> None:
    with pytest.raises(InputError, match=r"matrix\.json is not there: the run did not get so far"):
        of_matrix.read_result()
    of_matrix.write_cell(cell("buy/a=1"))
    for file in ("matrix.json", "plan.json", "cells/buy/a=1/result.json"):
        (of_matrix.path / file).write_text(content)
    for read, file in (
        (of_matrix.read_result, "matrix.json"),
        (of_matrix.read_plan, "plan.json"),
        (lambda: of_matrix.read_cells(["buy/a=1"]), "result.json"),
    ):
        with pytest.raises(InputError, match=rf"{file} is damaged"):
            read()
