"""Baselines: read and written."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from harness.errors import InputError
from harness.model import Known
from harness.spec.baseline import HEADER, baseline_file, write_baseline

DAY = date(2027, 3, 31)


def entry(cells: str = "buy/*", fingerprint: str = "0123456789abcdef", reason: str = "known upstream") -> Known:
    return Known(cells=cells, fingerprint=fingerprint, reason=reason, owner="anna", expires=DAY)


def test_what_an_entry_says(tmp_path: Path) -> None:
    path = tmp_path / "baseline.yaml"
    path.write_text("""\
schema: 1
known:
  - cells: "buy/product=3*"
    fingerprint: 0123456789abcdef
    reason: known upstream
    owner: anna
    expires: 2027-03-31
  - {cells: "*", fingerprint: fedcba9876543210, verdict: unstable, reason: 时好时坏, owner: 王, expires: "2027-04-01"}
""")
    first, second = baseline_file(path).known
    assert (first.cells, first.fingerprint, first.verdict) == ("buy/product=3*", "0123456789abcdef", "regression")
    assert (first.reason, first.owner, first.expires) == ("known upstream", "anna", DAY)
    assert (second.verdict, second.reason, second.expires) == ("unstable", "时好时坏", date(2027, 4, 1))


def test_a_baseline_may_know_nothing(tmp_path: Path) -> None:
    path = tmp_path / "baseline.yaml"
    write_baseline(path, [])
    assert baseline_file(path).known == ()


def test_a_baseline_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "baseline.yaml").write_text("")
    with pytest.raises(InputError) as caught:
        baseline_file(tmp_path / "basline.yaml")
    assert caught.value.into("en").endswith(
        "basline.yaml:1:1: there is no such file\n  → did you mean `baseline.yaml`?"
    )


def test_it_says_who_wrote_it_and_can_be_edited_entry_by_entry(tmp_path: Path) -> None:
    path = tmp_path / "baseline.yaml"
    first = entry()
    write_baseline(path, [first, first.model_copy(update={"cells": "show-prices/*"})])
    assert (
        path.read_text("utf-8")
        == f"""\
{HEADER}schema: 1
known:
- cells: buy/*
  fingerprint: 0123456789abcdef
  verdict: regression
  reason: known upstream
  owner: anna
  expires: 2027-03-31
- cells: show-prices/*
  fingerprint: 0123456789abcdef
  verdict: regression
  reason: known upstream
  owner: anna
  expires: 2027-03-31
"""
    )


words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
known = st.builds(
    Known,
    cells=words,
    fingerprint=st.from_regex(r"[0-9a-f]{16}", fullmatch=True)
    | st.from_regex(r"[0-9]{8}[0-9e][0-9]{7}", fullmatch=True),
    verdict=st.sampled_from(["regression", "broken-both", "unstable"]),
    reason=words,
    owner=words,
    expires=st.dates(),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(known, max_size=4))
@example([entry(fingerprint="12345678901234e5")])  # in YAML 1.2 a number
@example([entry(fingerprint="0812345678901234")])
@example([entry(cells="*", reason="no", fingerprint="1234567890123456")])
@example([entry(cells="{a: [1]", reason="# ", fingerprint="0000000000000000")])
def test_what_is_written_is_read(tmp_path: Path, entries: list[Known]) -> None:
    path = tmp_path / "baseline.yaml"
    write_baseline(path, entries)
    assert list(baseline_file(path).known) == entries
