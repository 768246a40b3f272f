"""harness matrix, up to the engine"""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from harness import cli, matrix
from harness.evidence import MatrixFolder
from harness.matrix import durations
from harness.matrix.planning import Plan
from harness.matrix.progress import Quiet
from harness.matrix.results import common, finish, results
from harness.model import MatrixResult, VerdictName
from tests.unit.market import Market, market
from tests.unit.matrix.made_up import cell, entry

__all__ = ["market"]  # a fixture

TEXT = "axes: {upgrade.server.product: [2.2.4, 3.10, 4.0.0]}\n"
IDS = [f"buy/product={version}" for version in ("2.2.4", "3.10", "4.0.0")]


class Command:
    """The command in a market; runs are made up, and what they were asked is kept."""

    def __init__(self, market: Market) -> None:
        self.market, self.runs = market, market.folder / ".harness/runs"
        self.file = market.write(TEXT)
        self.asked: list[tuple[Plan, dict[str, Any]]] = []
        self.verdict: VerdictName = "same"

    def __call__(self, *words: str) -> int:
        return cli.main(["matrix", *words, "--runs", str(self.runs), "--lang", "en"])

    def run(self, plan: Plan, **more: Any) -> MatrixResult:
        self.asked.append((plan, more))
        folder = more["resume"] or MatrixFolder.create(more["runs"], "m", b"", plan.set_out)
        (folder.path / "lock.yaml").touch()
        for one in plan.chosen:
            folder.write_cell(cell(one.id, self.verdict))
        result = common(plan, folder).model_copy(update={"cells": results(folder, plan.set_out)})
        return finish(folder, result, more["baseline"], [one.id for one in plan.cells])

    def left(self) -> MatrixFolder:
        (path,) = self.runs.iterdir()
        return MatrixFolder.open(path)


@pytest.fixture
def command(market: Market, monkeypatch: pytest.MonkeyPatch) -> Command:
    made = Command(market)
    monkeypatch.setattr(matrix, "run", made.run)
    monkeypatch.chdir(market.folder)
    return made


