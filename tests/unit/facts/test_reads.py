"""What was read that was not there, in the words of three engines."""

import pytest

from harness.facts.reads import Read, mentions, read_of

UNDEFINED, NULL = "undefined", "null"


@pytest.mark.parametrize(
    ("text", "missing", "path", "member"),
    [
        ("TypeError: Cannot read properties of undefined (reading 'rows')", UNDEFINED, "", "rows"),
        ("Uncaught TypeError: Cannot read property 'rows' of null", NULL, "", "rows"),
        ("TypeError: Cannot set properties of undefined (setting 'rows')", UNDEFINED, "", "rows"),
        ("TypeError: Cannot destructure property 'a' of 'data.meta' as it is undefined.", UNDEFINED, "data.meta", "a"),
        ('TypeError: can\'t access property "rows", data.result is undefined', UNDEFINED, "data.result", "rows"),
        ("TypeError: can't access property 0, data.rows is null", NULL, "data.rows", "0"),
        ('TypeError: can\'t access property "map", (intermediate value).rows is undefined', UNDEFINED, "rows", "map"),
        ('TypeError: can\'t access property "rows" of undefined', UNDEFINED, "", "rows"),
        ("TypeError: data.rows is undefined", UNDEFINED, "data.rows", ""),
        ("TypeError: undefined is not an object (evaluating 'a.b.rows')", UNDEFINED, "a.b", "rows"),
        ("TypeError: null is not an object (evaluating 'data.rows[0].id')", NULL, "data.rows[]", "id"),
        ("TypeError: data.rows.map is not a function", "not-a-function", "data.rows", "map"),
        ("TypeError: x.map is not a function. (In 'x.map(f)', 'x.map' is undefined)", "not-a-function", "x", "map"),
        ("SyntaxError: Unexpected token '<', \"<!doctype \"... is not valid JSON", "not-json", "", ""),
        ("SyntaxError: JSON.parse: unexpected character at line 1 column 1 of the JSON data", "not-json", "", ""),
        ("SyntaxError: JSON Parse error: Unrecognized token '<'", "not-json", "", ""),
        ("SyntaxError: Unexpected end of JSON input", "not-json", "", ""),
        ("TypeError: data.rows is not iterable", "not-iterable", "data.rows", ""),
        (
            "TypeError: undefined is not a function (near '...row of data.rows...')",
            "not-iterable", "data.rows", "",
        ),
    ],
)  # fmt: skip
def test_an_engines_words(text: str, missing: str, path: str, member: str) -> None:
    read = read_of(text)
    assert read is not None
    assert (read.missing, read.written, read.member) == (missing, path, member)


@pytest.mark.parametrize(
    "text", ["ReferenceError: $ is not defined", "HTTP 500", "", "SyntaxError: Unexpected token <"]
)
def test_other_errors_read_nothing(text: str) -> None:
    assert read_of(text) is None


MAP = "TypeError: Cannot read properties of undefined (reading 'map')"


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("x = data.columns^.map(c => c)", "data.columns"),
        ("return f(a, data?.columns?^.map(c => c))", "data.columns"),
        ("data['columns']^.map(c)", "data.columns"),
        ("t.rows[0].cells.^map(c)", "t.rows[].cells"),
        ("load(url).columns^.map(c)", "columns"),
        ("var columns = data.columns;\n let n = 1;\n columns^.map(c)", "data.columns"),
        ("const {rows, columns: c} = data;\n c^.map(x)", "data.columns"),
        ("columns^.map(c)", "columns"),
        ("e.a.map(x),t.b^.map(x)", "t.b"),
        ("no such thing ^ here", ""),
    ],
)
def test_the_code_at_the_place_says_what_was_read(code: str, path: str) -> None:
    at = code.index("^")
    read = read_of(MAP, code.replace("^", ""), at)
    assert read is not None
    assert (read.written, read.member) == (path, "map")


def test_a_message_may_name_what_is_missing_itself() -> None:
    assert "x-total-count" in mentions("The X-Total-Count header is missing in the HTTP Response")
    assert mentions("KeyError: 'rows'") == {"rows"}


def test_a_read_is_written_as_code() -> None:
    assert Read(missing="undefined", path=("data", "rows", "[]")).written == "data.rows[]"
