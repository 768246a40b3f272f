"""Lines of logs, messages of the console and errors without the secrets in them, and what makes two the same."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.facts import identity
from harness.masking import MASK, Secrets, text

TOKEN = "9Xp-q3vT0LcN1_6m4K2jH7gF5dS8aZbR"
OTHER = "Kd8sJf03nLq-Wm27Zx_5VbTg1RyC6hPe"


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("login failed: password=hunter2, user=anna", f"login failed: password={MASK}, user=anna"),
        ("token=tokens session=session1", f"token={MASK} session={MASK}"),
        ("password: hunter2.", f"password: {MASK}."),
        ("DB_PASSWORD=hunter2 DEBUG=1", f"DB_PASSWORD={MASK} DEBUG=1"),
        ("--api-key=abc --verbose", f"--api-key={MASK} --verbose"),
        ("secret = 'a b'", f"secret = '{MASK}'"),
        (r"{'token': 'it\'s', 'x': 1}", f"{{'token': '{MASK}', 'x': 1}}"),
        ("{'token': b'abc'}", f"{{'token': b'{MASK}'}}"),
        ('{"csrf_token": "abc", "ok": true}', f'{{"csrf_token": "{MASK}", "ok": true}}'),
        (r'"{\"csrf_token\": \"a\\\"b\", \"ok\": 1}"', rf'"{{\"csrf_token\": \"{MASK}\", \"ok\": 1}}"'),
        (
            "{&quot;token&quot;:&quot;abc&quot;,&quot;x&quot;:1}",
            f"{{&quot;token&quot;:&quot;{MASK}&quot;,&quot;x&quot;:1}}",
        ),
        ("%7B%22token%22%3A%22abc%22%7D token%22:%22abc%22", f"%7B%22token%22%3A%22abc%22%7D token%22:%22{MASK}%22"),
        ("'password' => 'hunter2',", f"'password' => '{MASK}',"),
        ('Parameters: {"user"=>{"password"=>"x"}}', f'Parameters: {{"user"=>{{"password"=>"{MASK}"}}}}'),
        ("otp=123456", f"otp={MASK}"),
        ("密码：hunter2", f"密码：{MASK}"),
        ('{"password": "cut o', f'{{"password": "{MASK}'),
        ("Authorization: Bearer abc", f"Authorization: Bearer {MASK}"),
        ("> authorization: Basic YTpi x", f"> authorization: Basic {MASK} x"),
        ("Authorization: abc rest", f"Authorization: {MASK} rest"),
        ('Authorization: Digest username="a", response="b"', f'Authorization: Digest username="a", response="{MASK}"'),
        ("{Authorization=Bearer abc, Accept=*/*}", f"{{Authorization=Bearer {MASK}, Accept=*/*}}"),
        ("{Authorization=[Bearer abc], Accept=[*/*]}", f"{{Authorization={MASK}], Accept=[*/*]}}"),
        ("curl -H 'Authorization: Bearer abc' http://x", f"curl -H 'Authorization: Bearer {MASK}' http://x"),
        ("curl -H 'Cookie: a=\"b\"; c=d' http://x", f"curl -H 'Cookie: a=\"{MASK}\"; c={MASK}' http://x"),
        ("Cookie: a=b; c=d", f"Cookie: a={MASK}; c={MASK}"),
        ("Cookie: a=b\r\nAccept: */*", f"Cookie: a={MASK}\r\nAccept: */*"),
        (r"b'Cookie: a=b\r\nAccept: */*'", rf"b'Cookie: a={MASK}'"),
        ("Set-Cookie: a=b; Path=/; HttpOnly", f"Set-Cookie: a={MASK}; Path=/; HttpOnly"),
        ("'HTTP_COOKIE': 'a=b; c=d', 'X': 1", f"'HTTP_COOKIE': 'a={MASK}; c={MASK}', 'X': 1"),
        (f"see http://product:8000/a?token={TOKEN}).", f"see http://product:8000/a?token={MASK})."),
        ("postgres://app:s3cret@db:5432/shop is gone", f"postgres://{MASK}:{MASK}@db:5432/shop is gone"),
        (f'"GET /cb?code={TOKEN}&state=x HTTP/1.1" 302 0', f'"GET /cb?code={MASK}&state={MASK} HTTP/1.1" 302 0'),
        ("GET /login?next=%2Fcb%3Ftoken%3Dabc%26b", f"GET /login?next=%2Fcb%3Ftoken%3D{MASK}%26b"),
        ("token=a&token=b;secret=c", f"token={MASK}&token={MASK};secret={MASK}"),
        ("user[password]=x&y=1 user%5Bpassword%5D=x", f"user[password]={MASK}&y=1 user%5Bpassword%5D={MASK}"),
        (f"state={TOKEN}", f"state={MASK}"),
        (f"Invalid token: {TOKEN}", f"Invalid token: {MASK}"),
    ],
)
def test_secrets_are_masked(line: str, masked: str) -> None:
    secrets = Secrets()
    assert text(line, secrets) == masked
    assert text(masked, secrets) == masked


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Uncaught SyntaxError: Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON",
        "SyntaxError: Unexpected token: identifier (x)",
        "SyntaxError: unexpected token: '='",
        'sqlite3.OperationalError: unrecognized token: "#"',
        "Invalid token: punc",
        "TypeError: Cannot read properties of undefined (reading 'token')",
        "    at getToken (http://product:8000/static/token.js:12:5)",
        "getToken@http://product:8000/static/auth.js:12:5",
        "    at checkToken:12:5",
        "auth/csrf.py: 12 warnings",
        "auth/csrf.py:45: DeprecationWarning: gone",
        'File "/srv/app/session.py", line 12, in check_token',
        "WARNING:django.security.csrf:Forbidden (CSRF token missing.): /login/",
        "Forbidden (CSRF token from POST incorrect.): /login/",
        "itsdangerous.exc.BadSignature: Signature does not match",
        "TokenExpiredError: jwt expired",
        "InvalidSessionId: session deleted",
        "CSRF token: missing",
        "password: must have 8 characters",
        "token is None, session = None, secret: null, password=undefined",
        "token = get_token(request)",
        'csrf = request.headers["X-CSRF-Token"]',
        "if (token === expected || token !== other) {}",
        "const token = (a) => a",
        "std::Token::create",
        "    return connect(session=session, self.auth = auth)",
        "def run(session: Session, token: Token) -> None:",
        "secret://path",
        "token => cb(token)",
        "(token => other)",
        "usage: 12 tokens, max_tokens=4096, key=color, code: 404, state: open",
        "author: anna, session_timeout=30, token_type=bearer",
        "see https://example.com/docs/tokens?page=2#session",
        "<time> 12:00:00 INFO started",
        "a=b; c: d",
    ],
)
def test_what_is_said_stays(line: str) -> None:
    secrets = Secrets()
    assert text(line, secrets) == line
    assert len(secrets) == 0


def test_what_a_line_teaches_holds_for_all_of_it() -> None:
    secrets = Secrets()
    assert text(f"{TOKEN} is the token={TOKEN}", secrets) == f"{MASK} is the token={MASK}"


def test_a_secret_that_is_known_is_masked_anywhere() -> None:
    secrets = Secrets()
    secrets.add("hunter2", "env:PASSWORD")
    assert text("typed hunter2", secrets) == f"typed {MASK}"


_PIECES = st.sampled_from(
    ["password", "token", "Cookie", "Authorization", "Bearer ", "key", "a", "=", ": ", ":", "=>", '"', "'", "\\\"",
     "\\", "&quot;", "http://", "/", "?", "&", ";", "#", "@", "[", "]", " ", "\n", "%22", MASK, "abc", TOKEN, ",", ".",
     "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "eyJhbGciOiJIUzI1NiJ9.e30.abc", "Set-Cookie: ",
     "Digest ", "\ud800", "\x00"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=20).map("".join))
@example("password=Cookie=[")
def test_masking_any_text_twice_is_masking_it_once(line: str) -> None:
    secrets = Secrets()
    once = text(line, secrets)
    assert text(once, secrets) == once


@given(st.text())
def test_any_text_is_taken(line: str) -> None:
    secrets = Secrets()
    text(line, secrets)
    text(f"password={line}", secrets)
    text(f'{{"password": "{line}', secrets)


@given(st.text(min_size=1), st.sampled_from([None, 2]))
def test_no_json_string_is_left_under_the_name_of_a_secret(value: str, indent: int | None) -> None:
    masked = text(json.dumps({"password": value, "ok": [1]}, indent=indent), Secrets())
    assert json.loads(masked) == {"password": MASK, "ok": [1]}


def test_megabytes_are_taken() -> None:
    for piece in (
        "key:",
        "?key=",
        "Authorization: ",
        "token='",
        "-----BEGIN PRIVATE KEY-----",
        "-eyJ",
        "a-",
        "Cookie: ",
    ):
        text(piece * (100_000 // len(piece)), Secrets())


@pytest.mark.parametrize(
    "line",
    [
        "login failed: token={} for anna",
        "Error: GET http://product:8000/a?token={} failed with 500",
        "Authorization: Bearer {}",
        'rejected {{"session_id": "{}"}}',
        "ValueError: bad cookie Set-Cookie: sid={}; Path=/",
    ],
)
def test_two_tokens_are_the_same(line: str) -> None:
    one, other = (identity.of_text(text(line.format(token), Secrets())) for token in (TOKEN, OTHER))
    assert one == other


def test_what_tells_two_messages_apart_stays() -> None:
    one, other = (identity.of_text(text(f"token={TOKEN}: {why}", Secrets())) for why in ("expired", "revoked"))
    assert one != other
