"""What two replays may say differently without meaning anything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.facts import identity


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Uncaught TypeError: x is not a function", "TypeError: x is not a function"),
        ("Uncaught (in promise) Error: no", "Error: no"),
        ("GET http://product:8000/a failed", "GET http://172.18.0.3:9000/a failed"),
        ("at http://product:8000/app.js:1:82863", "at http://product:8000/app.js:1:93211"),
        ("[2026-11-22 20:31:07,120] ERROR in app: x", "[2026-11-22 20:35:59,001] ERROR in app: x"),
        ('- - [22/Nov/2026 20:31:07] "x"', '- - [23/Nov/2026 08:00:00] "x"'),
        ("object at 0x7f2a3c", "object at 0x7f99aa"),
        ("request 3f2504e0-4f89-11d3-9a0c-0305e82c3301", "request 11111111-4f89-11d3-9a0c-0305e82c3301"),
        ("[pid 4711] failed", "[pid 12] failed"),
        ("worker 7 died", "worker 12 died"),
        ("took 12.5 ms", "took 7 ms"),
        ('File "a.py", line 12, in f', 'File "a.py", line 98, in f'),
        ("chunk app.3fa8b1c2d4 failed", "chunk app.99a8b1c2d4 failed"),
        ("only the first line\ncounts", "only the first line\nand nothing below"),
    ],
)
def test_the_same_said_twice(one: str, other: str) -> None:
    assert identity.of_text(one) == identity.of_text(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a is not a function", "b is not a function"),
        ("status of 404", "status of 500"),
        ("GET http://cdn.example.com/a", "GET http://cdn.example.org/a"),
        ("no such column: 7", "no such column: 8"),
    ],
)
def test_two_different_things(one: str, other: str) -> None:
    assert identity.of_text(one) != identity.of_text(other)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("ERROR order 17 of customer 4 failed", "ERROR order 18 of customer 40 failed", True),
        ("WARNING cache is 93.5 % full (12 of 13)", "WARNING cache is 94 % full (9 of 13)", True),
        ("ValueError: invalid literal: '17'", "ValueError: invalid literal: '18'", True),
        ("ERROR upstream answered with status 502", "ERROR upstream answered with status 404", False),
        ("exit code: 3", "exit code: 4", False),
        ("OSError: [Errno 13] no", "OSError: [Errno 28] no", False),
        ("sqlite3.OperationalError: no such table: a1", "sqlite3.OperationalError: no such table: a2", False),
    ],
)
def test_the_template_of_a_line_of_a_log(one: str, other: str, is_same: bool) -> None:
    assert (identity.of_log(one) == identity.of_log(other)) is is_same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://product:8000/a.js?v=1.2.3", "http://product:8000/a.js?v=2.0.0"),
        ("http://product:8000/a.js?1699999999", "http://product:8000/a.js?1700000001"),
        ("http://product:8000/a.js?_=1699999999123", "http://127.0.0.1:41231/a.js"),
        ("http://product:8000/app.3fa8b1c2.js", "http://product:8000/app.77c0ffee.js"),
        ("https://cdn.example.com/jquery@1.12.4/a.js", "https://cdn.example.com/jquery@3.7.1/a.js"),
        ("http://product:8000/orders/48151623/", "http://product:8000/orders/42424242/"),
        ("http://[::1]:8000/a", "http://localhost/a"),
        ("data:text/plain,a", "data:text/plain,b"),
    ],
)
def test_the_same_address(one: str, other: str) -> None:
    assert identity.of_url(one) == identity.of_url(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://product:8000/a", "http://product:8000/b"),
        ("http://product:8000/a?q=sea", "http://product:8000/a?q=sky"),
        ("http://product:8000/a?page=1", "http://product:8000/a?page=2"),
        ("https://cdn.example.com/a", "http://product:8000/a"),
    ],
)
def test_another_address(one: str, other: str) -> None:
    assert identity.of_url(one) != identity.of_url(other)


def test_the_path_as_an_access_log_has_it() -> None:
    assert identity.path_of("http://product:8000/a/b?q=1") == "/a/b?q=1"
    assert identity.path_of("http://product:8000") == "/"


@given(st.text())
def test_any_text_and_any_address_have_an_identity(text: str) -> None:
    identity.of_text(text)
    identity.of_log(text)
    identity.of_url(text)
    identity.of_url("http://" + text)
    identity.path_of("http://" + text)
