"""What a person sees differ, in words."""

from harness.model import Appearance, Element, ElementChange, PictureChange
from harness.writing import looks

SAVE, TITLE = Element(tag="button", id="save", text="Save"), Element(tag="h1", text="Orders")
LOOKS = Appearance(
    step=2,
    gone=(SAVE, Element(tag="canvas")),
    new=(Element(tag="input", label="Find"),),
    changed=(ElementChange(before=TITLE, after=Element(tag="h1", text="x" * 99)),),
    picture=PictureChange(path="differences/02.png", share=0.126, regions=((0, 0, 9, 9),)),
)


def said(limit: int, lang: str = "en") -> list[str]:
    return [one.into("zh" if lang == "zh" else "en") for one in looks.lines(LOOKS, limit)]


def test_each_is_named_and_what_is_gone_comes_first() -> None:
    assert said(9) == [
        "no longer to be seen: “Save” (button#save)",
        "no longer to be seen: canvas",
        f"“Orders” (h1) became “{'x' * 79}…”",
        "new: “Find” (input)",
        "13 % of the picture differ",
    ]


def test_too_many_are_counted() -> None:
    assert said(1)[1:] == ["3 more in the report", "13 % of the picture differ"]


def test_a_little_is_not_nothing() -> None:
    little = LOOKS.model_copy(update={"picture": PictureChange(path="x", share=0.001, regions=((0, 0, 1, 1),))})
    assert [str(one) for one in looks.lines(little, 0)][-1] == "<1 % of the picture differ"


def test_it_is_said_in_chinese() -> None:
    assert all(any("一" <= sign <= "鿿" for sign in line) for line in said(9, "zh"))
