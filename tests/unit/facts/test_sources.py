"""Stacks that name the files that a build put together."""

from harness.facts.origins import of_page
from harness.facts.owners import Owner
from harness.facts.sources import maps_of, original, translated
from harness.model import Mapped, Trace

SERVED = "http://product:8000/app.js"
TRACE = Trace(
    side="after",
    browser="b",
    outcomes=(),
    observations=(
        Mapped(
            step=1, time_s=0, url=SERVED, line=1, column=9, source="webpack://shop/./node_modules/stellar/a.js",
            source_line=7, source_column=3,
        ),
        Mapped(
            step=1, time_s=0, url=SERVED, line=1, column=40, source="webpack://shop/./src/page.js", source_line=2,
            source_column=1,
        ),
    ),
)  # fmt: skip
STACK = f"t ({SERVED}:1:9)\n<anonymous> ({SERVED}:1:40)\nother (http://product:8000/x.js:1:1)"


def test_a_place_and_a_stack() -> None:
    maps = maps_of(TRACE)
    assert original(f"{SERVED}:1:9", maps) == "webpack://shop/./node_modules/stellar/a.js:7:3"
    assert original(f"{SERVED}:1:10", maps) == f"{SERVED}:1:10"
    assert translated(STACK, maps).splitlines() == [
        f"t (webpack://shop/./node_modules/stellar/a.js:7:3 ← {SERVED}:1:9)",
        f"<anonymous> (webpack://shop/./src/page.js:2:1 ← {SERVED}:1:40)",
        "other (http://product:8000/x.js:1:1)",
    ]
    assert translated(STACK, {}) == STACK


def test_whose_code_was_put_into_a_bundle() -> None:
    shop = Owner(label="shop@2", names=("shop",), role="product")
    stellar = Owner(label="stellar@0.6.2", names=("stellar",))
    found = of_page("TypeError: no", STACK, "", [stellar, shop], maps_of(TRACE))
    assert found is not None
    assert (found.package, found.role, found.line) == ("stellar@0.6.2", "plugin", 7)
    alone = of_page("TypeError: no", STACK, "", [shop], maps_of(TRACE))
    assert alone is not None
    assert (alone.package, alone.role) == ("stellar", "library")
    page = of_page("TypeError: no", STACK.split("\n")[1], "", [stellar, shop], maps_of(TRACE))
    assert page is not None
    assert (page.package, page.role) == ("shop@2", "product")
