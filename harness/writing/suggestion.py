"""What `harness suggest-compat` found, as plain text."""

from collections.abc import Iterator

from harness.language import Language, Message
from harness.model.suggestion import FILE, Mending, Recorded, Suggestion
from harness.writing.words import aligned, one_line, paragraph, printable

SHOWN = 12
_OUTCOMES: dict[Mending, Message] = {
    "mended": Message("mended"),
    "worse": Message("works, with something new"),
    "not-mended": Message("not mended"),
    "no-answer": Message("could not be told"),
    "nothing-to-try": Message("nothing to try"),
}


def suggestion_text(found: Suggestion, lang: Language) -> str:
    """As ``summary`` is of a verdict: no colours, no control characters."""
    title = f"{_OUTCOMES[found.outcome].into(lang).upper()}  {found.environment} × {found.scenario}"
    said = paragraph([one.message() for one in found.said], lang)
    rows = [(label.into(lang), value) for label, value in _rows(found, lang)]
    return printable("\n".join([title, said, "", *aligned(rows)]))


def _rows(found: Suggestion, lang: Language) -> Iterator[tuple[Message, str]]:
    if found.gateway:
        yield Message("Gateway"), f"{found.run}/{found.gateway}"
        yield Message("Transforms"), _some(map(one_line, found.transforms), lang)
    if found.control:
        answer = one_line(found.control.answer.message().into(lang))
        yield Message("With it"), f"{found.control.name}: {answer}"
    if found.unmended:
        lines = (f"{one.endpoint}: {one.what.message().into(lang)}" for one in found.unmended)
        yield Message("Cannot be taken back"), _some(map(one_line, lines), lang)
    if found.others:
        yield Message("Also changed"), _some((one_line(one.message().into(lang)) for one in found.others), lang)
    if found.recorded:
        yield Message("Recorded answers"), _some((one_line(_recorded(one, lang)) for one in found.recorded), lang)
    yield Message("Evidence"), f"{found.run}/{FILE}"


def _recorded(one: Recorded, lang: Language) -> str:
    shape = {
        "exact": Message("exactly the old shape"),
        "more": Message("the old shape, with fields that are new"),
        "other": Message("not the old shape"),
    }[one.shape]
    where = Message("{endpoint} (step {step}): {shape}", endpoint=one.endpoint, step=one.step, shape=shape).into(lang)
    left = [said.message().into(lang) for said in one.differences] if one.shape == "other" else []
    return f"{where} ({'; '.join(left)})" if left else where


def _some(lines: Iterator[str], lang: Language) -> str:
    every = list(lines)
    shown = every[:SHOWN]
    if len(every) > SHOWN:
        shown.append(Message("{count} more in {file}", count=len(every) - SHOWN, file=FILE).into(lang))
    return "\n".join(shown)
