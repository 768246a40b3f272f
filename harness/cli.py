"""The command line: a parser made of ``COMMANDS``, one error boundary, an exit code."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

COMMANDS = {
    "reproduce": "harness.commands.reproduce",
    "up": "harness.commands.up",
    "ps": "harness.commands.ps",
    "down": "harness.commands.down",
    "clean": "harness.commands.clean",
    "report": "harness.commands.report",
    "lock": "harness.commands.lock",
    "render": "harness.commands.render",
    "lint": "harness.commands.lint",
    "doctor": "harness.commands.doctor",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code that ``errors.ExitCode`` and the docs explain."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    args = parser(arguments).parse_args(arguments)
    return bounded(import_module(COMMANDS[args.command]), args)


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
        module = import_module(COMMANDS[name])
        command = commands.add_parser(name, help=module.HELP, description=module.HELP)
        if name == called:
            module.add_arguments(command)
            _add_common(command)
    return root


def _add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument("--lang", choices=("en", "zh"), default=_language(), help="language of what is printed")
    command.add_argument("--json", action="store_true", help="print one JSON value on standard output, nothing else")


def _language() -> str:
    words = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if words.lower().startswith("zh") else "en"


def bounded(command: ModuleType, args: argparse.Namespace) -> int:
    """Run a command; every error becomes words for the user and an exit code."""
    from harness.errors import ExitCode, HarnessError
    from harness.signals import Terminated, on_sigterm

    try:
        with on_sigterm():
            return int(command.main(args))
    except HarnessError as exc:
        print(exc.into(args.lang), file=sys.stderr)
        if log := getattr(exc, "log", ""):
            print("\n".join("  | " + line for line in log.strip().splitlines()[-20:]), file=sys.stderr)
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
