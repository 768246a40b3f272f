"""Where two pictures differ is marked; what no eye sees, and what differs between equals, is not."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from harness.evidence import differing
from harness.evidence.differing import Box

SIZE = (320, 240)


def picture(path: Path, *boxes: Box, colour: str = "black", size: tuple[int, int] = SIZE) -> Path:
    """White, with filled boxes."""
    image = Image.new("RGB", size, "white")
    for left, top, width, height in boxes:
        ImageDraw.Draw(image).rectangle((left, top, left + width - 1, top + height - 1), fill=colour)
    image.save(path)
    return path


def test_what_is_the_same_has_no_mask(tmp_path: Path) -> None:
    old, new = picture(tmp_path / "old.png", (10, 10, 9, 9)), picture(tmp_path / "new.png", (10, 10, 9, 9))
    assert differing.mask(old, new) is None


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_what_differs_is_found_and_framed(tmp_path: Path, suffix: str) -> None:
    old = picture(tmp_path / f"old.{suffix}")
    new = picture(tmp_path / f"new.{suffix}", (40, 30, 20, 10), (200, 160, 30, 30))
    mask = differing.mask(old, new)
    assert mask is not None
    assert differing.share(mask) == pytest.approx((200 + 900) / (320 * 240), rel=0.1)
    assert differing.regions(mask) == ((32, 16, 32, 32), (192, 160, 48, 32))
    shown = Image.open(BytesIO(differing.marked(new, mask))).convert("RGB")
    assert shown.size == SIZE
    red, green, _ = shown.getpixel((210, 170))  # type: ignore[misc]
    assert red > green + 100
    assert shown.getpixel((120, 100)) == (255, 255, 255)


def test_a_shade_that_no_eye_sees_is_the_same(tmp_path: Path) -> None:
    old = picture(tmp_path / "old.png", (40, 30, 90, 90), colour="#808080")
    assert differing.mask(old, picture(tmp_path / "new.png", (40, 30, 90, 90), colour="#818181")) is None


def test_pictures_of_two_sizes_are_not_compared(tmp_path: Path) -> None:
    old, new = picture(tmp_path / "old.png"), picture(tmp_path / "new.png", size=(100, 100))
    assert differing.mask(old, new) is None


def test_what_differs_between_equals_is_left_out(tmp_path: Path) -> None:
    old, again = picture(tmp_path / "old.png"), picture(tmp_path / "again.png", (200, 160, 30, 30))
    new = picture(tmp_path / "new.png", (40, 30, 20, 10), (204, 160, 30, 30))
    mask, noise = differing.mask(old, new), differing.mask(old, again)
    assert mask is not None
    assert noise is not None
    assert differing.regions(differing.without(mask, [noise])) == ((32, 16, 32, 32),)


def test_what_is_no_picture_is_said(tmp_path: Path) -> None:
    (tmp_path / "new.png").write_text("no picture")
    with pytest.raises(ValueError, match="image"):
        differing.mask(picture(tmp_path / "old.png"), tmp_path / "new.png")
