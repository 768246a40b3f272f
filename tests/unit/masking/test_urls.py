"""Addresses without their secrets, and what makes two of them the same."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.facts import identity
from harness.masking import MASK, Secrets, url

TOKEN = "9Xp-q3vT0LcN1_6m4K2jH7gF5dS8aZbR"
OTHER = "Kd8sJf03nLq-Wm27Zx_5VbTg1RyC6hPe"


@pytest.mark.parametrize(
    "address",
    [
        "http://product:8000/a?token={}",
        "http://product:8000/a?x=1&access_token={}&y=2",
        "http://product:8000/a?x=1;token={};y=2",
        "http://product:8000/a?user[password]={}&user%5Bname%5D=anna",
        "http://product:8000/a?user%5Bpassword%5D={}",
        "http://product:8000/a?api%5Fkey={}&x=1",
        "http://product:8000/cb#access_token={}&token_type=bearer&expires_in=3600",
        "http://product:8000/#/cb?token={}&x=1",
        "http://product:8000/cart;jsessionid={}/items?x=1",
        "http://product:8000/cart;v=1;jsessionid={}",
        "http://product:8000/login?next=/cb?token={}",
        "http://product:8000/login?next=http%3A%2F%2Fproduct%2Fcb%3Fa%3D1%26token%3D{}%26b%3D2",
        "http://product:8000/login?next=%252Fcb%253Ftoken%253D{}%2526b",
        "https://bucket.s3.example.com/a?X-Amz-Date=20261122T203107Z&X-Amz-Signature={}",
        "https://maps.example.com/js?v=3&key={}",
        "https://sso.example.com/cb?session_state=x&code={}",
        "https://{}@git.example.com/a.git",
        "//{}@git.example.com/a.git",
        "/relative?sig={}",
        "?sig={}",
        "wss://product/socket?sid={}&transport=websocket",
        "http://product:8000/a?x=%zz&token={}&y=%",
        "http://[::1]:8000/a?token={}",
        "http://[bad/a?token={}",
        "http://product:8000/a?token={}&token=" + MASK,
    ],
)
def test_a_secret_is_masked_and_all_else_stays(address: str) -> None:
    secrets = Secrets()
    assert url(address.format(TOKEN), secrets) == address.format(MASK)
    assert secrets.mask(f"seen: {TOKEN}") == f"seen: {MASK}"


def test_what_looks_like_a_secret_is_one_in_a_path_too() -> None:
    assert url(f"/reset/eyJhbGciOiJIUzI1NiJ9.e30.{TOKEN}/", Secrets()) == f"/reset/{MASK}/"


def test_whoever_is_named_before_the_host_is_masked() -> None:
    assert url("https://anna:p:w@x@product/a@b?c@d", Secrets()) == f"https://{MASK}:{MASK}@product/a@b?c@d"
    assert url("ftp://anna:@product", Secrets()) == f"ftp://{MASK}:@product"


def test_the_answer_of_an_authorization_server_is_masked_whatever_it_looks_like() -> None:
    assert url("/cb?code=abc&state=xyz", Secrets()) == f"/cb?code={MASK}&state={MASK}"  # RFC 6749, 4.1.2
    assert url("/cb?code=404", Secrets()) == "/cb?code=404"
    assert url("/issues?state=open", Secrets()) == "/issues?state=open"


def test_a_value_ends_where_the_next_parameter_begins() -> None:
    assert url("/a?token=a=b;c?d/e;f=g&h", Secrets()) == f"/a?token={MASK};f=g&h"


@pytest.mark.parametrize(
    "address",
    [
        "", "?", "#", "&", "=", "http://", "//", "http://product:8000/a/b.js?v=1.2.3&_=1699999999#top", "/a?token",
        "/a?token=", "/a?x=token=1", "/tokens/1?author=anna&keyword=sea&monkey=1", "mailto:anna@example.com",
        "about:blank", "data:text/plain,a?token=abc", "blob:http://product/3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "http://product:8000/a?next=%2Fb%3Fpage%3D2", "/a?key=color&code=DE", "/a;v=1/b;x", "/a?x=a@b:c",
    ],
)  # fmt: skip
def test_an_address_without_secrets_stays(address: str) -> None:
    assert url(address, Secrets()) == address


def test_a_secret_that_is_known_is_masked_anywhere() -> None:
    secrets = Secrets()
    secrets.add("p@ss word", "env:PASSWORD")
    assert url("http://product/a/p%40ss%20word/b?q=p%40ss+word", secrets) == f"http://product/a/{MASK}/b?q={MASK}"


@given(st.text(), st.text())
def test_any_address_is_taken_and_masking_it_twice_is_masking_it_once(one: str, other: str) -> None:
    secrets = Secrets()
    for address in (one, f"http://{one}?{other}", f"/{one};{other}?token={one}&key={other}#{one}"):
        once = url(address, secrets)
        assert url(once, secrets) == once


@given(st.text(), st.text())
def test_no_secret_value_is_left(before: str, after: str) -> None:
    before, after = (text.replace("=", "").replace("#", "") for text in (before, after))
    masked = url(f"http://product/?a={before}&token={quote(TOKEN)}&b={after}", Secrets())
    assert TOKEN not in masked


@pytest.mark.parametrize(
    "address",
    [
        "http://product/a?token={}&q=sea",
        "http://product/cb?code={}&state=abc",
        "http://product/a;jsessionid={}",
        "http://{}@x/a",
    ],
)
def test_two_tokens_are_the_same(address: str) -> None:
    one, other = (identity.of_url(url(address.format(token), Secrets())) for token in (TOKEN, OTHER))
    assert one == other


def test_what_tells_two_addresses_apart_stays() -> None:
    one, other = (identity.of_url(url(f"/a?token={TOKEN}&q={word}", Secrets())) for word in ("sea", "sky"))
    assert one != other
