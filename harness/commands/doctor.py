"""``harness doctor``: what is needed, what was found, what to do; ``--fix`` does it."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fix", action="store_true", help="install and start what is missing (Debian and Ubuntu, as root)"
    )


def main(args: argparse.Namespace) -> int:
    import json
    import sys

    from harness.engine import doctor
    from harness.errors import ExitCode

    if args.fix:
        checks = doctor.fix(on_line=lambda line: print(f"  {line}", file=sys.stderr, flush=True))
    else:
        checks = doctor.check()
    missing = any(check.state == "missing" for check in checks)
    if args.json:
        rows = [
            {
                "name": check.name,
                "state": check.state,
                "found": check.found.into(args.lang),
                "advice": check.advice.into(args.lang) if check.advice else None,
            }
            for check in checks
        ]
        print(json.dumps({"ready": not missing, "checks": rows}, indent=1, ensure_ascii=False))
    else:
        signs = {"ok": "✓", "warning": "!", "missing": "✗"}
        for check in checks:
            print(f"{signs[check.state]} {check.name:<12} {check.found.into(args.lang)}")
            if check.advice and check.state != "ok":
                print(f"  → {check.advice.into(args.lang)}")
    return ExitCode.ENGINE if missing else ExitCode.GOOD
