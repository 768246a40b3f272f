"""What tracebacks of four languages say: which exceptions, in which order, raised in which file."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.facts.tracebacks import parsed

FOLDER = Path(__file__).parent / "tracebacks"


def lines(name: str) -> list[str]:
    return (FOLDER / f"{name}.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize(
    ("name", "exceptions", "innermost"),
    [
        (
            "python-chained",
            ["ValueError", "json.decoder.JSONDecodeError"],
            ("/usr/lib/python3.11/json/decoder.py", 355),
        ),
        ("node-cause", ["TypeError", "Error"], ("/srv/node_modules/@shop/table/lib/read.js", 12)),
        ("php-uncaught", ["Error"], ("/var/www/html/wp-content/plugins/gallery/src/View.php", 31)),
        (
            "java-caused",
            ["java.lang.NoSuchMethodError", "jakarta.servlet.ServletException"],
            ("org.springframework.web.servlet.FrameworkServlet", 1022),
        ),
    ],
)
def test_a_traceback(name: str, exceptions: list[str], innermost: tuple[str, int]) -> None:
    raised = parsed(lines(name))
    assert [one.exception for one in raised] == exceptions
    assert (raised[-1].frames[0].file, raised[-1].frames[0].line) == innermost
    assert {one.tongue for one in raised} == {name.partition("-")[0]}


@pytest.mark.parametrize(
    ("text", "exception", "file", "line"),
    [
        ("PHP Parse error:  syntax error, unexpected '}' in /srv/a.php on line 7", "Parse error", "/srv/a.php", 7),
        (
            '[2026-11-22] production.ERROR: no {"exception":"[object] (App\\Bad(code: 0): no at /srv/app/A.php:12)',
            "App\\Bad", "/srv/app/A.php", 12,
        ),
        ("Next RuntimeException: cannot go on in /srv/b.php:9", "RuntimeException", "/srv/b.php", 9),
    ],
)  # fmt: skip
def test_php_says_much_in_one_line(text: str, exception: str, file: str, line: int) -> None:
    (raised,) = parsed([text])
    assert (raised.exception, raised.frames[0].file, raised.frames[0].line) == (exception, file, line)


@pytest.mark.parametrize(
    "text", ["GET /a 500", "ERROR mail queue is full", "TypeError: no", "", "Traceback (most recent call last):"]
)
def test_other_lines_are_no_traceback(text: str) -> None:
    assert parsed([text]) == ()


words = st.sampled_from(
    [line for path in sorted(FOLDER.glob("*.txt")) for line in path.read_text("utf-8").splitlines()]
)


@given(st.lists(st.one_of(words, st.text(max_size=30)), max_size=30))
def test_any_lines_can_be_asked(texts: list[str]) -> None:
    assert all(one.exception for one in parsed(texts))


def test_long_lines_cost_little() -> None:
    for piece in ("    at a (", "\tat a.b.c(", "Uncaught a: ", "  in /a:1", '  File "', "(a(code: 1): x at /a:"):
        parsed([piece * 5000, piece + "x" * 5000])
