import json
import math
import os
import sys
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.documents import Mistakes, Node, dump, load, parse, plain, read, validate
from harness.documents.reading import SIZE_LIMIT_BYTES
from harness.errors import InputError, Mistake
from harness.language import Message
from harness.model import Frozen

BAD = Path(__file__).parent / "bad_input"
HERE = Path("file.yaml")


def value_of(text: str) -> Any:
    return plain(parse(text.encode(), HERE))


@pytest.mark.parametrize("path", sorted((BAD / "yaml").glob("*.yaml")), ids=lambda path: path.stem)
def test_bad_yaml_is_refused_in_words_with_its_place(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BAD)
    with pytest.raises(InputError) as caught:
        read(path.relative_to(BAD))
    assert caught.value.into("en") + "\n" == path.with_suffix(".expected").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1", 1),
        ("a: -0x1F", "-0x1F"),
        ("a: 0x1F", 31),
        ("a: 0o17", 15),
        ("a: 1.50", 1.5),
        ("a: -1e3", -1000.0),
        ("a: .inf", math.inf),
        ("a: true", True),
        ("a: no", "no"),
        ("a: on", "on"),
        ("a: 12:30", "12:30"),
        ("a: 1_000", "1_000"),
        ("a: 2026-11-22", "2026-11-22"),
        ("a: ~", None),
        ("a:", None),
        ("a: '1'", "1"),
        ("a: !!str 1", "1"),
        ("a: " + "9" * 5000, "9" * 5000),
        ("a: |\n  x\n  y\n", "x\ny\n"),
        ("b: &b [1]\na: *b", [1]),
        ("\ufeffa: 1", 1),
    ],
)
def test_scalars_are_those_of_the_core_schema(text: str, value: Any) -> None:
    seen = value_of(text)["a"]
    assert seen == value
    assert isinstance(seen, type(value))


def test_versions_keep_their_text() -> None:
    assert value_of("version: 3.10\nother: 3.10\nx: {version: [1.0, 007, latest, null]}") == {
        "version": "3.10",
        "other": 3.1,
        "x": {"version": ["1.0", "007", "latest", None]},
    }


def test_a_number_remembers_how_it_was_written() -> None:
    seen = value_of("a: 3.10\nb: 007")
    assert (str(seen["a"]), str(seen["b"])) == ("3.10", "007")
    assert seen == {"a": 3.1, "b": 7}
    assert json.dumps(seen) == '{"a": 3.1, "b": 7}'


def test_places_count_characters_from_1() -> None:
    root = parse("标题: 中文\nlist: [一, 二, {键: 值}]\n".encode(), HERE)
    assert root.place_of("标题") == (1, 1)
    assert root.at("标题").place == (1, 5)
    assert root.at("list", 1).place == (2, 11)
    assert root.at("list", 2).place_of("键") == (2, 15)


def test_a_block_text_is_known_to_begin_on_the_next_line() -> None:
    root = parse(b"a: |\n  x\nb: x\n", HERE)
    assert root.at("a").block
    assert not root.at("b").block


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read(path)
    return caught.value.into("en").removeprefix(f"{path}:")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "gallery.yaml").write_text("a: 1")
    (tmp_path / "large.yaml").write_bytes(b"#" * SIZE_LIMIT_BYTES + b"\n")
    (tmp_path / "exact.yaml").write_bytes(b"a: 1\n# ".ljust(SIZE_LIMIT_BYTES, b"#"))
    os.mkfifo(tmp_path / "pipe.yaml")
    assert refused(tmp_path / "galery.yaml") == "1:1: there is no such file\n  → did you mean `gallery.yaml`?"
    assert refused(tmp_path / "nowhere" / "a.yaml") == "1:1: there is no such file"
    assert refused(tmp_path) == "1:1: this is a folder, a file was expected"
    assert refused(tmp_path / "pipe.yaml") == "1:1: this is not a regular file"
    assert refused(tmp_path / "large.yaml") == "1:1: the file is larger than 1048576 bytes"
    assert refused(tmp_path / "gallery.yaml" / "a.yaml") == "1:1: the file cannot be read: Not a directory"
    assert refused(tmp_path / ("a" * 300)) == "1:1: the file cannot be read: File name too long"
    assert plain(read(tmp_path / "exact.yaml")) == {"a": 1}


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "secret.yaml"
    path.write_text("a: 1")
    monkeypatch.setattr(Path, "open", refuse)  # root may read everything, so that chmod shows nothing
    assert refused(path) == "1:1: the file cannot be read: Permission denied"


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_file_that_fails_while_it_is_read() -> None:
    assert refused(Path("/proc/self/mem")) == "1:1: the file cannot be read: Input/output error"


class Wheel(Frozen):
    size: int
    kind: Literal["front", "rear"] = "front"


class Bicycle(Frozen):
    name: str
    wheels: tuple[Wheel, ...] = ()
    colour: str | dict[Literal["en", "zh"], str] = ""
    owner: Wheel | tuple[str, ...] = ()


