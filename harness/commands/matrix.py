"""``harness matrix``: a case for every combination that is supported."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.evidence import MatrixFolder
    from harness.matrix import Baseline, Plan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("matrix", nargs="?", type=Path, metavar="FILE", help="matrix file; not needed with --resume")
    which = parser.add_argument_group("which cells")
    which.add_argument("--only", action="append", default=[], metavar="GLOB", help="cells whose id matches; repeatable")
    which.add_argument("--skip", action="append", default=[], metavar="GLOB", help="not these cells; repeatable")
    which.add_argument(
        "--shard", default="", metavar="N/COUNT", help="this part of them, alike in what they took before"
    )
    which.add_argument("--durations", type=Path, metavar="FILE", help="what cells took, to balance shards by")
    which.add_argument("--max-cells", type=int, default=256, metavar="N", help="refuse a matrix of more cells")
    plan = parser.add_argument_group("look at the plan, with no engine")
    plan.add_argument("--plan", action="store_true", help="print the cells and what each would build, and stop")
    plan.add_argument("--github", action="store_true", help="print the plan as JSON for a dynamic job matrix, and stop")
    plan.add_argument("--shards", type=int, metavar="COUNT", help="with --github: so many shards, not a job a cell")
    how = parser.add_argument_group("how")
    how.add_argument("--jobs", type=int, metavar="N", help="at most so many cells at once; measured without it")
    how.add_argument("--baseline", type=Path, metavar="FILE", help="failures that are known; only new ones fail")
    how.add_argument("--resume", metavar="RUN", help="go on with a run that was interrupted, or `latest`")
    how.add_argument("--runs", type=Path, default=Path(".harness/runs"), help="folder for the evidence of runs")
    how.add_argument("--locked", action="store_true", help="refuse to run with anything else than the lock names")
    how.add_argument("--refresh", action="store_true", help="without a lock: resolve anew, not as in the last 24 h")
    how.add_argument("--verbose", action="store_true", help="print what every cell is at")


def main(args: argparse.Namespace) -> int:
    from harness import matrix
    from harness.errors import ExitCode
    from harness.matrix.progress import board
    from harness.matrix_reports import MATRIX_REPORTS

    resume = _resumed(args)
    plan = _plan(args, resume)
    if args.plan or args.github:
        _print_plan(args, plan)
        return ExitCode.GOOD
    args.baseline = args.baseline or _baseline_of(resume)
    baseline = _baseline(args.baseline)
    with board(lang=args.lang, quiet=args.json, verbose=args.verbose) as shown:
        result = matrix.run(
            plan,
            runs=args.runs,
            board=shown,
            resume=resume,
            jobs=args.jobs,
            baseline=baseline,
            strict=args.locked,
            fresh=args.refresh,
            lang=args.lang,
            command=_command(args, plan),
        )
    print(MATRIX_REPORTS["json" if args.json else "terminal"].render(Path(result.run_folder), args.lang))
    return matrix.exit_code(result)


def _resumed(args: argparse.Namespace) -> MatrixFolder | None:
    from harness.errors import InputError
    from harness.evidence import MatrixFolder
    from harness.language import Message

    if args.jobs is not None and args.jobs < 1:
        raise InputError(Message("--jobs must be at least 1"))
    if args.shards is not None and not args.github:
        raise InputError(Message("--shards goes with --github"), Message("one share of the cells is --shard 1/5"))
    if args.resume is None:
        if args.matrix is None:
            raise InputError(Message("no matrix file is named"), Message("write `harness matrix FILE`"))
        return None
    if args.only or args.skip or args.shard:
        raise InputError(
            Message("--resume goes on with the cells of that run; --only, --skip and --shard do not go with it")
        )
    here = Path(args.resume)
    latest = args.resume == "latest" and not here.exists()
    folder = MatrixFolder.latest(args.runs) if latest else MatrixFolder.open(here)
    if not (folder.path / "lock.yaml").exists():
        raise InputError(
            Message("{path} is what `harness merge` made; it cannot be gone on with", path=folder.path),
            Message("go on with the run of a shard, and merge again"),
        )
    return folder


def _plan(args: argparse.Namespace, resume: MatrixFolder | None) -> Plan:
    from dataclasses import replace

    from harness import matrix
    from harness.errors import InputError
    from harness.language import Message
    from harness.matrix import durations
    from harness.spec.matrix import matrix_file

    kept = resume.read_plan() if resume else None
    read = matrix_file(args.matrix or Path(kept.matrix if kept else ""))
    took = durations.read(args.durations) if args.durations else durations.remembered(args.runs, read.name)
    plan = matrix.plan(
        read,
        only=args.only,
        skip=args.skip,
        shard=args.shard,
        durations=took,
        cells_max=args.max_cells,
    )
    if kept is None:
        return plan
    if kept.digest != plan.digest:
        raise InputError(
            Message("{matrix} or what it names has changed since {run}", matrix=read.path, run=args.resume),
            Message("run the matrix anew, without --resume"),
        )
    return replace(plan, chosen=tuple(cell for cell in plan.cells if cell.id in kept.chosen), shard=kept.shard)


def _baseline_of(resume: MatrixFolder | None) -> Path | None:
    """The baseline that an interrupted run was held against."""
    name = resume.read_result().baseline if resume and resume.has_result else ""
    return Path(name) if name else None


def _baseline(path: Path | None) -> Baseline | None:
    from harness.matrix import Baseline
    from harness.spec.baseline import baseline_file

    return Baseline(path=str(path), known=baseline_file(path).known) if path else None


def _print_plan(args: argparse.Namespace, plan: Plan) -> None:
    import json

    from harness.matrix import showing

    if args.github:
        print(json.dumps(showing.jobs(plan, args.shards), ensure_ascii=False))
    elif args.json:
        print(json.dumps(showing.data(plan), ensure_ascii=False, indent=1))
    else:
        print(showing.words(plan, args.lang))


def _command(args: argparse.Namespace, plan: Plan) -> tuple[str, ...]:
    """What runs it again."""
    globs = [word for name in ("only", "skip") for glob in getattr(args, name) for word in (f"--{name}", glob)]
    shard = ["--shard", plan.shard] if plan.shard else []
    baseline = ["--baseline", str(args.baseline)] if args.baseline else []
    return ("harness", "matrix", str(plan.matrix.path), *globs, *shard, *baseline)
