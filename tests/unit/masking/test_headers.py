"""Header fields without what authenticates."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.masking import MASK, Secrets, headers

TOKEN = "9Xp-q3vT0LcN1_6m4K2jH7gF5dS8aZbR"


@pytest.mark.parametrize(
    ("name", "value", "masked"),
    [
        ("Authorization", f"Bearer {TOKEN}", f"Bearer {MASK}"),
        ("authorization", "Basic YWRtaW46aHVudGVyMg==", f"Basic {MASK}"),
        ("authorization", f"Token  {TOKEN}", f"Token  {MASK}"),
        ("authorization", TOKEN, MASK),
        ("authorization", f"Own {TOKEN} x", MASK),
        ("authorization", "", ""),
        ("Proxy-Authorization", f"bearer {TOKEN}", f"bearer {MASK}"),
        (
            "authorization",
            'Digest username="anna", realm="a, b", nonce="n", uri="/a?b=1", qop=auth, nc=0001, response="6629fae4"',
            f'Digest username="anna", realm="a, b", nonce="{MASK}", uri="/a?b=1", qop=auth, nc=0001, response="{MASK}"',
        ),
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKID/20261122/eu/s3/aws4_request, SignedHeaders=host;date, Signature=fe5f80",
            f"AWS4-HMAC-SHA256 Credential={MASK}, SignedHeaders=host;date, Signature={MASK}",
        ),
        ("authorization", 'Hawk id="dh37", mac="6R4r" and more', f"Hawk {MASK}"),
        ("Cookie", f"sid={TOKEN}; theme=dark; empty=; x", f"sid={MASK}; theme={MASK}; empty=; {MASK}"),
        ("cookie", 'a="quoted value"; b=c=d==', f'a="{MASK}"; b={MASK}'),
        ("cookie", "a=1, b=2", f"a={MASK}, b={MASK}"),
        ("Set-Cookie", f"sid={TOKEN}; Path=/; HttpOnly; SameSite=Lax", f"sid={MASK}; Path=/; HttpOnly; SameSite=Lax"),
        ("set-cookie", "sid=; Max-Age=0; Path=/", "sid=; Max-Age=0; Path=/"),
        (
            "set-cookie",
            "a=b; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/, theme=dark, c=d; Max-Age=1; Own=e\nf=g; Secure",
            f"a={MASK}; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/, theme={MASK}, c={MASK}; Max-Age=1; Own={MASK}\n"
            f"f={MASK}; Secure",
        ),
        ("set-cookie", 'a={"x":1,"y":2}; Path=/', f"a={MASK}; Path=/"),
        ("X-Api-Key", "abc", MASK),
        ("x-csrf-token", "abc", MASK),
        ("X-Auth-Token", "abc", MASK),
        ("x-shop-session", "abc", MASK),
        ("x-hub-signature-256", "sha256=abc", MASK),
        ("Ocp-Apim-Subscription-Key", "9f86d081884c7d659a2feaa0c55ad015", MASK),
        ("idempotency-key", "order-1", "order-1"),
        ("Location", f"/cb?code={TOKEN}&x=1#a", f"/cb?code={MASK}&x=1#a"),
        ("Referer", "http://u:p@product/", f"http://{MASK}:{MASK}@product/"),
        ("location", "cb?code=abc&state=xyz", f"cb?code={MASK}&state={MASK}"),
        ("Content-Location", "//u:p@product/", f"//{MASK}:{MASK}@product/"),
        ("origin", "http://product:8000", "http://product:8000"),
        ("refresh", f"0; url=http://product/?token={TOKEN}", f"0; url=http://product/?token={MASK}"),
        ("link", f'<http://product/?sig={TOKEN}>; rel="next"', f'<http://product/?sig={MASK}>; rel="next"'),
    ],
)  # fmt: skip
def test_what_authenticates_is_masked(name: str, value: str, masked: str) -> None:
    secrets = Secrets()
    assert headers({name: value}, secrets) == {name: masked}
    assert headers({name: masked}, secrets) == {name: masked}
    assert not secrets.find(masked.encode())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("content-type", "text/html; charset=utf-8"),
        ("accept", "*/*"),
        ("vary", "Cookie, Authorization, X-CSRF-Token"),
        ("access-control-allow-headers", "authorization, x-api-key"),
        ("access-control-allow-credentials", "true"),
        ("www-authenticate", 'Bearer realm="shop", error="invalid_token"'),
        ("clear-site-data", '"cookies", "storage"'),
        ("etag", 'W/"9f86d081884c7d65"'),
        ("date", "Sun, 22 Nov 2026 20:31:07 GMT"),
        ("content-security-policy", "default-src 'self'; script-src 'nonce-abc' https://cdn.example.com"),
        ("strict-transport-security", "max-age=31536000; includeSubDomains"),
        ("x-request-id", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"),
        ("authorization", ""),
    ],
)
def test_all_else_stays(name: str, value: str) -> None:
    secrets = Secrets()
    assert headers({name: value}, secrets) == {name: value}
    assert len(secrets) == 0


def test_what_was_seen_is_masked_everywhere_also_before_it_was_seen() -> None:
    secrets = Secrets()
    fields = headers({"x-trace": f"for {TOKEN}", "cookie": f"sid={TOKEN}; theme=midnight-blue"}, secrets)
    assert fields == {"x-trace": f"for {MASK}", "cookie": f"sid={MASK}; theme={MASK}"}
    assert secrets.mask("a midnight-blue sky") == "a midnight-blue sky"
    assert [hit.name for hit in secrets.find(TOKEN.encode())] == ["cookie sid"]


def test_a_random_password_of_basic_authentication_is_known_from_then_on() -> None:
    secrets = Secrets()
    headers({"authorization": "Basic " + b64encode(f"anna:{TOKEN}".encode()).decode()}, secrets)
    assert secrets.mask(TOKEN) == MASK


@given(
    st.dictionaries(st.sampled_from(["authorization", "cookie", "set-cookie", "x-token", "location", "a"]), st.text())
)
def test_any_fields_are_taken_and_masking_them_twice_is_masking_them_once(fields: dict[str, str]) -> None:
    secrets = Secrets()
    once = headers(fields, secrets)
    assert headers(once, secrets) == once
    assert list(once) == list(fields)


_COOKIE_VALUES = st.text(st.sampled_from("abcXYZ0189!#$%&'*+-./:<=>?@[]^_`{|}~"), min_size=5)  # RFC 6265, 4.1.1


@given(st.lists(_COOKIE_VALUES, min_size=1, max_size=4))
def test_no_value_of_a_cookie_is_left(values: list[str]) -> None:
    fields = headers(
        {
            "cookie": "; ".join(f"c{number}={value}" for number, value in enumerate(values)),
            "set-cookie": ", ".join(f"c{number}={value}; Path=/" for number, value in enumerate(values)),
        },
        Secrets(),
    )
    assert fields["cookie"] == "; ".join(f"c{number}={MASK}" for number in range(len(values)))
    assert fields["set-cookie"] == ", ".join(f"c{number}={MASK}; Path=/" for number in range(len(values)))
