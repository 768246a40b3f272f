"""Server logs: what belongs together, and what is worth a word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.facts import logs
from harness.facts.origins import of_server
from harness.facts.owners import Owner
from harness.model import LogLine
from tests.stories import log


def test_a_python_traceback_is_one_entry_with_the_exception_as_its_headline() -> None:
    found = list(
        logs.entries(
            log(
                3,
                1.0,
                "GET /a 200",
                "Traceback (most recent call last):",
                '  File "a.py", line 1, in <module>',
                "    boom()",
                "ValueError: no",
                "GET /b 200",
            )
        )
    )
    assert [(entry.headline, entry.weight) for entry in found] == [
        ("GET /a 200", "chatter"),
        ("ValueError: no", "error"),
        ("GET /b 200", "chatter"),
    ]
    assert found[1].text.startswith("ValueError: no\n\nTraceback")
    assert found[1].step == 3


def test_the_line_that_announces_a_traceback_belongs_to_it() -> None:
    lines = (
        "ERROR in app: Exception on /a [GET]",
        "Traceback (most recent call last):",
        "  File",
        "KeyError: 'a'",
        "bye",
    )
    found = list(logs.entries(log(1, 0.0, *lines)))
    assert [entry.headline for entry in found] == ["KeyError: 'a'", "bye"]
    assert found[0].lines[0] == lines[0]


def test_chained_tracebacks_are_one_entry_that_ends_with_the_last_exception() -> None:
    lines = (
        "Traceback (most recent call last):",
        '  File "a.py", line 1, in f',
        "KeyError: 'a'",
        "",
        "During handling of the above exception, another exception occurred:",
        "",
        "Traceback (most recent call last):",
        '  File "a.py", line 3, in g',
        "RuntimeError: cannot go on",
        "INFO: next",
    )
    found = list(logs.entries(log(1, 0.0, *lines)))
    assert [entry.headline for entry in found] == ["RuntimeError: cannot go on", "INFO: next"]


def test_two_tracebacks_one_after_the_other_are_two() -> None:
    one = ("Traceback (most recent call last):", "  File", "KeyError: 1")
    assert [entry.headline for entry in logs.entries(log(1, 0.0, *one, *one))] == ["KeyError: 1", "KeyError: 1"]


MISSING = (
    "Error: Cannot find module 'express/lib/router/layer'",
    "Require stack:",
    "- /srv/node_modules/express-async-errors/index.js",
    "- /srv/server.js",
    "    at Function._resolveFilename (node:internal/modules/cjs/loader:1430:15)",
    "    at Object.<anonymous> (/srv/node_modules/express-async-errors/index.js:1:15) {",
    "  code: 'MODULE_NOT_FOUND',",
)


def test_a_message_of_several_lines_belongs_to_its_stack() -> None:
    (found,) = logs.entries(log(0, 0.0, *MISSING))
    assert (found.headline, found.lines, found.weight) == (MISSING[0], MISSING, "error")
    owner = Owner(label="express-async-errors@3.1.1", names=("express-async-errors",))
    origin = of_server(found.lines, (owner,))
    assert origin is not None
    assert (origin.exception, origin.package, origin.role) == ("Error", "express-async-errors@3.1.1", "plugin")


@pytest.mark.parametrize("between", ["", "2026-11-30 12:00:00 INFO ready", "TypeError: another"])
def test_but_what_is_none_of_it_does_not(between: str) -> None:
    headlines = [entry.headline for entry in logs.entries(log(0, 0.0, MISSING[0], between, "a word", MISSING[4]))]
    assert headlines[0] == MISSING[0]
    assert ("a word" in headlines) is ("another" not in between)  # which is a message, too


@pytest.mark.parametrize(
    "lines",
    [
        ("TypeError: x is not a function", "    at handle (/srv/app.js:3:9)", "    at next (/srv/router.js:1:1)"),
        ("java.lang.NullPointerException: no", "\tat com.example.A.b(A.java:3)", "Caused by: java.io.IOException: x"),
        ("PHP Fatal error:  Uncaught Error: no in /srv/a.php:3", "Stack trace:", "#0 {main}", "  thrown in /srv/a.php"),
        ("/srv/a.rb:3:in `f': no (NoMethodError)", "\tfrom /srv/a.rb:9:in `<main>'"),
    ],
)
def test_stacks_of_other_languages_are_one_entry(lines: tuple[str, ...]) -> None:
    found = list(logs.entries(log(1, 0.0, *lines, "listening on 8000")))
    assert [(entry.headline, entry.weight) for entry in found] == [
        (lines[0], "error"),
        ("listening on 8000", "chatter"),
    ]


@pytest.mark.parametrize(
    ("line", "weight"),
    [
        ('172.18.0.3 - - [22/Nov/2026 20:31:02] "GET /a HTTP/1.1" 200 -', "chatter"),
        ('172.18.0.3 - - [22/Nov/2026 20:31:02] "GET /error HTTP/1.1" 404 -', "chatter"),
        ('INFO:     172.18.0.3:40112 - "GET / HTTP/1.1" 200 OK', "chatter"),
        ("GET /a 304 1.2 ms", "chatter"),
        ('172.18.0.3 - - [22/Nov/2026 20:31:02] "GET /a HTTP/1.1" 500 -', "warning"),
        ("Starting with 0 errors", "chatter"),
        ("[2026-11-22 20:31:07] ERROR in app: x", "error"),
        ('{"level":"error","msg":"x"}', "error"),
        ("time=1 level=fatal msg=x", "error"),
        ("2026/11/22 [crit] 7#7: connect() failed", "error"),
        ("error: cannot open a file", "error"),
        ("ValueError: no", "error"),
        ("\x1b[31mERROR\x1b[0m no", "error"),
        ("2026-11-22T20:31:07.123456789Z ERROR no", "error"),
        ("WARNING: This is a development server.", "warning"),
        ("a.py:3: DeprecationWarning: goes away", "warning"),
        ("npm WARN deprecated a@1", "warning"),
    ],
)
def test_how_much_a_line_weighs(line: str, weight: str) -> None:
    assert [entry.weight for entry in logs.entries(log(1, 0.0, line))] == [weight]


def test_sources_are_not_mixed_up() -> None:
    lines = [
        LogLine(step=1, time_s=0.0, source="product", text="Traceback (most recent call last):"),
        LogLine(step=1, time_s=0.1, source="database", text="ready"),
        LogLine(step=1, time_s=0.2, source="product", text="KeyError: 1"),
    ]
    assert [(entry.source, entry.headline) for entry in logs.entries(lines)] == [
        ("product", "KeyError: 1"),
        ("database", "ready"),
    ]


words = st.sampled_from(
    ["Traceback (most recent call last):", "  File", "", "KeyError: 1", "Stack trace:", "#0 x", "hello", "\tat x", " "]
)


@given(st.lists(st.one_of(words, st.text(max_size=20)), max_size=20))
def test_no_line_is_lost_and_none_is_doubled(texts: list[str]) -> None:
    found = list(logs.entries(log(1, 0.0, *texts)))
    kept = [line for entry in found for line in entry.lines if line.strip()]
    assert kept == [logs.plain(text) for text in texts if logs.plain(text).strip()]


ACCESS = '172.18.0.3 - - [22/Nov/2026 20:31:02] "GET /a HTTP/1.1" 200 -'


@pytest.mark.parametrize(
    ("lines", "headline"),
    [
        (
            (
                "Traceback (most recent call last):",
                '  File "/srv/a.py", line 1, in f',
                ACCESS,
                "    boom()",
                "[2026-11-22 20:31:07,120] INFO in app: another worker",
                "KeyError: 'a'",
            ),
            "KeyError: 'a'",
        ),
        (
            (
                "java.lang.IllegalStateException: no",
                "\tat com.example.A.b(A.java:3)",
                "INFO: another thread",
                "\tat com.example.A.c(A.java:4)",
                "Caused by: java.io.IOException: x",
                ACCESS,
                "\tat com.example.A.d(A.java:5)",
            ),
            "java.lang.IllegalStateException: no",
        ),
    ],
)
def test_what_breaks_into_a_traceback_is_put_after_it(lines: tuple[str, ...], headline: str) -> None:
    found = list(logs.entries(log(1, 0.0, *lines, "bye")))
    others = [line for line in lines if line == ACCESS or "INFO" in line]
    assert [entry.headline for entry in found] == [headline, *others, "bye"]
    assert found[0].lines == tuple(line for line in lines if line not in others)


def test_a_line_after_a_traceback_stays_where_it_is() -> None:
    lines = ("TypeError: no", "    at handle (/srv/app.js:3:9)", ACCESS, "TypeError: no", "    at next (/srv/b.js:1:1)")
    assert [entry.headline for entry in logs.entries(log(1, 0.0, *lines))] == ["TypeError: no", ACCESS, "TypeError: no"]
