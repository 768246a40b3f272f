"""What the runs of a cell mean together."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.matrix.deciding import again, decided, telling
from harness.model import VerdictName

WORDS: dict[str, VerdictName] = {
    "s": "same", "r": "regression", "f": "fixed", "b": "broken-both", "n": "no-verdict"
}  # fmt: skip


def runs(letters: str) -> list[VerdictName]:
    return [WORDS[letter] for letter in letters]


@pytest.mark.parametrize(
    ("letters", "decision", "evidence"),
    [
        ("s", "same", 0),
        ("f", "fixed", 0),
        ("b", "broken-both", 0),
        ("rr", "regression", 0),
        ("rs", "unstable", 0),
        ("rb", "unstable", 0),
        ("rf", "unstable", 0),
        ("ns", "same", 1),
        ("nn", "no-verdict", 1),
        ("nrr", "regression", 1),
        ("nrs", "unstable", 1),
        ("rnr", "regression", 0),
        ("rns", "unstable", 0),
        ("rnn", "no-verdict", 2),
        ("nrn", "no-verdict", 2),
    ],
)
def test_what_the_runs_of_a_cell_say(letters: str, decision: VerdictName, evidence: int) -> None:
    verdicts = runs(letters)
    assert not again(verdicts)
    assert decided(verdicts) == decision
    assert telling(verdicts, decision) == evidence
    for length in range(len(letters)):
        assert again(verdicts[:length]), "it stopped too soon"


@given(st.lists(st.sampled_from([word for word in get_args(VerdictName) if word != "unstable"]), min_size=4))
def test_a_cell_comes_to_an_end_and_no_fault_of_ours_is_a_verdict(coming: list[VerdictName]) -> None:
    done: list[VerdictName] = []
    while again(done):
        done.append(coming[len(done)])
    assert 1 <= len(done) <= 4
    decision = decided(done)
    told = [verdict for verdict in done if verdict != "no-verdict"]
    assert decision == "no-verdict" or decision == "unstable" or decision in told
    if decision == "regression":
        assert told == ["regression", "regression"]
    if not told:
        assert decision == "no-verdict"
