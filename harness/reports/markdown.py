"""markdown: the text of a ticket, for a tracker that reads GitHub's or GitLab's Markdown."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from harness.language import Language, Message

if TYPE_CHECKING:
    from harness.model import Conclusion, Environment, Evidence, StepPair, Verdict

ERRORS_SHOWN = 3
LOOKS_SHOWN = 10


class Markdown:
    file: ClassVar[str] = "issue.md"

    def render(self, folder: Path, lang: Language) -> str:
        """A paragraph for the customer, one for the vendor, versions, steps, expected and seen, errors, how to run
        it again; at most 60,000 characters. What is a stranger's
        stays text: it links nowhere and pings nobody."""
        from harness.evidence import RunFolder
        from harness.writing.customer import customer
        from harness.writing.issues import fitted, led
        from harness.writing.markdown_text import words
        from harness.writing.vendor import vendor

        run = RunFolder.open(folder)
        verdict, comparison = run.read_verdict().into(lang), run.read_comparison()
        steps = comparison.steps if comparison else ()
        letters = led(customer(verdict, lang, words), lang), led(vendor(verdict, comparison, lang, words), lang)
        head, *parts = _parts(verdict, steps, lang)
        return fitted([head, *letters, *parts], lang)


def _parts(verdict: "Verdict", steps: "tuple[StepPair, ...]", lang: Language) -> Iterator[str]:
    from harness.writing.markdown_text import block, words
    from harness.writing.words import LAYER_WORDS, VERDICT_WORDS

    name = words(f"{verdict.environment} × {verdict.scenario}")
    yield f"## {VERDICT_WORDS[verdict.verdict].into(lang)}: {name}"
    yield _versions(verdict, lang)
    if steps:
        title = Message("Steps").into(lang)
        yield f"### {title}\n\n" + "\n".join(_step(pair, verdict, lang) for pair in steps)
    if verdict.layer:
        yield Message("Shows in: {layer}", layer=LAYER_WORDS[verdict.layer]).into(lang)
    yield _errors(Message("Errors before the upgrade"), verdict.errors_before, lang)
    which = Message("Gone after the upgrade") if verdict.verdict == "fixed" else Message("New after the upgrade")
    yield _errors(which, verdict.errors, lang)
    yield _looks(verdict, lang)
    yield _chain(verdict, lang)
    if verdict.conclusion and verdict.conclusion.controls:
        yield _controls(verdict.conclusion, lang)
    yield _known(verdict, lang)
    if verdict.command:
        yield f"### {Message('Run it again').into(lang)}\n\n{block(verdict.command)}"
    if verdict.fingerprint:
        yield Message("Fingerprint: {fingerprint}", fingerprint=f"`{verdict.fingerprint}`").into(lang)


def _controls(conclusion: "Conclusion", lang: Language) -> str:
    """What was tried to find the cause, and what came out."""
    from harness.writing.markdown_text import words
    from harness.writing.words import OUTCOME_WORDS, cause

    title, found = Message("Cause").into(lang), cause(conclusion).into(lang)
    head = [
        Message("Control run").into(lang),
        Message("Question").into(lang),
        Message("Outcome").into(lang),
        Message("What came out").into(lang),
    ]
    rows = [
        [
            words(one.name),
            one.question.message().into(lang, words),
            OUTCOME_WORDS[one.outcome].into(lang),
            one.answer.message().into(lang, words),
        ]
        for one in conclusion.controls
    ]
    lines = [f"| {' | '.join(_cell(text) for text in row)} |" for row in [head, ["---"] * 4, *rows]]
    return f"### {title}: {found}\n\n" + "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split())


def _versions(verdict: "Verdict", lang: Language) -> str:
    """What both sides are, and what the upgrade changed."""
    from harness.writing.markdown_text import code
    from harness.writing.words import server

    if not verdict.environments:
        return ""
    old, new = verdict.environments["before"], verdict.environments["after"]
    rows = [
        (Message("Product"), server(old), server(new)),
        (
            Message("Browser"),
            verdict.before.browser or str(old.client.browser),
            verdict.after.browser or str(new.client.browser),
        ),
        (Message("System"), _systems(old), _systems(new)),
    ]
    head = f"|  | {Message('Before').into(lang)} | {Message('After').into(lang)} |\n| --- | --- | --- |"
    return "\n".join(
        [head, *(f"| {what.into(lang)} | {code(before)} | {code(after)} |" for what, before, after in rows)]
    )


def _systems(environment: "Environment") -> str:
    server, client = environment.server.os, environment.client.os
    return server if server == client else f"{server}, {client}"


def _step(pair: "StepPair", verdict: "Verdict", lang: Language) -> str:
    from harness.writing.markdown_text import words

    signs = {"passed": "✓", "failed": "✗", "not-run": "·"}
    what = words(pair.description.get(lang) or pair.description.get("en") or "")
    line = f"{pair.number}. {what} — {signs[pair.before]} → {signs[pair.after]}"
    decides = verdict.step is not None and verdict.step.number == pair.number
    if decides and pair.reason:
        line += f"\n   - {pair.reason.message().into(lang, words)}"
    return line


def _looks(verdict: "Verdict", lang: Language) -> str:
    from harness.writing import looks
    from harness.writing.markdown_text import words

    if verdict.appearance is None:
        return ""
    rows = [f"- {line.into(lang, words)}" for line in looks.lines(verdict.appearance, LOOKS_SHOWN)]
    return f"### {Message('Looks different').into(lang)}\n\n" + "\n".join(rows)


def _chain(verdict: "Verdict", lang: Language) -> str:
    """How errors follow from answers that changed, with old and new of the first."""
    from harness.writing.markdown_text import block, words
    from harness.writing.words import STRENGTH_WORDS

    linked = [chain for chain in verdict.chain if chain.change][:ERRORS_SHOWN]
    if not linked:
        return ""
    lines = [
        f"- {STRENGTH_WORDS[chain.strength].into(lang)}: {chain.said.message().into(lang, words)}" for chain in linked
    ]
    title = Message("How it follows from an answer").into(lang)
    change = linked[0].change
    sides = [(Message("Before"), change.before), (Message("After"), change.after)] if change else []
    form = "json" if change and change.part == "body" else "text"
    excerpts = [f"{label.into(lang)}:\n\n{block(*text.splitlines(), language=form)}" for label, text in sides if text]
    return f"### {title}\n\n" + "\n\n".join(["\n".join(lines), *excerpts])


def _known(verdict: "Verdict", lang: Language) -> str:
    from harness.model import in_language
    from harness.writing.markdown_text import words

    if not verdict.known:
        return ""
    told = (
        [words(in_language(text, lang)) for text in (one.title, one.cause, one.mend, one.link) if text]
        for one in verdict.known
    )
    return f"### {Message('Known issue').into(lang)}\n\n" + "\n".join("- " + "\n  - ".join(lines) for lines in told)


def _errors(title: Message, errors: "tuple[Evidence, ...]", lang: Language) -> str:
    from harness.writing import origins
    from harness.writing.markdown_text import code
    from harness.writing.repeated import folded

    if not errors:
        return ""
    every = [one.error for one in folded(errors)]
    lines = [
        "\n  - ".join(
            [f"- {code(error.text)}", *(code(said) for said in (error.where, origins.told(error, lang)) if said)]
        )
        for error in every[:ERRORS_SHOWN]
    ]
    if len(every) > ERRORS_SHOWN:
        lines.append("- " + Message("{count} more in the report", count=len(every) - ERRORS_SHOWN).into(lang))
    return f"### {title.into(lang)}\n\n" + "\n".join(lines)