def problems(text: str, given: dict[str, Any] | None = None) -> list[str]:
    mistakes = Mistakes(HERE)
    assert validate(Bicycle, parse(text.encode(), HERE), mistakes, given) is None
    return [problem.into("en").removeprefix("file.yaml:").replace("\n  → ", " | ") for problem in mistakes.problems]


def test_all_mistakes_of_a_model_come_at_once() -> None:
    assert problems("""\
nam: x
wheels:
  - {size: big, knd: front}
  - {size: 1, kind: fornt}
  - 7
""") == [
        "1:1: `name` is missing",
        "1:1: the key `nam` is not known here | did you mean `name`?",
        "3:12: expected a whole number, found text",
        "3:17: the key `knd` is not known here | did you mean `kind`?",
        "4:21: `fornt` is not allowed here | did you mean `front`?",
        "5:5: expected a mapping, found a number",
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("colour: {en: red, fr: rouge}", "2:19: `fr` is not allowed here | use one of: en, zh"),
        ("colour: [red]", "2:9: expected text, found a list"),
        ("owner: {size: x}", "2:15: expected a whole number, found text"),
        ("owner: [a, 1]", '2:12: expected text, found a number | put it in quotes: "1"'),
    ],
)
def test_of_a_union_the_branch_is_reported_that_was_meant(line: str, problem: str) -> None:
    assert problems(f"name: x\n{line}\n") == [problem]


def test_what_is_given_from_elsewhere_is_unknown_in_the_file() -> None:
    text = b"wheels: []\n"
    mistakes = Mistakes(HERE)
    assert validate(Bicycle, parse(text, HERE), mistakes, {"name": "x"}) == Bicycle(name="x")
    assert problems("name: y\n", {"name": "x"}) == [
        "1:1: the key `name` is not known here | use one of: colour, owner, wheels"
    ]


def test_a_mistake_is_kept_once_and_in_the_order_of_the_file() -> None:
    mistakes = Mistakes(HERE)
    for line in (3, 1, 3):
        mistakes.add((line, 1), Message("wrong"))
    assert [problem.line for problem in mistakes.problems] == [1, 3]
    with pytest.raises(InputError, match="2 problem"):
        mistakes.check()


def test_load_reads_and_validates(tmp_path: Path) -> None:
    path = tmp_path / "bicycle.yaml"
    path.write_text("name: x\nwheels: [{size: 28}]\n")
    assert load(path, Bicycle) == Bicycle(name="x", wheels=(Wheel(size=28),))
    path.write_text("name: [x]\n")
    with pytest.raises(InputError) as caught:
        load(path, Bicycle)
    assert caught.value.problems[0].column == 7


def test_words_of_a_mistake_are_kept() -> None:
    class Odd(Frozen):
        number: int

        def model_post_init(self, _: Any) -> None:
            if self.number % 2 == 0:
                raise Mistake(Message("{n} is even", n=self.number), Message("write an odd number"))

    mistakes = Mistakes(HERE)
    assert validate(Odd, parse(b"number: 2", HERE), mistakes) is None
    assert mistakes.problems[0].into("en") == "file.yaml:1:1: 2 is even\n  → write an odd number"


def survives(data: bytes) -> None:
    try:
        root = parse(data, HERE)
    except InputError as exc:
        assert exc.problems
        assert all(problem.line >= 1 and problem.column >= 1 for problem in exc.problems)
    else:
        assert isinstance(root, Node)
        assert isinstance(plain(root), dict)


@given(st.binary(max_size=200))
def test_bytes_never_give_anything_but_a_value_or_an_input_error(data: bytes) -> None:
    survives(data)


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@,?~0.1 \n\t\u4e2d\x00\ufeff\u2028", max_size=80))
def test_nor_does_text_that_looks_like_yaml(text: str) -> None:
    survives(text.encode())


scalars = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
words = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), max_size=20)
values = st.recursive(
    scalars | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(words, values, max_size=5))
def test_json_is_read_as_what_it_is(value: dict[str, Any]) -> None:
    assert plain(parse(json.dumps(value, ensure_ascii=False).encode(), HERE), verbatim=()) == value


# -------------------------------------------------------------------- writing
written = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
    | st.from_regex(r"[-+]?[0-9.eEox_:]{1,8}", fullmatch=True)
    | st.sampled_from(
        ["yes", "no", "null", "~", "true", "1e3", "0o17", "008", "12:30", "2027-03-31", ".inf", "=", "<<"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abcdefgh", min_size=1), written, min_size=1, max_size=4))
def test_what_is_dumped_is_read(value: dict[str, Any]) -> None:
    assert plain(parse(dump(value).encode(), Path("x.yaml")), verbatim=()) == value


def test_what_comes_twice_is_dumped_twice() -> None:
    day, entry = date(2027, 3, 31), {"a": [1]}
    assert dump({"x": [day, day], "y": entry, "z": entry}) == (
        "x:\n- 2027-03-31\n- 2027-03-31\ny:\n  a:\n  - 1\nz:\n  a:\n  - 1\n"
    )
