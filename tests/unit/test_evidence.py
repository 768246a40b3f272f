"""The run folder: complete files or none, and clear words where one is missing."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness import evidence
from harness.errors import InputError
from harness.evidence import RunFolder, latest, write_whole
from tests.stories import DATASETTE, FLASK_ADMIN, GALLERY, SIDES, STORIES, leave_run, lock_of, with_fault, write_trace


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
    (tmp_path / "e.yaml").write_bytes("name: 图库\r\n".encode())
    (tmp_path / "s.yaml").write_bytes(b"steps: []\n")
    folder.keep_inputs(tmp_path / "e.yaml", tmp_path / "s.yaml")
    assert (folder.path / "environment.yaml").read_bytes() == "name: 图库\r\n".encode()
    assert (folder.path / "scenario.yaml").read_bytes() == b"steps: []\n"


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
