"""``nox -s truth``: the whole truth set as a table; the exit code is the number of cases that are wrong, at most 100."""

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from tests.truth.case import Case
from tests.truth.decoys import DECOYS
from tests.truth.judging import Judged, judged, told_cause
from tests.truth.planted import PLANTED

AT_ONCE = 2
CAUSE_MAX = 58
ROW = "{:<3} {:<30} {:<12} {:<7} {:<5} {:<58} {:>6}  {}"


def main(patterns: list[str]) -> int:
    cases = [
        case for case in (*PLANTED, *DECOYS) if not patterns or any(fnmatchcase(case.name, one) for one in patterns)
    ]
    began, wrong = time.monotonic(), 0
    print(ROW.format("", "case", "verdict", "layer", "step", "cause", "s", "wrong"))
    with tempfile.TemporaryDirectory(prefix="truth-") as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        for number, (case, done) in enumerate(
            zip(cases, pool.map(partial(_one, Path(folder)), cases), strict=True), start=1
        ):
            wrong += not isinstance(done, Judged) or bool(done.wrong)
            print(_row(number, case, done), flush=True)
    print(f"{len(cases) - wrong} of {len(cases)} right, {time.monotonic() - began:.0f} s")
    return min(wrong, 100)


def _one(folder: Path, case: Case) -> Judged | Exception:
    try:
        return judged(case, folder / case.name)
    except Exception as exc:
        return exc


def _row(number: int, case: Case, done: Judged | Exception) -> str:
    if isinstance(done, Exception):
        return ROW.format(number, case.name, "-", "-", "-", "-", "", f"{type(done).__name__}: {done}")
    step = done.verdict.step.number if done.verdict.step else "-"
    told = (
        done.verdict.verdict,
        done.verdict.layer or "-",
        step,
        told_cause(done.verdict)[:CAUSE_MAX] or "-",
        f"{done.seconds:.1f}",
        " | ".join(done.wrong),
    )
    return ROW.format(number, case.name, *told)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
