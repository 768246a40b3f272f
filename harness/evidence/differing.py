"""Where two pictures differ to the eye: by YIQ colour distance, without what anti-aliasing makes of edges.

The measure is that of pixelmatch (Kotsarenko and Ramos, 2010; Vyšniauskas, 2009), as blazediff has it.
"""

from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image as Mask

Box = tuple[int, int, int, int]  # left, top, width, height in pixels

THRESHOLD = 0.1  # of the colour distance, from 0 to 1
NEAR = 16  # pixels; what is no farther apart is one region
REGIONS_MAX = 50
_MARK = (214, 40, 40)
_PALE = 0.65  # how much of the rest is white


def mask(old: Path, new: Path) -> "Mask | None":
    """White where two PNG or JPEG files of one size differ, black elsewhere; None where nothing does, or where
    their sizes do. ValueError where one is no picture."""
    import blazediff
    from PIL import Image

    if old.read_bytes() == new.read_bytes():
        return None
    with TemporaryDirectory() as folder:
        out = Path(folder) / "mask.png"
        found = blazediff.compare(str(old), str(new), str(out), threshold=THRESHOLD, diff_mask=True)
        if found.match_result or not out.exists():
            return None
        with Image.open(out) as made:
            return made.convert("RGBA").getchannel("A").point(lambda value: 255 if value else 0)


def without(differing: "Mask", noise: Iterable["Mask"]) -> "Mask":
    """The mask without what differs between equals, and what lies next to that."""
    from PIL import ImageChops, ImageFilter

    for one in noise:
        if one.size == differing.size:
            wide = one.reduce(4).point(lambda value: 255 if value else 0).filter(ImageFilter.MaxFilter(5))
            differing = ImageChops.subtract(differing, wide.resize(one.size))
    return differing


def share(differing: "Mask") -> float:
    """How much of the picture differs, from 0 to 1."""
    return differing.histogram()[255] / (differing.width * differing.height)


def regions(differing: "Mask") -> tuple[Box, ...]:
    """Boxes around what differs and is near to each other, from the top; no more than ``REGIONS_MAX``."""
    blocks = differing.reduce(NEAR)
    left = {(at % blocks.width, at // blocks.width) for at, value in enumerate(blocks.tobytes()) if value}
    found: list[Box] = []
    while left and len(found) < REGIONS_MAX:
        found.append(_box(_together(min(left, key=lambda one: one[::-1]), left), differing.size))
    return tuple(found)


def marked(picture: Path, differing: "Mask") -> bytes:
    """The picture as PNG, pale, with what differs in red and a frame around each region."""
    from PIL import Image, ImageDraw

    with Image.open(picture) as opened:
        shown = Image.blend(opened.convert("RGB"), Image.new("RGB", opened.size, "white"), _PALE)
    shown.paste(_MARK, mask=differing)
    draw = ImageDraw.Draw(shown)
    for left, top, width, height in regions(differing):
        draw.rectangle((left, top, left + width - 1, top + height - 1), outline=_MARK, width=2)
    out = BytesIO()
    shown.quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()


def _together(start: tuple[int, int], left: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """The blocks that touch each other, taken out of ``left``."""
    left.remove(start)
    found = [start]
    for x, y in found:
        around = {(x + right, y + down) for right in (-1, 0, 1) for down in (-1, 0, 1)} & left
        left -= around
        found += around
    return found


def _box(blocks: Sequence[tuple[int, int]], size: tuple[int, int]) -> Box:
    left, top = (min(one[axis] for one in blocks) * NEAR for axis in (0, 1))
    right, bottom = (min((max(one[axis] for one in blocks) + 1) * NEAR, size[axis]) for axis in (0, 1))
    return left, top, right - left, bottom - top