# --------------------------------------------------------------------- mistakes
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "no matrix file is named\n  → write `harness matrix FILE`"),
        (["n.matrix.yaml"], "n.matrix.yaml:1:1: there is no such file\n  → did you mean `m.matrix.yaml`?"),
        (["m.matrix.yaml", "--jobs", "0"], "--jobs must be at least 1"),
        (["m.matrix.yaml", "--jobs", "-3"], "--jobs must be at least 1"),
        (["m.matrix.yaml", "--only", "by/*"], "no cell matches `by/*`"),
        (["m.matrix.yaml", "--skip", "*=5"], "no cell matches `*=5`"),
        (["m.matrix.yaml", "--skip", "*"], "--only and --skip leave no cell\n  → `--plan` shows the ids of all cells"),
        (["m.matrix.yaml", "--shard", "4/3"],
         "`4/3` is no shard\n  → write number/count, from 1/3 to 3/3"),
        (["m.matrix.yaml", "--shard", "half"], "`half` is no shard\n  → write number/count, from 1/5 to 5/5"),
        (["m.matrix.yaml", "--shard", "1/4"],
         "3 cell(s) cannot be shared out to 4 shards\n  → take 3 shards or fewer"),
        (["m.matrix.yaml", "--shards", "2"],
         "--shards goes with --github\n  → one share of the cells is --shard 1/5"),
        (["m.matrix.yaml", "--plan", "--shards", "2"],
         "--shards goes with --github\n  → one share of the cells is --shard 1/5"),
        (["m.matrix.yaml", "--github", "--shards", "0"], "--shards must be between 1 and 256"),
        (["m.matrix.yaml", "--max-cells", "2"],
         "m.matrix.yaml:5:1: these are 3 cells, at most 2 are allowed\n"
         "  → set `budget:` or `strategy: pairwise`, or allow more with --max-cells"),
        (["m.matrix.yaml", "--durations", "took.json"],
         "took.json holds no durations: [Errno 2] No such file or directory: 'took.json'\n"
         "  → it is written when a whole matrix was run"),
        (["m.matrix.yaml", "--baseline", "known.yaml"], "known.yaml:1:1: there is no such file"),
        (["m.matrix.yaml", "--baseline", "wrong.yaml"],
         "wrong.yaml:3:4: the key `cels` is not known here\n  → did you mean `cells`?"),
        (["--resume", "nothing"],
         "nothing is not the folder of a matrix: it has no plan.json\n"
         "  → name a folder of .harness/runs, or write `latest`"),
        (["--resume", "latest"], "there is no run of a matrix in "),
        *(
            (["--resume", "latest", option, "1/2"],
             "--resume goes on with the cells of that run; --only, --skip and --shard do not go with it")
            for option in ("--only", "--skip", "--shard")
        ),
    ],
)  # fmt: skip
def test_what_is_asked_wrongly_is_said_before_anything_is_done(
    command: Command, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    Path("wrong.yaml").write_text(
        "schema: 1\nknown:\n- {cels: a, cells: a, fingerprint: 0123456789abcdef, reason: a, owner: a, "
        "expires: 2027-03-31}\n"
    )
    assert command(*words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(said)
    assert "Traceback" not in err
    assert command.asked == []
    assert not command.runs.exists()


@pytest.mark.parametrize(
    "words", [["--jobs", "two"], ["--max-cells", "many"], ["--shards", "x"], ["--only"], ["a", "b"]]
)
def test_options_that_are_none_are_refused(command: Command, words: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        command("m.matrix.yaml", *words)
    assert stop.value.code == 2


def test_a_matrix_that_is_wrong_is_said_with_its_places(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    command.market.write("axes: {server.produkt: [1], server.plugins: []}\n")
    assert command("m.matrix.yaml", "--plan") == 2
    assert capsys.readouterr().err.splitlines() == [
        "m.matrix.yaml:5:8: `server.produkt` names no field of an environment",
        "  → did you mean `server.product`?",
        "m.matrix.yaml:5:29: the axis `plugins` has no value",
        "  → list its values",
    ]


# ------------------------------------------------------------------------ plans
def test_a_plan_is_printed_and_nothing_is_run(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("m.matrix.yaml", "--plan", "--skip", "*3.10") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "m: 2 of 3 cells, 4 images at most"
    assert [line.split()[0] for line in lines[2:4]] == [IDS[0], IDS[2]]
    assert command("m.matrix.yaml", "--plan", "--lang", "zh") == 0
    assert command("m.matrix.yaml", "--plan", "--json", "--only", "*3.10") == 0
    text = capsys.readouterr().out
    assert [one["id"] for one in json.loads(text[text.index("{") :])["cells"]] == [IDS[1]]
    assert command.asked == []
    assert not command.runs.exists()


def test_a_plan_needs_no_engine(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    assert command("m.matrix.yaml", "--plan") == 0
    assert command("m.matrix.yaml", "--github") == 0


def test_the_jobs_of_a_service_are_one_value_of_json(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("m.matrix.yaml", "--github", "--skip", "*3.10") == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1, "it goes into one line of $GITHUB_OUTPUT"
    assert json.loads(out) == {"include": [{"name": one, "only": one} for one in (IDS[0], IDS[2])]}
    assert command("m.matrix.yaml", "--github", "--shards", "2") == 0
    assert [job["shard"] for job in json.loads(capsys.readouterr().out)["include"]] == ["1/2", "2/2"]
    assert command.asked == []


# ------------------------------------------------------------------------- runs
def test_a_run_is_told_what_was_asked(command: Command) -> None:
    known = [entry(IDS[0], expires="9999-12-31")]
    Path("known.yaml").write_text(f"schema: 1\nknown: {json.dumps([one.model_dump(mode='json') for one in known])}\n")
    words = ["--only", "*", "--skip", "*3.10", "--jobs", "3", "--baseline", "known.yaml", "--locked", "--refresh"]
    assert command("m.matrix.yaml", *words, "--json") == 0
    ((plan, more),) = command.asked
    assert [one.id for one in plan.chosen] == [IDS[0], IDS[2]]
    assert (more["jobs"], more["strict"], more["fresh"], more["resume"]) == (3, True, True, None)
    assert (more["baseline"].path, list(more["baseline"].known)) == ("known.yaml", known)
    assert (more["runs"], more["lang"]) == (command.runs, "en")
    assert isinstance(more["board"], Quiet)
    assert more["command"] == (
        "harness", "matrix", "m.matrix.yaml", "--only", "*", "--skip", "*3.10", "--baseline", "known.yaml",
    )  # fmt: skip


def test_one_cell_at_a_time_is_enough(command: Command) -> None:
    assert command("m.matrix.yaml", "--jobs", "1") == 0
    assert command.asked[0][1]["jobs"] == 1


def test_without_options_everything_is_run(command: Command) -> None:
    assert command("m.matrix.yaml") == 0
    ((plan, more),) = command.asked
    assert [one.id for one in plan.chosen] == IDS
    assert (more["jobs"], more["strict"], more["fresh"], more["baseline"]) == (None, False, False, None)
    assert more["command"] == ("harness", "matrix", "m.matrix.yaml")


def test_json_is_one_value_and_nothing_else(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("m.matrix.yaml", "--json") == 0
    out, err = capsys.readouterr()
    assert [one["id"] for one in json.loads(out)["cells"]] == IDS
    assert err == ""


@pytest.mark.parametrize(
    ("verdict", "known", "code"),
    [
        ("same", False, 0),
        ("regression", False, 1),
        ("regression", True, 0),
        ("unstable", False, 4),
        ("fixed", False, 0),
    ],
)
def test_the_exit_code_is_that_of_the_result(command: Command, verdict: VerdictName, known: bool, code: int) -> None:
    command.verdict = verdict
    Path("known.yaml").write_text(f"schema: 1\nknown: [{entry(expires='9999-12-31').model_dump_json()}]\n")
    assert command("m.matrix.yaml", *(["--baseline", "known.yaml"] if known else [])) == code


def test_shards_are_balanced_by_what_is_remembered_or_named(command: Command) -> None:
    first = durations.place(command.runs, "m")
    first.parent.mkdir(parents=True)
    first.write_text(json.dumps(dict(zip(IDS, (10, 90, 10), strict=True))))
    command("m.matrix.yaml", "--shard", "1/2")
    assert [one.id for one in command.asked[-1][0].chosen] == [IDS[1]]
    assert command.asked[-1][1]["command"][-2:] == ("--shard", "1/2")
    Path("took.json").write_text(json.dumps(dict(zip(IDS, (10, 10, 90), strict=True))))
    command("m.matrix.yaml", "--shard", "1/2", "--durations", "took.json")
    assert [one.id for one in command.asked[-1][0].chosen] == [IDS[2]]


def test_what_is_remembered_and_damaged_keeps_nobody_from_running(command: Command) -> None:
    path = durations.place(command.runs, "m")
    path.parent.mkdir(parents=True)
    path.write_text("{")
    assert command("m.matrix.yaml", "--shard", "1/2") == 0
    assert command("m.matrix.yaml", "--durations", str(path)) == 2


# ------------------------------------------------------------------------ resume
def test_a_run_is_gone_on_with_as_it_was(command: Command) -> None:
    command("m.matrix.yaml", "--skip", "*3.10", "--shard", "2/2")
    there = command.left()
    for words in (["--resume", str(there.path)], ["--resume", "latest"], ["m.matrix.yaml", "--resume", "latest"]):
        assert command(*words) == 0
        plan, more = command.asked[-1]
        assert more["resume"] == there
        assert plan.set_out == there.read_plan()
        assert [one.id for one in plan.chosen] == [IDS[2]]
        assert more["command"] == ("harness", "matrix", "m.matrix.yaml", "--shard", "2/2")
    assert there.read_result().shard == "2/2"


def test_a_folder_called_latest_is_that_folder(command: Command) -> None:
    command("m.matrix.yaml", "--only", "*3.10")
    command.left().path.rename("latest")
    command("m.matrix.yaml")
    command("--resume", "latest")
    assert [one.id for one in command.asked[-1][0].chosen] == [IDS[1]]


def test_a_run_is_held_again_against_its_baseline(command: Command) -> None:
    command.verdict = "regression"
    Path("known.yaml").write_text(f"schema: 1\nknown: [{entry().model_dump_json()}]\n")
    assert command("m.matrix.yaml", "--baseline", "known.yaml") == 0
    assert command("--resume", "latest") == 0
    assert command.left().read_result().baseline == "known.yaml"
    Path("other.yaml").write_text("schema: 1\nknown: []\n")
    assert command("--resume", "latest", "--baseline", "other.yaml") == 1


def test_what_shards_were_merged_to_cannot_be_gone_on_with(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    command("m.matrix.yaml")
    (command.left().path / "lock.yaml").unlink()
    capsys.readouterr()
    assert command("--resume", "latest") == 2
    assert capsys.readouterr().err == (
        f"{command.left().path} is what `harness merge` made; it cannot be gone on with\n"
        "  → go on with the run of a shard, and merge again\n"
    )


def change_axes(market: Market) -> None:
    market.write(TEXT.replace("3.10", "3.11"))


def change_scenario(market: Market) -> None:
    (market.folder / "scenarios/buy.yaml").write_text("schema: 1\nname: buy\nsteps: [open: /else]\n")


@pytest.mark.parametrize("change", [change_axes, change_scenario])
def test_a_run_of_files_that_have_changed_cannot_be_gone_on_with(
    command: Command, capsys: pytest.CaptureFixture[str], change: Callable[[Market], None]
) -> None:
    command("m.matrix.yaml", "--only", "*3.10")
    capsys.readouterr()
    change(command.market)
    path = command.left().path
    assert command("--resume", str(path)) == 2
    assert capsys.readouterr().err == (
        f"m.matrix.yaml or what it names has changed since {path}\n  → run the matrix anew, without --resume\n"
    )
    assert len(command.asked) == 1


def test_a_days_date_is_a_last_day_today(command: Command) -> None:
    """The whole way: an entry that ends today still counts."""
    command.verdict = "regression"
    today = entry(expires=date.today().isoformat())
    Path("known.yaml").write_text(f"schema: 1\nknown: [{today.model_dump_json()}]\n")
    assert command("m.matrix.yaml", "--baseline", "known.yaml") == 0
