"""Which runs are explained, and how often they are repeated for that."""

from types import SimpleNamespace
from typing import Any

import pytest

from harness import controls
from harness.model import Verdict
from harness.progress import Silent
from harness.run import Result
from tests.stories import GALLERY, SLIDES


@pytest.mark.parametrize(
    ("verdict", "asked", "repeat"),
    [(GALLERY, 0, 2), (GALLERY, 7, 7), (SLIDES, 0, None), (SLIDES, 7, 7)],
    ids=["regression", "regression, often", "same", "same, often"],
)
def test_how_often_it_is_run(verdict: Any, asked: int, repeat: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def searched(bench: Any, **options: Any) -> Verdict:
        seen.append(options["repeat"])
        main: Verdict = bench.main
        return main

    monkeypatch.setattr(controls, "_searched", searched)
    monkeypatch.setattr(controls, "Bench", SimpleNamespace)
    monkeypatch.setattr(controls, "seal", lambda *args: None)
    monkeypatch.setattr(controls, "reports", SimpleNamespace(write=lambda *args: None))
    folder = SimpleNamespace(path="run", write_verdict=lambda verdict: None)
    begun: Any = SimpleNamespace(folder=folder, ground=SimpleNamespace(secrets=None))
    result = Result(folder=folder, verdict=verdict.verdict())  # type: ignore[arg-type]
    controls.explained(begun, result, progress=Silent(), strict=False, try_newer=False, repeat=asked, lang="en")
    assert seen == ([] if repeat is None else [repeat])
