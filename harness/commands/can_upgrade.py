"""``harness can-upgrade``: what stored results say about an upgrade."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.history import Answered, Finding
    from harness.language import Language, Message
    from harness.model import Ref

SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--product", required=True, metavar="NAME", help="the product, as its recipe is called")
    parser.add_argument(
        "--to", required=True, metavar="VERSION", help="exact, a prefix or a range; `latest`: the newest that was run"
    )
    parser.add_argument("--from", dest="before", metavar="VERSION", help="the version before; any without it")
    parser.add_argument("--plugin", action="append", default=[], metavar="NAME[@VERSION]", help="with this plug-in")
    parser.add_argument("--compat", action="append", default=[], metavar="NAME[@VERSION]", help="with this layer")
    parser.add_argument("--runs", type=Path, default=Path(".harness/runs"), help="folder of the stored results")


def main(args: argparse.Namespace) -> int:
    import json
    from dataclasses import asdict

    from harness.errors import ExitCode
    from harness.history import Question, answer, findings
    from harness.model.environment import CompatRef

    question = Question(
        to=_reference(f"{args.product}@{args.to}"),
        before=_reference(f"{args.product}@{args.before}") if args.before else None,
        plugins=tuple(map(_reference, args.plugin)),
        compat=tuple(_reference(one, CompatRef) for one in args.compat),
    )
    said = answer(question, findings(args.runs))
    if args.json:
        print(json.dumps(asdict(said), default=lambda one: one.model_dump(mode="json"), indent=1, ensure_ascii=False))
    else:
        print("\n".join(_lines(said, args.lang)))
    return {"yes": ExitCode.GOOD, "no": ExitCode.REGRESSION, "unknown": ExitCode.UNDECIDED}[said.answer]


def _reference(text: str, kind: type[Ref] | None = None) -> Ref:
    from pydantic import ValidationError

    from harness.errors import InputError, Mistake
    from harness.language import Message
    from harness.model import Ref

    try:
        return (kind or Ref).model_validate(text)
    except ValidationError as exc:
        cause = exc.errors()[0].get("ctx", {}).get("error")
        if isinstance(cause, Mistake):
            raise InputError(cause.what, cause.advice) from exc
        raise InputError(Message("`{text}` is no name@version", text=text)) from exc


def _lines(said: Answered, lang: Language) -> Iterator[str]:
    from harness.language import Message
    from harness.writing.words import VERDICT_WORDS

    yield _headline(said).into(lang)
    for finding in said.findings[:SHOWN]:
        yield from _in_words(finding, VERDICT_WORDS[finding.verdict].into(lang))
    if len(said.findings) > SHOWN:
        yield "  " + Message("and {count} more", count=len(said.findings) - SHOWN).into(lang)
    good = [one for one in said.otherwise if one.verdict in ("same", "fixed")]
    if said.answer != "yes" and good:
        yield Message("With a compat layer it was seen to work:").into(lang)
        for finding in good[:SHOWN]:
            yield from _in_words(finding, VERDICT_WORDS[finding.verdict].into(lang))


def _headline(said: Answered) -> Message:
    from harness.language import Message

    count = len(said.findings)
    match said.answer:
        case "yes":
            return Message("Yes: it works in all {count} case(s) that were run", count=count)
        case "no":
            bad = sum(one.verdict == "regression" for one in said.findings)
            return Message("No: it breaks in {bad} of {count} case(s) that were run", bad=bad, count=count)
        case _ if count:
            return Message("Unknown: not every one of the {count} case(s) that were run was decided", count=count)
        case _:
            return Message("Unknown: nothing that was run is about this upgrade")


def _in_words(finding: Finding, verdict: str) -> Iterator[str]:
    from harness.writing.words import padded, server_words

    yield f"  {padded(verdict, 12)} {finding.case}"
    yield f"  {'':<12} {server_words(finding.before)} → {server_words(finding.after)}"
    yield f"  {'':<12} {finding.evidence}"
