"""The command line: a parser made of ``COMMANDS``, one error boundary, an exit code."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

COMMANDS = {
    "reproduce": "replay a scenario before and after an upgrade, and say what broke, in which layer, and where the "
    "evidence is",
    "suggest-compat": "write a gateway that gives the answers of a run their old shape, and see whether it mends the "
    "failure",
    "matrix": "replay scenarios in every cell of a matrix of versions, and say which combinations an upgrade breaks",
    "merge": "make one result of the shards of a matrix; it equals that of a single run",
    "baseline": "write the failures of a matrix's run into a baseline, so that only new ones fail a job",
    "known": "draft an entry about a failure that is understood, or run those again whose day of review has passed",
    "can-upgrade": "answer from stored results whether a product can be upgraded: yes (0), no (1) or unknown (4)",
    "bundle": "pack a run into one .zip that can be attached to a ticket and replayed on another machine",
    "replay": "run a bundle on this machine, and say whether it comes to the same verdict and failure",
    "up": "start a replica, print the product's address on 127.0.0.1, stop it on Ctrl-C",
    "ps": "list the containers, networks and volumes that are ours, and whether their owner still runs",
    "down": "stop and remove replicas: those of one run, or all of ours on this engine",
    "clean": "remove what a run that died left behind; with --images also our images, with --cache what was fetched",
    "report": "render the reports of an earlier run or matrix again, in another language or format",
    "init": "write a new environment, with a recipe where its product has none and a scenario to go on with, by asking",
    "lock": "resolve every version of environment and matrix files, with checksums, and write <file>.lock.yaml beside "
    "them",
    "diff": "what differs between two environments, or before and after an upgrade, down to the last package",
    "render": "print the Dockerfiles of an environment, or write them with their build contexts",
    "export": "write a Docker Compose project equal to the replicas of an environment, which runs without harness",
    "lint": "check environment files, matrices, recipes, scenarios …; every mistake with its line and what to do",
    "browsers": "list the browsers that there are for each operating system, from where, and which are built already",
    "doctor": "show what is needed on this machine and what was found; with --fix install and start what is missing",
}  # each a module of commands/


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code that ``errors.ExitCode`` and the docs explain."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        args = parser(arguments).parse_args(arguments)
        command = _module(args.command)
    except KeyboardInterrupt:  # nothing has begun
        from harness.errors import ExitCode

        return ExitCode.INTERRUPTED
    return bounded(command, args)


def parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The parser: of the command that is called, else of all with a line about each."""
    from harness import __version__

    root = argparse.ArgumentParser(
        prog="harness",
        description="Replicate a customer's environment in containers, replay what they did before and after "
        "the upgrade, and say what broke, in which layer, and where the evidence is.",
        epilog="Exit codes: 0 same or fixed, 1 regression, 2 wrong input, 3 engine, build or replica failed, "
        "4 no decision, 5 our own fault, 130 interrupted.",
    )
    root.add_argument("--version", action="version", version=f"harness {__version__}")
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    called = next((word for word in arguments if not word.startswith("-")), None)
    for name in [called] if called in COMMANDS else COMMANDS:
        command = commands.add_parser(name, help=COMMANDS[name], description=COMMANDS[name])
        if name == called:
            _module(name).add_arguments(command)
            _add_common(command)
    return root


def _module(name: str) -> ModuleType:
    return import_module(f"harness.commands.{name.replace('-', '_')}")


def _add_common(command: argparse.ArgumentParser) -> None:
    from harness.language import LANGUAGES, preferred

    command.add_argument("--lang", choices=LANGUAGES, default=preferred(), help="language of what is printed")
    command.add_argument("--json", action="store_true", help="print one JSON value on standard output, nothing else")


def bounded(command: ModuleType, args: argparse.Namespace) -> int:
    """Run a command; every error becomes words for the user and an exit code."""
    from harness.errors import ExitCode, HarnessError
    from harness.signals import Terminated, on_sigterm

    try:
        with on_sigterm():
            return int(command.main(args))
    except HarnessError as exc:
        from harness.writing.words import printable

        print(printable(exc.in_full(args.lang)), file=sys.stderr)  # it may quote a page, a log or a stranger's file
        return exc.exit_code
    except (KeyboardInterrupt, Terminated):
        from harness.language import Message

        print(Message("interrupted; everything that was started is removed").into(args.lang), file=sys.stderr)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.GOOD
    except Exception as exc:  # noqa: BLE001  our own fault: the boundary that leaves a log instead of a traceback
        return _our_fault(exc, args.lang)


def _our_fault(exc: Exception, lang: str) -> int:
    import traceback

    from harness import __version__
    from harness.cache import cache_folder
    from harness.errors import ExitCode
    from harness.language import Message

    log = cache_folder() / "fault.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    words = " ".join(sys.argv)
    log.write_text(f"harness {__version__}\n{words}\n\n{''.join(traceback.format_exception(exc))}", "utf-8")
    what = Message("this is a fault of harness itself: {error}", error=f"{type(exc).__name__}: {exc}")
    advice = Message("please report it with this file: {path}", path=log)
    print(what.into("zh" if lang == "zh" else "en"), file=sys.stderr)
    print("  → " + advice.into("zh" if lang == "zh" else "en"), file=sys.stderr)
    return ExitCode.OURS


if __name__ == "__main__":
    sys.exit(main())
