"""Whose code an address is of."""

import pytest

from harness.facts.owners import Owner, frames, owner_of

OWNERS = (
    Owner(label="stellar@0.6.2", names=("jquery.stellar", "stellar")),
    Owner(label="search-all@1.0", names=("datasette-search-all", "search-all"), serves=("/-/search",)),
    Owner(label="table@2", names=("@shop/table", "table")),
    Owner(label="shop@1", names=("shop",), role="product"),
)


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("/node_modules/jquery.stellar/jquery.stellar.js", "stellar@0.6.2"),
        ("/js/jquery.stellar.min.js", "stellar@0.6.2"),
        ("/js/jquery.stellar-0.6.2.min.js?v=3", "stellar@0.6.2"),
        ("/wp-content/plugins/search-all/app.js", "search-all@1.0"),
        ("/-/search?q=sea", "search-all@1.0"),
        ("/node_modules/@shop/table/dist/index.js", "table@2"),
        ("/static/shop/main.js", "shop@1"),
        ("/bundle.js", None),
        ("/", None),
        ("/stellarium/x.js", None),
    ],
)
def test_a_recipe_or_a_name_in_the_path_says_it(path: str, owner: str | None) -> None:
    found = owner_of(f"http://product:8000{path}:3:4", OWNERS) if "?" not in path else owner_of(
        f"http://product:8000{path}", OWNERS
    )  # fmt: skip
    assert (found.label if found else None) == owner


def test_the_frames_of_a_stack_come_innermost_first() -> None:
    stack = "f (http://a/x.js:1:2)\n<anonymous> (http://a/y.js:3:4)"
    assert frames(stack, "http://a/x.js:1:2") == ["http://a/x.js:1:2", "http://a/y.js:3:4"]
    assert frames("", "http://a/x.js:1:2") == ["http://a/x.js:1:2"]
