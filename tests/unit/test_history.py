"""Stored results to yes, no or unknown."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence import MatrixFolder
from harness.history import Finding, Question, answer, findings
from harness.model import Environment, MatrixPlan, MatrixResult, Ref, Side, VerdictName
from harness.model.environment import CompatRef
from tests.stories import GALLERY, SLIDES, leave_run
from tests.unit.matrix.made_up import cell, environment

OLD, NEW = "gallery@1.12.4", "gallery@3.7.1"


def finding(
    verdict: VerdictName = "same",
    after: str = NEW,
    *plugins: str,
    case: str = "show/a=1",
    before: str = OLD,
    compat: Sequence[str] = (),
    started: str = "2026-11-22T20:00:00+01:00",
) -> Finding:
    return Finding(
        case=case,
        verdict=verdict,
        before=environment(before, *plugins).server,
        after=environment(after, *plugins, compat=compat).server,
        started=started,
        evidence=f"runs/{case}",
    )


def question(to: str = NEW, *plugins: str, before: str = "", compat: Sequence[str] = ()) -> Question:
    return Question(
        to=Ref.model_validate(to),
        before=Ref.model_validate(before) if before else None,
        plugins=tuple(map(Ref.model_validate, plugins)),
        compat=tuple(map(Ref.model_validate, compat)),
    )


# --------------------------------------------------------------------- answers
@pytest.mark.parametrize(
    ("asked", "found", "said"),
    [
        (question(), [], "unknown"),
        (question(), [finding()], "yes"),
        (question(), [finding("fixed")], "yes"),
        (question(), [finding("regression")], "no"),
        (question(), [finding("broken-both")], "unknown"),
        (question(), [finding("unstable")], "unknown"),
        (question(), [finding("no-verdict")], "unknown"),
        (question(), [finding(), finding("regression", case="show/a=2")], "no"),
        (question(), [finding("unstable"), finding("regression", case="show/a=2")], "no"),
        (question(), [finding(), finding("unstable", case="show/a=2")], "unknown"),
        # versions
        (question("gallery@3.7.1"), [finding(after="gallery@3.7.10")], "unknown"),
        (question("gallery@3.7"), [finding()], "yes"),
        (question("gallery@3"), [finding()], "yes"),
        (question("gallery@3.*"), [finding()], "yes"),
        (question("gallery@37"), [finding()], "unknown"),
        (question("gallery@>=3,<4"), [finding()], "yes"),
        (question("gallery@>=3,<3.7"), [finding()], "unknown"),
        (question("gallery@latest"), [finding(), finding("regression", "gallery@2.0.0", case="b/x")], "yes"),
        (question("gallery@latest"), [finding("regression"), finding(after="gallery@2.0.0", case="b/x")], "no"),
        (question("gallery@latest"), [finding("regression", "gallery@4.0.0b1", case="b/x"), finding()], "yes"),
        (question("gallery@oldest"), [finding(), finding("regression", "gallery@2.0.0", case="b/x")], "no"),
        (question(before="gallery@oldest"),
         [finding(), finding("regression", before="gallery@2.0.0", case="b/x")], "yes"),
        (question("gallery@oldest"), [finding()], "yes"),
        (question("gallery@1.12.4"), [finding("regression")], "unknown"),  # the version before
        # products
        (question("shop@3.7.1"), [finding()], "unknown"),
        (question("shop@3.7.1"), [finding(after="shop@3.7.1")], "unknown"),  # another product before
        (question("gallery@3.7.1"), [finding(before="shop@1")], "unknown"),
        # the version before
        (question(before="gallery@1.12.4"), [finding()], "yes"),
        (question(before="gallery@1"), [finding()], "yes"),
        (question(before="gallery@2"), [finding()], "unknown"),
        (question(before="gallery@<3"), [finding(), finding("regression", before="gallery@3.0.0", case="b/x")], "yes"),
        # plug-ins
        (question(), [finding("regression", NEW, "stellar@0.6.2")], "no"),
        (question(NEW, "stellar"), [finding("regression", NEW, "stellar@0.6.2")], "no"),
        (question(NEW, "stellar@0.6"), [finding("regression", NEW, "stellar@0.6.2")], "no"),
        (question(NEW, "stellar@0.7"), [finding("regression", NEW, "stellar@0.6.2")], "unknown"),
        (question(NEW, "stellar"), [finding()], "unknown"),
        (question(NEW, "stellar"), [finding(), finding("same", NEW, "stellar@0.7.0", case="b/x")], "yes"),
        (question(NEW, "stellar", "cart"), [finding("same", NEW, "stellar@0.6.2")], "unknown"),
        (question(NEW, "stellar", "cart"), [finding("same", NEW, "cart@1.0", "stellar@0.6.2", "lamp@1")], "yes"),
        (question(NEW, "gallery"), [finding()], "unknown"),  # the product is no plug-in
        # compat layers
        (question(), [finding("same", compat=["migrate@3.6.0"])], "unknown"),
        (question(), [finding("regression"), finding("same", compat=["migrate@3.6.0"], case="b/x")], "no"),
        (question(compat=["migrate"]), [finding("regression"), finding("same", compat=["migrate@3.6.0"], case="b")],
         "yes"),
        (question(compat=["migrate@3.5"]), [finding("same", compat=["migrate@3.6.0"])], "unknown"),
        (question(compat=["migrate"]), [finding()], "unknown"),
        (question(compat=["migrate"]), [finding("same", compat=["migrate@3.6.0", "bridge@1.0"])], "unknown"),
    ],
)  # fmt: skip
def test_what_stored_results_say(asked: Question, found: list[Finding], said: str) -> None:
    assert answer(asked, found).answer == said
    assert answer(asked, iter(found[::-1])).answer == said


# ---------------------------------------------------------------------- newest
@pytest.mark.parametrize(
    ("older", "newer", "said"),
    [
        ("2026-11-22T20:00:00+01:00", "2026-11-23T08:00:00+01:00", "no"),
        ("2026-11-22T20:00:00+08:00", "2026-11-22T13:00:00+00:00", "no"),  # 12:00 and 13:00 in Greenwich
        ("2026-10-25T02:30:00+02:00", "2026-10-25T02:15:00+01:00", "no"),  # the clocks were put back
        ("", "2026-11-22T20:00:00+01:00", "no"),
        ("yesterday", "2026-11-22T20:00:00+01:00", "no"),
    ],
)
def test_of_one_case_the_newest_counts(older: str, newer: str, said: str) -> None:
    found = [finding(started=older), finding("regression", started=newer)]
    for order in (found, found[::-1]):
        assert answer(question(), order).answer == said
        assert answer(question(), order).findings == (found[1],)


def test_cases_of_other_versions_are_cases_of_their_own() -> None:
    found = [
        finding("regression", NEW, "stellar@0.6.2"),
        finding("same", NEW, "stellar@0.7.0", started="2026-12-01T00:00:00+01:00"),
        finding("same", before="gallery@1.0.0", started="2026-12-01T00:00:00+01:00"),
    ]
    assert answer(question(), found).answer == "no"
    assert len(answer(question(), found).findings) == 3


@pytest.mark.parametrize(("told", "said"), [("same", "yes"), ("regression", "no"), ("unstable", "unknown")])
def test_a_run_that_told_nothing_takes_nothing_back(told: VerdictName, said: str) -> None:
    found = [finding(told), finding("no-verdict", started="2026-12-01T00:00:00+01:00")]
    assert answer(question(), found).answer == said
    assert [one.verdict for one in answer(question(), found).findings] == [told]


# ----------------------------------------------------------------------- order
def test_those_that_say_so_come_first() -> None:
    verdicts: dict[str, VerdictName] = {"d": "regression", "a": "same", "b": "regression", "c": "unstable"}
    found = [finding(verdict, case=case) for case, verdict in verdicts.items()]
    assert [one.case for one in answer(question(), found).findings] == ["b", "d", "a", "c"]
    undecided = [finding("same", case="a"), finding("unstable", case="c"), finding("broken-both", case="b")]
    assert [one.case for one in answer(question(), undecided).findings] == ["b", "c", "a"]


def test_what_other_compat_layers_do_is_told_beside() -> None:
    with_layer = finding("same", compat=["migrate@3.6.0"], case="b/x")
    said = answer(question(), [finding("regression"), with_layer])
    assert said.findings == (finding("regression"),)
    assert said.otherwise == (with_layer,)
    said = answer(question(compat=["migrate"]), [finding("regression"), with_layer])
    assert (said.findings, said.otherwise) == ((with_layer,), ())


found_anyhow = st.lists(
    st.builds(
        finding,
        st.sampled_from(["same", "fixed", "regression", "broken-both", "unstable", "no-verdict"]),
        st.sampled_from([NEW, "gallery@2.0.0", "shop@1"]),
        case=st.sampled_from(["a", "b"]),
        compat=st.sampled_from([[], ["migrate@3.6.0"]]),
        started=st.sampled_from(["2026-11-22T20:00:00+01:00", "2026-11-23T20:00:00+01:00", ""]),
    ),
    max_size=6,
)


@given(found_anyhow)
def test_an_answer_is_what_its_findings_say(found: list[Finding]) -> None:
    said = answer(question(), found)
    verdicts = {one.verdict for one in said.findings}
    assert all(one.after.product == Ref.model_validate(NEW) and not one.after.compat for one in said.findings)
    assert (said.answer == "no") is ("regression" in verdicts)
    assert (said.answer == "yes") is (bool(verdicts) and verdicts <= {"same", "fixed"})
    assert set(map(id, said.findings)) <= set(map(id, found))


# --------------------------------------------------------------------- reading
def matrix(runs: Path, name: str, *cells: object) -> MatrixFolder:
    folder = MatrixFolder.create(runs, name, b"", MatrixPlan(matrix="m.yaml", digest="0", cells=(), chosen=()))
    result = {"name": name, "cells": cells, "started": "2026-11-22T20:00:00+01:00"}
    folder.write_result(MatrixResult.model_validate(result))
    return folder


def test_results_of_matrices_and_of_runs_are_found(tmp_path: Path) -> None:
    both: dict[Side, Environment] = {"before": environment(OLD), "after": environment(NEW)}
    folder = matrix(tmp_path, "m", cell("show/a=1", "regression", environments=both), cell("show/a=2", "no-verdict"))
    run = leave_run(tmp_path, GALLERY)
    of_matrix, of_run = findings(tmp_path)
    assert (of_matrix.case, of_matrix.verdict) == ("show/a=1", "regression")
    assert (of_matrix.before, of_matrix.after) == (both["before"].server, both["after"].server)
    assert of_matrix.started == "2026-11-22T20:00:00+01:00"
    assert of_matrix.evidence == str(folder.path / "cells/show/a=1/1")
    assert (of_run.case, of_run.verdict) == ("gallery-parallax × show-prices", "regression")
    assert of_run.after.product == Ref.model_validate(NEW)
    assert of_run.started == "2026-11-22T20:31:02+01:00"
    assert of_run.evidence == str(run.path)


def test_what_works_behind_a_gateway_is_no_yes_without_it(tmp_path: Path) -> None:
    folder = leave_run(tmp_path, SLIDES)
    verdict = folder.read_verdict()
    after = verdict.environments["after"]
    behind = after.model_copy(update={"link": after.link.model_copy(update={"gateways": ("gateways/old.yaml",)})})
    folder.write_verdict(verdict.model_copy(update={"environments": {**verdict.environments, "after": behind}}))
    (found,) = findings(tmp_path)
    assert [str(ref) for ref in found.after.compat] == ["gateways/old.yaml"]
    asked = Question(to=after.server.product)
    assert answer(asked, [found]).answer == "unknown"
    layer = CompatRef(name="gateways/old.yaml")
    assert answer(Question(to=asked.to, compat=(layer,)), [found]).answer == "yes"


def test_what_is_damaged_or_unfinished_is_passed_over(tmp_path: Path) -> None:
    assert list(findings(tmp_path / "nothing")) == []
    good = leave_run(tmp_path, SLIDES)
    for name, content in (("a", "{"), ("b", ""), ("c", '{"verdict": "same"}'), ("d", "\xff")):
        for file in ("verdict.json", "matrix.json"):
            folder = tmp_path / f"{name}-{file}"
            folder.mkdir()
            (folder / file).write_bytes(content.encode("latin-1"))
            (folder / "plan.json").write_text("{}")
    (tmp_path / "no-plan").mkdir()
    (tmp_path / "no-plan/matrix.json").write_text((tmp_path / "a-matrix.json/matrix.json").read_text())
    (tmp_path / "unfinished/before").mkdir(parents=True)
    (tmp_path / "file").write_text("")
    without = leave_run(tmp_path, GALLERY, environments={})
    assert [one.evidence for one in findings(tmp_path)] == [str(good.path)]
    assert without.path.exists()
