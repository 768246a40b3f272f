"""What the runs of one cell mean together: run it again, or how it stands. Pure."""

from collections.abc import Sequence

from harness.model import VerdictName

FAULTS_MAX = 2  # runs that told nothing, after which we give up


def again(verdicts: Sequence[VerdictName]) -> bool:
    """Whether the cell must be run once more: a regression until it has come twice, and what told
    nothing once more."""
    told = [verdict for verdict in verdicts if verdict != "no-verdict"]
    if len(verdicts) - len(told) >= FAULTS_MAX:
        return False
    return not told or told == ["regression"]


def decided(verdicts: Sequence[VerdictName]) -> VerdictName:
    """What a cell's runs say, when there is none to come: a regression that came once and then
    something else is ``unstable``; one that could not be repeated for our own reasons tells nothing."""
    told = [verdict for verdict in verdicts if verdict != "no-verdict"]
    if not told or told == ["regression"]:
        return "no-verdict"
    return told[0] if len(set(told)) == 1 else "unstable"


def telling(verdicts: Sequence[VerdictName], decision: VerdictName) -> int:
    """Index of the run that shows best why: the first of that verdict, of the regression where the
    cell is unstable; the last that told nothing where there is no verdict."""
    if decision == "no-verdict":
        return len(verdicts) - 1 - verdicts[::-1].index(decision)
    return verdicts.index("regression" if decision == "unstable" else decision)
