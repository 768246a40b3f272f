"""The source of a page without the secrets in it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.masking import MASK, Secrets, document

TOKEN = "9Xp-q3vT0LcN1_6m4K2jH7gF5dS8aZbR"


@pytest.mark.parametrize(
    "page",
    [
        '<input type="password" name="pw" value="{}">',
        '<input name="pw" value="{}" type="PASSWORD" class="a > b">',
        "<INPUT TYPE='password' VALUE='{}' />",
        "<input type=password value={}>",
        "<input\n type = \"password\"\n value = '{}'\n>",
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">',
        '<input type="hidden" name="authenticity_token" value="{}" autocomplete="off">',
        '<input type="hidden" id="__RequestVerificationToken" value="{}">',
        '<input name="user[api_key]" value="{}">',
        '<input type="hidden" name="state" value="{}">',
        '<meta name="csrf-token" content="{}">',
        '<meta content="{}" name="_csrf">',
        '<meta property="session-id" content="{}">',
        '<body data-csrf-token="{}" class="a">',
        '<script>window.CSRF = {{csrfToken: "{}", debug: true}};</script>',
        "<script>var token = '{}';</script>",
        '<script type="application/json">{{"session": {{"a": 1}}, "access_token":"{}"}}</script>',
        '<div data-page="{{&quot;csrf_token&quot;:&quot;{}&quot;,&quot;a&quot;:1}}"></div>',
        '<script>x = "{{\\"token\\":\\"{}\\",\\"a\\":1}}"</script>',
        '<a href="/cb?a=1&amp;token={}&amp;b=2">x</a>',
        '<img src="https://cdn.example.com/a.png?X-Amz-Signature={}">',
        '<form action="http://u:{}@product/login"></form>'.replace("u:", f"{MASK}:"),
        "<pre>eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{}</pre>".replace("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.", ""),
    ],
)
def test_a_secret_is_masked_and_all_else_stays(page: str) -> None:
    secrets = Secrets()
    if "<pre>" in page:
        secrets.add(TOKEN, "env:TOKEN")
    source = f"<html>\n{page.format(TOKEN)}\n<p>end</p></html>"
    assert document(source, secrets) == f"<html>\n{page.format(MASK)}\n<p>end</p></html>"
    assert secrets.mask(TOKEN) == MASK


@pytest.mark.parametrize(
    "page",
    [
        '<input type="password" name="pw" value="">',
        '<input type="password" name="pw">',
        '<input type="text" name="q" value="sea">',
        '<input type="submit" name="password_reset" value="Reset my password">',
        '<input type="submit" name="password" value="Reset my password">',
        '<input type="checkbox" name="remember_token" value="1">',
        '<input type="hidden" name="state" value="open">',
        '<meta name="csrf-param" content="authenticity_token">',
        '<meta name="description" content="Tokens: how they work">',
        '<meta charset="utf-8">',
        '<metadata name="csrf-token" content="abc">',
        '<label for="password">Password: <b>required</b></label>',
        "<p>Your token: see below. Password: at least 8 characters; secret=none</p>",
        "<script>if (token === 'x') { token => 1 }</script>",
        '<script>var author = "anna", tokens = ["a"], code = "DE";</script>',
        '<a href="/tokens?page=2&amp;author=anna">Session: Monday</a>',
        "<!-- <input -->",
        "<input type=password value=",
        "<input type='password' value='",
        "< input type=password value=abc>",
        "",
    ],
)
def test_a_page_without_secrets_stays(page: str) -> None:
    secrets = Secrets()
    assert document(page, secrets) == page
    assert len(secrets) == 0


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_tag_that_never_ends_ends_with_the_page(quote: str) -> None:
    page = f"<input type=password value={quote}abc"
    assert document(page, Secrets()) == f"<input type=password value={quote}{MASK}"


_PIECES = st.sampled_from(
    ["<input", "<meta", "<", ">", "/>", " ", "type=", "password", "value=", "name=", "content=", "csrf", '"', "'", "=",
     "abc", MASK, "token", ":", "&quot;", "&amp;", "<script>", "</script>", "{", "}", "href=", "/a?token=", "http://",
     "@", "\n", "\ud800"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=25).map("".join))
@example("http:///a?token={:&quot;")
def test_masking_any_page_twice_is_masking_it_once(page: str) -> None:
    secrets = Secrets()
    once = document(page, secrets)
    assert document(once, secrets) == once


@given(st.text())
def test_any_page_is_taken(page: str) -> None:
    document(page, Secrets())
    document(f"<input type=password value='{page}", Secrets())


@pytest.mark.parametrize(
    "piece", ["<input ", "<input '", '<meta "', "<input a", "=", "<input type=password value=", 'token="', "?a="]
)
def test_a_hostile_page_is_taken(piece: str) -> None:
    document(piece * (500_000 // len(piece)), Secrets())


def test_a_large_page_is_taken() -> None:
    row = '<tr><td class="name">Öl &amp; Essig</td><td><a href="/orders/4711?page=2&amp;sort=asc">4711</a></td></tr>\n'
    rows = row * (400_000 // len(row))
    field = '<input type="hidden" name="csrf_token" value="{}">'
    masked = document(rows + field.format(TOKEN) + rows + TOKEN, Secrets())
    assert masked == rows + field.format(MASK) + rows + MASK
