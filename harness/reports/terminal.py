"""terminal: a summary in plain text, to be pasted into a ticket."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from harness.language import Language, Message

if TYPE_CHECKING:
    from harness.model import SideSummary, Verdict
    from harness.writing.repeated import Repeated

_ERRORS_SHOWN = 5
_LOOKS_SHOWN = 3


class Terminal:
    file: ClassVar[str] = "summary.txt"

    def render(self, folder: Path, lang: Language) -> str:
        from harness.evidence import RunFolder

        return summary(RunFolder.open(folder).read_verdict(), lang)


def summary(verdict: "Verdict", lang: Language) -> str:
    """Verdict, reason, and what a support engineer is asked next; no colours, no control characters."""
    from harness.writing.words import VERDICT_WORDS, printable

    title = f"{VERDICT_WORDS[verdict.verdict].into(lang).upper()}  {verdict.environment} × {verdict.scenario}"
    return f"{printable(title)}\n{details(verdict, lang)}"


def details(verdict: "Verdict", lang: Language) -> str:
    """The same without the line that says which verdict it is, and of what."""
    from harness.writing.words import aligned, printable

    verdict = verdict.into(lang)
    rows = [(label.into(lang), value) for label, value in _rows(verdict, lang)]
    said = verdict.conclusion.text if verdict.conclusion else ""
    paragraphs = [said] if said and said != verdict.reason else []
    return printable("\n".join([*paragraphs, verdict.reason, "", *aligned(rows)]))


def _rows(verdict: "Verdict", lang: Language) -> Iterator[tuple[Message, str]]:
    from harness.writing import words
    from harness.writing.untried import untried

    yield from _conclusion(verdict, lang)
    if verdict.layer:
        yield Message("Shows in"), words.LAYER_WORDS[verdict.layer].into(lang)
    yield from _environment(verdict)
    if verdict.step:
        total = max(verdict.before.steps, verdict.after.steps)
        where = Message(
            "{number} of {total}: {what}", number=verdict.step.number, total=total, what=verdict.step.description
        )
        yield Message("Step"), words.one_line(where.into(lang))
    yield from _errors(verdict, lang)
    yield from _looks(verdict, lang)
    yield from _chain(verdict, lang)
    yield from _known(verdict, lang)
    for label, side in ((Message("Before"), verdict.before), (Message("After"), verdict.after)):
        yield label, _side(side).into(lang)
    for drift in verdict.drifts:
        yield Message("Not as locked"), f"{drift.package} {drift.locked} → {drift.used}"
    if verdict.verdict == "same" and verdict.errors:
        hint = Message("to make new errors count, end the scenario with the step `- expect: no_errors`")
        yield Message("Hint"), hint.into(lang)
    if lines := [f"{command}\n  {what.into(lang)}" for command, what in untried(verdict)]:
        yield Message("Not tried yet"), "\n".join(lines)
    if verdict.run_folder:
        yield Message("Evidence"), f"{verdict.run_folder}/report.html"
    if verdict.command:
        yield Message("Again"), verdict.command


def _conclusion(verdict: "Verdict", lang: Language) -> Iterator[tuple[Message, str]]:
    from harness.writing import words

    conclusion = verdict.conclusion
    if conclusion is None:
        return
    yield Message("Cause"), words.cause(conclusion).into(lang)
    if conclusion.mended_by:
        yield Message("Mended by"), "\n".join(words.mends(verdict, lang))
    if conclusion.controls:
        lines = [f"{one.name}: {words.one_line(one.answer.message().into(lang))}" for one in conclusion.controls]
        yield Message("Controls"), "\n".join(lines)


def _environment(verdict: "Verdict") -> Iterator[tuple[Message, str]]:
    from harness.writing import words

    environment = verdict.environments.get("after") or verdict.environments.get("before")
    if environment:
        client = environment.client
        yield Message("Product"), words.server(environment)
        browser = verdict.after.browser or verdict.before.browser or str(client.browser)
        where = client.browser.host or client.os
        yield Message("Browser"), f"{browser}, {where}, {client.viewport}, {client.locale}, {client.timezone}"
    if verdict.environment_diff:
        yield Message("Upgrade"), "\n".join(map(words.change, verdict.environment_diff))


def _errors(verdict: "Verdict", lang: Language) -> Iterator[tuple[Message, str]]:
    from harness.writing.repeated import folded

    label = Message("Gone") if verdict.verdict == "fixed" else Message("New errors")
    for title, errors in ((Message("Errors before"), verdict.errors_before), (label, verdict.errors)):
        every = folded(errors)
        lines = [line for one in every[:_ERRORS_SHOWN] for line in _error(one, lang)]
        if len(every) > _ERRORS_SHOWN:
            lines.append(Message("{count} more in the report", count=len(every) - _ERRORS_SHOWN).into(lang))
        if lines:
            yield title, "\n".join(lines)


def _looks(verdict: "Verdict", lang: Language) -> Iterator[tuple[Message, str]]:
    from harness.writing import looks, words

    if verdict.appearance:
        lines = looks.lines(verdict.appearance, _LOOKS_SHOWN)
        yield Message("Looks different"), "\n".join(words.one_line(line.into(lang)) for line in lines)


def _chain(verdict: "Verdict", lang: Language) -> Iterator[tuple[Message, str]]:
    """The answers that errors follow from, once each; those that are not established are in the report."""
    from harness.writing import words

    told = {}
    for chain in verdict.chain:
        if chain.change and chain.change.path not in told:
            strong = words.STRENGTH_WORDS[chain.strength].into(lang)
            told[chain.change.path] = words.one_line(f"{strong}: {chain.said.message().into(lang)}", 600)
    if told:
        yield (
            Message("Gone because") if verdict.verdict == "fixed" else Message("Follows from"),
            "\n".join(list(told.values())[:_ERRORS_SHOWN]),
        )


def _known(verdict: "Verdict", lang: Language) -> Iterator[tuple[Message, str]]:
    from harness.model import in_language
    from harness.writing.words import one_line

    for issue in verdict.known:
        told = [in_language(text, lang) for text in (issue.title, issue.cause, issue.mend, issue.link) if text]
        why = ["  " + one_line(said.message().into(lang)) for said in issue.why]
        yield Message("Known issue"), "\n".join([*map(one_line, told), *why])


def _error(one: "Repeated", lang: Language) -> Iterator[str]:
    from harness.writing import origins
    from harness.writing.words import one_line

    yield one_line(one.error.text)
    yield "  " + one_line(one.where().into(lang))
    if origin := origins.told(one.error, lang):
        yield "  " + one_line(origin, 400)


def _side(side: "SideSummary") -> Message:
    if not side.steps:
        return Message("was not replayed")
    return Message(
        "{passed} of {total} steps work, {seconds} s",
        passed=side.steps_passed,
        total=side.steps,
        seconds=round(side.seconds, 1),
    )
