"""What is said of a gateway that was tried: never more than the run with it showed. The run itself is a test's."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.compare import compare
from harness.controls import suggesting
from harness.controls.telling import Told
from harness.controls.trials import Trial
from harness.errors import InputError
from harness.evidence import RunFolder
from harness.language import Message
from harness.model import Conclusion, Environment, Found, Outcome, Ref, Request, Seal, Server, Trace, Verdict
from harness.progress import Silent
from harness.writing.suggestion import suggestion_text
from tests.unit.controls.lab import SAME, regression, verdict

ROWS = [{"id": 1, "title": "Emma"}, {"id": 2, "title": "Ivanhoe"}]
SIDES = {name: Environment(server=Server(product=Ref(name="shop", version=version)))
         for name, version in (("before", "1"), ("after", "2"))}  # fmt: skip
Suggest = Callable[[Any, Verdict | None], suggesting.Suggestion]


def trace(side: Any, body: Any, step: str) -> Trace:
    url = "http://product:8000/api"
    answer = Request(step=1, time_s=1, method="GET", url=url, resource="fetch", status=200,
                     mime_type="application/json", body=body)  # fmt: skip
    outcomes = (
        Outcome(number=1, action="open", description={"en": "open"}, outcome="passed"),
        Outcome(number=2, action="expect", description={"en": "look"}, outcome=step),  # type: ignore[arg-type]
    )
    return Trace(side=side, browser="x", outcomes=outcomes, observations=(answer,))


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run in which an answer got an envelope, and a step fails since."""
    return made(tmp_path / "run", {"data": ROWS})


def made(path: Path, new: Any) -> RunFolder:
    folder = RunFolder.at(path)
    traces = trace("before", ROWS, "passed"), trace("after", new, "failed")
    for one in traces:
        folder.write_trace(one)
    folder.write_comparison(compare(*traces))
    update = {"environments": SIDES, "environment": "shop", "scenario": "look", "conclusion": Conclusion(cause=None)}
    folder.write_verdict(regression(2).model_copy(update=update))
    return folder


@pytest.fixture
def suggest(monkeypatch: pytest.MonkeyPatch) -> Callable[[RunFolder, Verdict | None], suggesting.Suggestion]:
    """``suggest``, where the run with the gateway comes to that verdict; None: it breaks for our reasons."""

    def suggested(folder: RunFolder, found: Verdict | None) -> suggesting.Suggestion:
        class Bench:
            def __init__(self, **given: Any) -> None:
                self.main = given["main"]

            def ask(self, trial: Trial) -> Told:
                why = None if found else Message("no engine")
                return Told(trial=trial, name=trial.name, main=self.main, verdict=found, why=why)

        class Begun:
            class case:
                from harness.model import EnvironmentFile

                file = EnvironmentFile(path=folder.path / "environment.yaml", name="shop",
                                       environments=tuple(SIDES.values()))  # fmt: skip

            class ground:
                from harness.masking import Secrets

                secrets = Secrets()

        monkeypatch.setattr(suggesting, "Bench", Bench)
        monkeypatch.setattr(suggesting.run, "again", lambda *_, **__: Begun)
        return suggesting.suggest(folder, progress=Silent())

    return suggested


def test_a_mend_that_was_seen(run: RunFolder, suggest: Any) -> None:
    found = suggest(run, SAME)
    assert (found.outcome, found.gateway) == ("mended", "gateways/suggested.yaml")
    assert found.transforms == ("GET /api: unwrap: $, from: data",)
    assert [one.shape for one in found.recorded] == ["exact"]
    text = suggestion_text(found, "en")
    assert "MENDED  shop × look\nWith the gateway the failure is gone" in text
    assert "GET /api (step 1): exactly the old shape" in text
    conclusion = run.read_verdict().conclusion
    assert conclusion
    assert conclusion.mended_by == ("gateways/suggested.yaml",)
    assert "It works again with gateways/suggested.yaml" in conclusion.text
    assert "网关" in (run.path / "compat.zh.txt").read_text("utf-8")
    assert (run.path / "compat.en.txt").read_text("utf-8") == text + "\n"
    assert run.read_seal().files["gateways/suggested.yaml"]


@pytest.mark.parametrize(
    ("seen", "outcome", "words"),
    [
        (verdict("same", errors=1), "worse", "something came up that was not there before"),
        (regression(2), "not-mended", "it fails as before, at step 2"),
        (regression(1), "not-mended", "it fails in another way, at step 1"),
        (None, "no-answer", "could not be told: no answer: no engine"),
    ],
)
def test_no_mend_that_was_not_seen(
    seen: Verdict | None, outcome: str, words: str, run: RunFolder, suggest: Any
) -> None:
    found = suggest(run, seen)
    assert found.outcome == outcome
    assert words in suggestion_text(found, "en")
    assert run.read_verdict().conclusion == Conclusion(cause=None)


def test_information_that_is_gone_is_said_to_be_gone(tmp_path: Path, suggest: Any) -> None:
    found = suggest(made(tmp_path / "run", [{"id": 1}, {"id": 2}]), SAME)
    assert (found.outcome, found.gateway, found.control) == ("nothing-to-try", "", None)
    assert "GET /api: $[*].title is gone" in suggestion_text(found, "en")
    assert not (tmp_path / "run/gateways").exists()


def test_a_second_one_has_a_file_of_its_own(run: RunFolder, suggest: Any) -> None:
    assert [suggest(run, regression(2)).gateway for _ in range(2)] == [
        "gateways/suggested.yaml",
        "gateways/suggested-2.yaml",
    ]


def test_a_secret_that_the_run_left_stays_known(run: RunFolder, suggest: Any) -> None:
    """Nobody knows it any more when the gateway is tried; what is still as it was still holds it."""
    for name in ("kept.txt", "changed.txt"):
        (run.path / name).write_text("hunter2")
    sealed = {name: hashlib.sha256(b"hunter2").hexdigest() for name in ("kept.txt", "changed.txt")}
    found = tuple(Found(file=name, secret="env:WORD", encoding="plain") for name in sealed)
    (run.path / "seal.json").write_text(Seal(secrets=3, files=sealed, found=found).model_dump_json())
    (run.path / "changed.txt").write_text("***")
    suggest(run, SAME)
    seal = run.read_seal()
    assert (seal.secrets, [one.file for one in seal.found]) == (3, ["kept.txt"])


def test_where_nothing_broke_nothing_is_mended(run: RunFolder, suggest: Any) -> None:
    run.write_verdict(SAME)
    with pytest.raises(InputError, match="there is no regression to mend"):
        suggest(run, SAME)
