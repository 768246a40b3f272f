"""Pictures of a page with what is secret painted over."""

import struct
import zlib
from collections.abc import Sequence
from io import BytesIO
from math import ceil, floor

from harness.errors import HarnessError
from harness.language import Message

Box = tuple[float, float, float, float]
"""Left, top, width and height in CSS pixels."""

_COLOUR = (96, 96, 96)
_QUALITY = 90  # of a JPEG


def paint(image: bytes, boxes: Sequence[Box], scale: float) -> bytes:
    """A JPEG or PNG with boxes painted over, ``scale`` pixels of the picture for a CSS pixel, in its own format and
    without metadata or further frames; without boxes as it was. HarnessError where that fails: what it shows is
    then not to be kept."""
    if not boxes:
        return image
    from PIL import Image, ImageDraw

    try:
        with Image.open(BytesIO(image), formats=("JPEG", "PNG")) as picture:
            canvas = Image.new("RGBA" if picture.has_transparency_data else "RGB", picture.size)
            canvas.paste(picture.convert(canvas.mode))
            draw = ImageDraw.Draw(canvas)
            for box in (box for box in boxes if box[2] and box[3]):
                draw.rectangle(_pixels(box, scale), fill=_COLOUR)
            painted = BytesIO()
            canvas.save(painted, picture.format, quality=_QUALITY)
            return painted.getvalue()
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError, struct.error, zlib.error) as exc:
        raise _damaged(exc) from exc
    except Image.DecompressionBombError as exc:
        raise _damaged(exc) from exc


def _pixels(box: Box, scale: float) -> tuple[int, int, int, int]:
    """First and last pixel in each direction that the box touches."""
    left, top, width, height = (length * scale for length in box)
    return floor(left), floor(top), ceil(left + width) - 1, ceil(top + height) - 1


def _damaged(exc: Exception) -> HarnessError:
    return HarnessError(Message("secrets in a screenshot cannot be painted over: {why}", why=str(exc)))
