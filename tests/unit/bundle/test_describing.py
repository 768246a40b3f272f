"""``manifest.json`` of a stranger."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.bundle import Bundle, Limits
from harness.errors import InputError
from harness.model import Manifest
from tests.unit.bundle.forging import MANIFEST, Part, accepted, bundle, listing, refusal

A = Part(name="a", content=b"content")
WHOLE = json.loads(listing([A]))
EXPECTED = WHOLE["expected"]
FILE = {"path": "a", "sha256": "0" * 64, "size_bytes": 7}
IMAGE = {"tag": "harness/a:1", "id": "sha256:" + "0" * 64, "role": ""}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stranger.zip"


def said_of(path: Path, value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return refusal(path, bundle(A, manifest=data)).removeprefix("`manifest.json` ")


def test_a_manifest_is_read_whole(path: Path) -> None:
    path.write_bytes(bundle(A))
    with Bundle.open(path) as opened:
        assert opened.manifest.model_copy(update={"files": ()}) == MANIFEST


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is not valid JSON: Expecting value"),
        (b"{", "is not valid JSON: Expecting property name"),
        (b"name: a\n", "is not valid JSON"),
        (json.dumps(WHOLE).encode() + b"x", "is not valid JSON: Extra data"),
        (b"\xef\xbb\xbf" + json.dumps(WHOLE).encode(), "is not valid JSON: Unexpected UTF-8 BOM"),
        (json.dumps(WHOLE)[:-1].encode() + b', "name": "b"}', "is not valid JSON: the key `name` is there twice"),
        (b'{"schema_version": NaN}', "is not as it must be at `schema_version`: Input should be 1"),
        (b'{"schema_version": Infinity}', "is not as it must be at `schema_version`: Input should be 1"),
        (b'{"a": ' + b"9" * 5000 + b"}", "is not valid JSON: Exceeds the limit"),
        (json.dumps(WHOLE).encode("utf-16"), "is not UTF-8"),
        (json.dumps(WHOLE).encode().replace(b"datasette", b"\xff"), "is not UTF-8"),
        (b"[" * 100_000, "is nested too deeply"),
        (b'{"a":' * 100_000, "is nested too deeply"),
        (b"[" * 300 + b"]" * 300, "is not as it must be at ``: Invalid JSON: recursion limit exceeded"),
    ],
)
def test_what_is_no_json(path: Path, data: bytes, words: str) -> None:
    assert said_of(path, data).startswith(words)


def with_files(items: bytes) -> bytes:
    """A manifest with any JSON in its list of files."""
    rest = json.dumps({key: value for key, value in WHOLE.items() if key != "files"}).encode()
    return rest[:-1] + b', "files": [' + items + b"]}"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (b"[],", "has more than 201000 values"),
        (b"{},", "has more than 201000 values"),
        (b"0,", "has more than 201000 values"),
        (b'"",', "has more than 201000 values"),
        (b'"\\",[{,,,",', "has more than 201000 values"),
        (b',"\\\\"', "has more than 201000 values"),
    ],
)
def test_values_without_number_are_not_parsed(path: Path, value: bytes, words: str) -> None:
    tracemalloc.start()
    try:
        assert said_of(path, with_files(value * 500_000 + b"0")) == words
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


def test_what_stands_in_strings_is_no_value(path: Path) -> None:
    said = said_of(path, with_files(b'"\\",[{,,,[",' * 99_000 + b'""'))
    assert said.startswith("is not as it must be at `files.0`")
    assert said_of(path, b'{"' + b'\\"' * 4_000_000).startswith("is not valid JSON: Unterminated string")


def test_as_many_files_as_there_may_be(path: Path) -> None:
    many = [Part(name=f"{number:05}") for number in range(500)]
    assert len(accepted(path, bundle(*many), Limits(members=500))) == 500


def test_keys_without_number_are_not_validated(path: Path) -> None:
    many = {f"key {number}": number for number in range(33)}
    assert said_of(path, many) == "is not valid JSON: an object has more than 32 keys"


@pytest.mark.parametrize("place", ["contents", "files", "images"])
def test_one_mistake_of_many_is_told(path: Path, place: str) -> None:
    """pydantic would keep a kilobyte for each."""
    data = json.dumps({key: value for key, value in WHOLE.items() if key != place}).encode()
    data = data[:-1] + f', "{place}": ['.encode() + b"{}," * 30_000 + b"{}]}"
    tracemalloc.start()
    try:
        assert said_of(path, data).startswith(f"is not as it must be at `{place}.0")
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"extra": 1}, "`extra`: Extra inputs are not permitted"),
        ({"expected": EXPECTED | {"e\x1bx": 1}}, "`expected.e\\x1bx`: Extra inputs are not permitted"),
        ({"schema_version": 0}, "`schema_version`: Input should be 1"),
        ({"schema_version": "1"}, "`schema_version`: Input should be 1"),
        ({"schema_version": "2"}, "`schema_version`: Input should be 1"),
        ({"name": 7}, "`name`: Input should be a valid string"),
        ({"name": "a\x1b[2J"}, "`name`: Value error"),
        ({"name": "a" * 1001}, "`name`: String should have at most 1000 characters"),
        ({"created": "yesterday"}, "`created`: String should match pattern"),
        ({"created": "2026-13-22T23:08:15Z"}, "`created`: Value error"),
        ({"contents": ["passwords"]}, "`contents.0`: Input should be 'packages' or 'images'"),
        ({"expected": {}}, "`expected.verdict`: Field required"),
        ({"expected": EXPECTED | {"verdict": "perhaps"}}, "`expected.verdict`: Input"),
        ({"expected": EXPECTED | {"step": 0}}, "`expected.step`: Input should be greater"),
        ({"expected": EXPECTED | {"step": True}}, "`expected.step`: Input should be a valid"),
        ({"files": {}}, "`files`: Input should be a valid array"),
        ({"files": [FILE | {"sha256": "00"}]}, "`files.0.sha256`"),
        ({"files": [FILE | {"sha256": "A" * 64}]}, "`files.0.sha256`"),
        ({"files": [FILE | {"size_bytes": -1}]}, "`files.0.size_bytes`"),
        ({"files": [FILE | {"size_bytes": "7"}]}, "`files.0.size_bytes`"),
        ({"images": [IMAGE | {"tag": "debian:12"}]}, "`images.0.tag`"),
        ({"images": [IMAGE | {"id": "latest"}]}, "`images.0.id`"),
    ],
)  # fmt: skip
def test_what_is_no_manifest(path: Path, change: dict[str, Any], words: str) -> None:
    assert said_of(path, WHOLE | change).startswith(f"is not as it must be at {words}")


def test_words_about_a_manifest_are_short(path: Path) -> None:
    said = said_of(path, WHOLE | {"created": "yesterday", "name": "a" * 5000})
    assert said.startswith("is not as it must be at `created`: String should match pattern '^[0-9]{4}")
    assert len(said) < 150


@pytest.mark.parametrize("value", [[], None, 7, "manifest", {}])
def test_another_json(path: Path, value: Any) -> None:
    assert said_of(path, value).startswith("is not as it must be at ")


@pytest.mark.parametrize("version", [2, 10**30])
def test_a_newer_one_says_what_to_do(path: Path, version: int) -> None:
    """Whatever else a newer harness may have put in."""
    path.write_bytes(bundle(A, manifest=json.dumps({"schema_version": version, "tool_version": "9.1"}).encode()))
    with pytest.raises(InputError) as caught:
        Bundle.open(path)
    assert caught.value.into("en") == (
        f"{path} is refused: it was made by harness 9.1, with format {version} of bundles; this one reads format 1\n"
        "  → update harness"
    )


def test_what_a_newer_one_calls_itself_does_no_harm(path: Path) -> None:
    newer = {"schema_version": 2, "tool_version": "\x1b]0;owned\x07" + "x" * 1000}
    said = refusal(path, bundle(A, manifest=json.dumps(newer).encode()))
    assert said.isprintable()
    assert len(said) < 250
    assert "by harness None" in refusal(path, bundle(A, manifest=b'{"schema_version": 2}'))


def test_what_is_listed_is_what_is_there(path: Path) -> None:
    b = Part(name="b", content=b"")
    assert refusal(path, bundle(A, b, manifest=listing([A]))) == "`b` is not listed in manifest.json"
    assert refusal(path, bundle(A, manifest=listing([A, b]))) == "`b` is listed in manifest.json and not there"
    assert refusal(path, bundle(A, manifest=listing([A, A]))) == "`a` is listed twice in manifest.json"
    larger = Part(name="a", content=b"content!")
    assert refusal(path, bundle(A, manifest=listing([larger]))) == "`a` has 7 bytes, and 8 in the list"
    itself = Part(name="manifest.json")
    missing = "`manifest.json` is listed in manifest.json and not there"
    assert refusal(path, bundle(A, manifest=listing([A, itself]))) == missing


def test_the_reason_may_quote_a_page(path: Path) -> None:
    expected = WHOLE["expected"] | {"reason": "“\x1b[2J\u202eabc\n\td” is gone"}
    path.write_bytes(bundle(A, manifest=json.dumps(WHOLE | {"expected": expected}).encode()))
    with Bundle.open(path) as opened:
        assert opened.manifest.expected.reason == "“\ufffd[2J\u202eabc\n\td” is gone"


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=8,
)
PLACES = [(key,) for key in WHOLE] + [("expected", key) for key in WHOLE["expected"]] + [
    ("files", 0, key) for key in WHOLE["files"][0]
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PLACES), VALUES)
def test_a_manifest_with_anything_in_it(
    tmp_path_factory: pytest.TempPathFactory, place: tuple[str | int, ...], value: Any
) -> None:
    changed = json.loads(json.dumps(WHOLE))
    at = changed
    for part in place[:-1]:
        at = at[part]
    at[place[-1]] = value
    path = tmp_path_factory.getbasetemp() / "anything.zip"
    data = json.dumps(changed).encode()
    try:
        assert accepted(path, bundle(A, manifest=data)) == {"a": b"content"}
        Manifest.model_validate_json(data)
    except InputError as error:
        assert error.into("en").replace("\n  → ", "").isprintable()
