"""What a person sees differ at the end of a step: plain values in the reader's language."""

from dataclasses import dataclass

from harness.language import Language
from harness.model import Appearance
from harness.reports.html.pictures import Album, Picture
from harness.writing import looks
from harness.writing.words import one_line

LINES_MAX = 12


@dataclass(frozen=True, kw_only=True)
class Looks:
    lines: tuple[str, ...]
    picture: Picture | None  # of the later side, with what differs marked


def looks_view(appearance: Appearance, album: Album, lang: Language) -> Looks:
    """Of a step that looks different."""
    return Looks(
        lines=tuple(one_line(message.into(lang)) for message in looks.lines(appearance, LINES_MAX)),
        picture=album.picture(appearance.picture.path) if appearance.picture else None,
    )
