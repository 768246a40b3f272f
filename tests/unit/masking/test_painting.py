"""Pictures in which what is secret is painted over."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from harness.errors import HarnessError
from harness.masking import paint

WHITE = (255, 255, 255)


def picture(kind: str = "PNG", mode: str = "RGB", size: tuple[int, int] = (40, 20), **options: object) -> bytes:
    image = Image.new("RGB", size, WHITE).convert(mode)
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def painted(image: bytes) -> set[tuple[int, int]]:
    """The pixels that are no longer white."""
    shown = Image.open(BytesIO(image)).convert("RGB")
    columns, rows = shown.size
    return {(x, y) for x in range(columns) for y in range(rows) if sum(shown.getpixel((x, y))) < 600}


def box(left: int, top: int, right: int, bottom: int) -> set[tuple[int, int]]:
    return {(x, y) for x in range(left, right) for y in range(top, bottom)}


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "LA", "I;16"])
def test_boxes_are_painted_over_in_any_png(mode: str) -> None:
    image = paint(picture(mode=mode), [(10, 5, 8, 4), (30, 0, 2, 2)], 1)
    assert painted(image) == box(10, 5, 18, 9) | box(30, 0, 32, 2)
    assert Image.open(BytesIO(image)).format == "PNG"


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_boxes_are_painted_over_in_any_jpeg(mode: str) -> None:
    image = paint(picture("JPEG", mode=mode), [(8, 8, 16, 8)], 1)
    assert Image.open(BytesIO(image)).format == "JPEG"
    assert box(8, 8, 24, 16) <= painted(image)
    assert not box(0, 0, 40, 6) & painted(image)


def test_a_box_is_measured_in_css_pixels_and_covers_each_pixel_that_it_touches() -> None:
    assert painted(paint(picture(), [(2.4, 1.2, 3, 2)], 2)) == box(4, 2, 11, 7)
    assert painted(paint(picture(), [(4, 4, 4, 4)], 0.5)) == box(2, 2, 4, 4)


def test_a_box_is_clipped() -> None:
    assert painted(paint(picture(), [(-5, -5, 10, 10), (35, 15, 1e6, 1e6), (500, 500, 5, 5)], 1)) == box(
        0, 0, 5, 5
    ) | box(35, 15, 40, 20)


def test_an_empty_box_covers_nothing() -> None:
    assert painted(paint(picture(), [(5, 5, 0, 4)], 1)) == set()


def test_what_is_painted_over_cannot_be_looked_through() -> None:
    image = paint(picture(mode="RGBA"), [(0, 0, 40, 20)], 1)
    assert Image.open(BytesIO(image)).convert("RGBA").getcolors() == [(800, (96, 96, 96, 255))]


def test_without_boxes_it_is_the_same_bytes() -> None:
    for image in (picture(), b"no picture"):
        assert paint(image, [], 1) is image


def test_words_kept_in_a_picture_are_gone() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "hunter2")
    image = paint(picture(pnginfo=info), [(0, 0, 1, 1)], 1)
    assert b"hunter2" not in image
    assert b"hunter2" in picture(pnginfo=info)


def test_a_further_frame_is_gone() -> None:
    frames = [Image.new("RGB", (40, 20), colour) for colour in (WHITE, (0, 0, 0))]
    file = BytesIO()
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])
    assert getattr(Image.open(BytesIO(file.getvalue())), "n_frames", 1) == 2
    image = Image.open(BytesIO(paint(file.getvalue(), [(0, 0, 1, 1)], 1)))
    assert getattr(image, "n_frames", 1) == 1


@pytest.mark.parametrize(
    "image",
    [
        b"",
        b"no picture",
        picture()[:60],
        picture("JPEG", size=(400, 400))[:-800],
        picture("GIF"),
        picture().replace(b"IDAT", b"IDAX"),
        picture()[:45] + b"\xff\x00\xff" + picture()[48:],
    ],
)
def test_a_damaged_picture_is_not_let_through(image: bytes) -> None:
    with pytest.raises(HarnessError):
        paint(image, [(0, 0, 5, 5)], 1)


@pytest.mark.parametrize("odd", [(float("nan"), 0, 1, 1), (0, 0, float("inf"), 1), (5, 5, -3, 2)])
def test_a_box_that_is_none_is_refused(odd: tuple[float, float, float, float]) -> None:
    with pytest.raises(HarnessError):
        paint(picture(), [odd], 1)


def test_a_picture_larger_than_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(HarnessError):
        paint(picture(), [(0, 0, 5, 5)], 1)


@given(st.binary(max_size=100), st.integers(0, 200))
def test_no_damage_escapes_as_another_error(damage: bytes, start: int) -> None:
    whole = picture()
    image = whole[:start] + damage + whole[start + len(damage) :]
    try:
        result = paint(image, [(0, 0, 40, 20)], 1)
    except HarnessError:
        return
    assert Image.open(BytesIO(result)).convert("RGB").getpixel((0, 0)) == (96, 96, 96)
