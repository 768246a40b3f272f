"""``harness ps``: what of ours an engine holds."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def main(args: argparse.Namespace) -> int:
    import json
    from dataclasses import asdict

    from harness.engine import connect, leftovers
    from harness.errors import ExitCode
    from harness.language import Message

    found = leftovers(connect())
    if args.json:
        print(json.dumps([asdict(one) for one in found], indent=1))
        return ExitCode.GOOD
    if not found:
        print(Message("nothing is running").into(args.lang))
    for one in found:
        owner = Message("owner runs") if one.owner_alive else Message("owner is gone")
        print(f"{one.kind:<10} {one.id[:12]}  {one.role:<9} {one.run_id:<24} {owner.into(args.lang)}  {one.name}")
    return ExitCode.GOOD
