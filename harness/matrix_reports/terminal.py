"""terminal: a summary in plain text, to be pasted into a ticket."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from harness.language import Language, Message

if TYPE_CHECKING:
    from harness.model import MatrixResult
    from harness.writing.standings import Group

_GROUPS_SHOWN = 10
_CELLS_SHOWN = 5
_ID_MAX = 1000  # an id that is cut cannot be copied


class Terminal:
    file: ClassVar[str] = "summary.txt"

    def render(self, folder: Path, lang: Language) -> str:
        """Verdict, counts, what is new, and what is asked next; no colours, no control characters."""
        from harness.evidence import MatrixFolder
        from harness.writing.matrices import headline, remarks
        from harness.writing.standings import tone
        from harness.writing.words import VERDICT_WORDS, aligned, one_line, printable

        result = MatrixFolder.open(folder).read_result()
        title = f"{VERDICT_WORDS[tone(result)].into(lang).upper()}  {one_line(result.name)}"
        words = [headline(result), *remarks(result)]
        sentence = " · ".join(one.into(lang) for one in words)
        rows = [(label.into(lang), "\n".join(lines)) for label, lines in _rows(result, lang)]
        return printable("\n".join([title, one_line(sentence), "", *aligned(rows)]))


def _rows(result: "MatrixResult", lang: Language) -> Iterator[tuple[Message, Sequence[str]]]:
    from harness.writing import standings
    from harness.writing.matrices import SECTIONS, stale_words, standing_words, took
    from harness.writing.words import one_line

    counts = standings.tally(result.cells)
    if counts:
        yield (
            Message("Cells"),
            [", ".join(f"{count} {standing_words(one).into(lang)}" for one, count in counts.items())],
        )
    for title, wanted in SECTIONS:
        if groups := standings.grouped(result, standings.having(result, *wanted)):
            yield title, list(_groups(groups, lang))
    if result.stale:
        lines = [f"{one.entry.cells}: {stale_words(one).into(lang)} ({one.entry.owner})" for one in result.stale]
        yield Message("Baseline"), [one_line(line) for line in lines]
    yield Message("Took"), [took(result.seconds).into(lang)]
    if result.run_folder:
        yield Message("Evidence"), [one_line(f"{result.run_folder}/matrix.html")]
    if result.command:
        yield Message("Again"), [one_line(result.command, 2 * _ID_MAX)]
    failing = standings.worst_first(standings.having(result, "regression", *standings.UNDECIDED))
    if failing and (command := standings.again(result, failing[0])):
        yield Message("One again"), [one_line(command, 2 * _ID_MAX)]


def _groups(groups: "Sequence[Group]", lang: Language) -> Iterator[str]:
    for group in groups[:_GROUPS_SHOWN]:
        yield from _group(group, lang)
    if len(groups) > _GROUPS_SHOWN:
        yield Message("{count} more in the report", count=len(groups) - _GROUPS_SHOWN).into(lang)


def _group(group: "Group", lang: Language) -> Iterator[str]:
    from harness.writing.matrices import common_words, group_title, group_why
    from harness.writing.words import one_line

    yield one_line(group_title(group, lang))
    yield from ("  " + one_line(line) for line in (group_why(group, lang), *common_words(group, lang)))
    yield from ("  " + one_line(cell.id, _ID_MAX) for cell in group.cells[:_CELLS_SHOWN])
    if len(group.cells) > _CELLS_SHOWN:
        yield "  " + Message("{count} more", count=len(group.cells) - _CELLS_SHOWN).into(lang)
