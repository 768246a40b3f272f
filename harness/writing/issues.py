"""What a run says to customer and vendor, in Markdown that fits an issue of GitHub or GitLab.

GitHub takes 65,536 characters in an issue. The dialect is CommonMark with tables; the only HTML is a ``<table>``
whose cells are blocks of code, so that an old and a new answer stand side by side.
"""

from collections.abc import Iterator, Sequence

from harness.language import Language, Message
from harness.model import CustomerReport, Shape, VendorReport
from harness.model.audience import VendorError, VendorStep
from harness.writing.markdown_text import block, code, words
from harness.writing.words import FOR_WORDS, STRENGTH_WORDS

LENGTH_MAX = 60_000  # characters
_SAID = 200  # kept for the words that say what was left out
_LINES = 60  # of an excerpt or a stack
_SIGNS = {"passed": "✓", "failed": "✗", "not-run": "·"}


def led(report: CustomerReport | VendorReport, lang: Language) -> str:
    """The paragraph, said for whom it is; its text has been made fit for Markdown."""
    return f"**{FOR_WORDS[report.audience].into(lang)}**\n\n{report.text}"


def fitted(parts: Sequence[str], lang: Language, room: int = LENGTH_MAX) -> str:
    """The parts that there is room for, in their order; that some are left out is said."""
    text, left = "", 0
    for part in filter(None, parts):
        if len(text) + len(part) + _SAID > room:
            left += 1
        else:
            text += f"\n\n{part}" if text else part
    if left:
        text += "\n\n" + Message("{count} section(s) are left out, too long for this page", count=left).into(lang)
    return f"{text}\n"


def vendor_parts(report: VendorReport, lang: Language) -> Iterator[str]:
    """Versions, call, shapes, stacks, steps: each with its heading."""
    before, after = Message("Before").into(lang), Message("After").into(lang)
    if report.versions:
        rows = [[words(one.what), code(one.before) or "–", code(one.after) or "–"] for one in report.versions]
        yield _titled(Message("Versions"), _table(["", before, after], rows), lang)
    if report.call:
        how = STRENGTH_WORDS[report.call.strength].into(lang)
        where = Message(
            "at step {number}, that the failure follows from it: {strength}", number=report.call.step, strength=how
        )
        yield _titled(Message("The call"), f"{code(report.call.endpoint)} ({where.into(lang)})", lang)
    yield from _shapes(report.shapes, lang)
    if report.errors:
        lines = [_error(error) for error in report.errors]
        if report.errors_left_out:
            lines.append("- " + Message("{count} more in the report", count=report.errors_left_out).into(lang))
        title = Message("Gone after the upgrade") if report.verdict == "fixed" else Message("New after the upgrade")
        yield _titled(title, "\n".join(lines), lang)
    for error in report.errors:
        if error.stack:
            yield f"{code(error.text)}:\n\n{_block(error.stack, 'text')}"
    if report.steps:
        steps = "\n".join(map(_step, report.steps))
        if report.steps_left_out:
            more = Message("Further steps of the scenario, left out:").into(lang)
            steps += f"\n\n{more} {report.steps_left_out}"
        yield _titled(Message("Steps that show it"), steps, lang)
    if report.fingerprint:
        yield Message("Fingerprint: {fingerprint}", fingerprint=f"`{report.fingerprint}`").into(lang)


def _titled(title: Message, text: str, lang: Language) -> str:
    return f"### {title.into(lang)}\n\n{text}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(' '.join(cell.split()) for cell in line)} |" for line in lines)


def _shapes(shapes: Sequence[Shape], lang: Language) -> Iterator[str]:
    """A table of what differs, and under it an answer of each endpoint on both sides."""
    if not shapes:
        return
    before, after = Message("Before").into(lang), Message("After").into(lang)
    head = [Message("What changed").into(lang), before, after, Message("An error follows from it").into(lang)]
    rows = [[one.what, code(one.before), code(one.after), STRENGTH_WORDS[one.strength].into(lang)] for one in shapes]
    yield _titled(Message("The shape of the answer"), _table(head, rows), lang)
    for one in {shape.endpoint: shape for shape in reversed(shapes)}.values():
        if one.part == "body" and (one.excerpt_before or one.excerpt_after):
            cells = "\n\n</td><td>\n\n".join(_block(text, "json") for text in (one.excerpt_before, one.excerpt_after))
            top = f"<table>\n<tr><th>{before}</th><th>{after}</th></tr>\n<tr><td>\n\n"
            yield f"{code(one.endpoint)}:\n\n{top}{cells}\n\n</td></tr>\n</table>"


def _block(text: str, language: str) -> str:
    lines = text.splitlines()
    return block(*lines[:_LINES], *(["…"] if len(lines) > _LINES else []), language=language)


def _error(error: VendorError) -> str:
    return f"- {code(error.text)}" + (f"\n  - {code(error.where)}" if error.where else "")


def _step(step: VendorStep) -> str:
    line = f"{step.number}. {words(step.description)} — {_SIGNS[step.before]} → {_SIGNS[step.after]}"
    return line + (f"\n   - {step.reason}" if step.reason else "")
