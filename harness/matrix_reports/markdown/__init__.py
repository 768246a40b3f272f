"""markdown: a summary for the page of a CI job and for a comment on a change.

GitHub takes 65,536 characters in a comment and 1 MiB in a job's summary. The dialect is that of
GitHub and GitLab: CommonMark with tables; the only HTML is ``<details>`` and ``<summary>``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from harness.language import Language, Message

if TYPE_CHECKING:
    from harness.model import MatrixResult, Stale
    from harness.writing.standings import Group

LENGTH_MAX = 60_000  # characters
_SAID = 200  # kept for the words that say what was cut
_CELLS_SHOWN = 10
_ID_MAX = 1000  # an id that is cut cannot be copied


@dataclass(frozen=True, kw_only=True)
class Section:
    """A title and blocks of Markdown, each of which is there whole or not at all."""

    title: str
    blocks: Sequence[str]
    folded: bool = False  # under its title until that is clicked

    @property
    def head(self) -> str:
        return f"<details><summary>{self.title}</summary>\n" if self.folded else f"### {self.title}\n"

    @property
    def foot(self) -> str:
        return "\n\n</details>" if self.folded else ""


class Markdown:
    file: ClassVar[str] = "summary.md"

    def render(self, folder: Path, lang: Language) -> str:
        """Headline, counts, new regressions, undecided and known ones, a table where it is small enough to
        read; at most ``LENGTH_MAX`` characters, and what was cut is said."""
        from harness.evidence import MatrixFolder

        result = MatrixFolder.open(folder).read_result()
        parts = [_headline(result, lang), _counts(result, lang)]
        again = _again(result, lang)
        room = LENGTH_MAX - len(again) - sum(len(part) + 2 for part in parts)
        for section in _sections(result, lang):
            part = _fitted(section, room, lang)
            room -= len(part) + 2
            parts.append(part)
        return "\n\n".join(filter(None, [*parts, again])) + "\n"


def _headline(result: "MatrixResult", lang: Language) -> str:
    from harness.writing.markdown_text import words
    from harness.writing.matrices import SIGNS, facts, headline
    from harness.writing.standings import tone

    what = " – ".join(words(text) for text in (result.name, result.title) if text)
    version = words(f"harness {result.harness_version}") if result.harness_version else ""
    line = " · ".join(filter(None, [*(fact.into(lang) for fact in facts(result, words)), version]))
    return f"## {SIGNS[tone(result)]} {headline(result).into(lang)}\n\n{what}\n\n{line}"


def _counts(result: "MatrixResult", lang: Language) -> str:
    from harness.writing.matrices import sign_of, standing_words
    from harness.writing.standings import tally

    rows = [
        f"| {sign_of(one)} {standing_words(one).into(lang)} | {count} |" for one, count in tally(result.cells).items()
    ]
    return "\n".join(["|  | " + Message("Cells").into(lang) + " |", "|---|---:|", *rows])


def _sections(result: "MatrixResult", lang: Language) -> Iterator[Section]:
    from harness.matrix_reports.markdown.grid import grid
    from harness.writing import standings
    from harness.writing.matrices import SECTIONS

    for title, wanted in SECTIONS:
        groups = standings.grouped(result, standings.having(result, *wanted))
        if groups:
            count = sum(len(group.cells) for group in groups)
            words = f"{title.into(lang)}: {count}"
            blocks = [_group(result, group, lang) for group in groups]
            yield Section(title=words, blocks=blocks, folded=wanted in (("known",), ("not-run",)))
    if result.stale:
        words = Message("Entries of the baseline that are no longer so").into(lang)
        yield Section(title=words, blocks=[_stale(one, lang) for one in result.stale])
    if table := grid(result):
        yield Section(title=Message("All cells").into(lang), blocks=[table])


def _group(result: "MatrixResult", group: "Group", lang: Language) -> str:
    from harness.writing.markdown_text import code, words
    from harness.writing.matrices import common_words, group_title, reason_words
    from harness.writing.standings import evidence_path

    first = group.first
    why = code(first.error) or words(reason_words(first, lang))
    lines = [f"  - {why}", *(f"  - {line}" for line in common_words(group, lang, words))]
    lines += [f"  - {code(cell.id, _ID_MAX)}" for cell in group.cells[:_CELLS_SHOWN]]
    if len(group.cells) > _CELLS_SHOWN:
        lines.append("  - " + Message("{count} more", count=len(group.cells) - _CELLS_SHOWN).into(lang))
    if path := evidence_path(result, first):
        lines.append("  - " + Message("Evidence: {path}", path=code(path, 2 * _ID_MAX)).into(lang))
    return "\n".join([f"- {group_title(group, lang, words)}", *lines])


def _stale(stale: "Stale", lang: Language) -> str:
    from harness.writing.markdown_text import code, words
    from harness.writing.matrices import stale_words

    entry = stale.entry
    return f"- {code(entry.cells)}: {stale_words(stale).into(lang)} – {words(entry.reason)} ({code(entry.owner)})"


def _again(result: "MatrixResult", lang: Language) -> str:
    from harness.writing import standings
    from harness.writing.markdown_text import block

    failing = standings.worst_first(standings.having(result, "regression", *standings.UNDECIDED))
    commands = [standings.again(result, failing[0])] if failing else []
    commands = list(filter(None, [*commands, result.command]))
    return f"### {Message('Run it again').into(lang)}\n\n{block(*commands)}" if commands else ""


def _fitted(section: Section, room: int, lang: Language) -> str:
    """As many blocks of a section as there is room for; how many are left out is said."""
    text, kept = section.head, 0
    for block in section.blocks:
        if len(text) + len(block) + len(section.foot) + _SAID > room:
            break
        text, kept = f"{text}\n{block}", kept + 1
    left = len(section.blocks) - kept
    if not kept and room < _SAID:
        return ""
    if left:
        text += "\n\n" + Message("{count} more in matrix.html, too long for this page", count=left).into(lang)
    return text + section.foot
