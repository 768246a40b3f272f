"""``harness merge``: the shards of a matrix as one result."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("parts", nargs="+", type=Path, metavar="RUN", help="folders of the shards' runs")
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="failures that are known; only new ones fail")
    parser.add_argument("--runs", type=Path, default=Path(".harness/runs"), help="folder for the result")


def main(args: argparse.Namespace) -> int:
    from harness import matrix
    from harness.evidence import MatrixFolder
    from harness.matrix import Baseline
    from harness.matrix_reports import MATRIX_REPORTS
    from harness.spec.baseline import baseline_file

    baseline = Baseline(path=str(args.baseline), known=baseline_file(args.baseline).known) if args.baseline else None
    folders = [MatrixFolder.open(path) for path in args.parts]
    result = matrix.merge(folders, runs=args.runs, baseline=baseline, lang=args.lang)
    print(MATRIX_REPORTS["json" if args.json else "terminal"].render(Path(result.run_folder), args.lang))
    return matrix.exit_code(result)
