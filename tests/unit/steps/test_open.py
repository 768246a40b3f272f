from types import SimpleNamespace

import pytest

from tests.unit.steps.steps import FakePage, run, words


@pytest.mark.parametrize(
    ("url", "opened"),
    [
        ("/", "http://product:8000/"),
        ("/search?q=sea#top", "http://product:8000/search?q=sea#top"),
        ("admin/", "http://product:8000/admin/"),
        ("http://other:1/x", "http://other:1/x"),
    ],
)
def test_a_path_is_of_the_product(url: str, opened: str) -> None:
    assert run("open", url, FakePage()).calls == [("go", opened)]
    assert words("open", url) == f"open {url}"


@pytest.mark.parametrize(("status", "notes"), [(200, 0), (399, 0), (400, 1), (503, 1), (None, 0)])
def test_an_error_page_is_noted(status: int | None, notes: int) -> None:
    assert len(run("open", "/", FakePage(document=SimpleNamespace(status=status))).notes) == notes
