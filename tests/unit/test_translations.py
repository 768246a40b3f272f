"""Every word for people has its Chinese, with the same placeholders, and none is left over."""

import ast
import string
from pathlib import Path

import polib
import pytest

import harness

PACKAGE = Path(harness.__file__).parent


def literals() -> dict[str, str]:
    """First arguments of ``Message(…)``: words -> where they are."""
    found: dict[str, str] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and _called(node.func) == "Message" and node.args):
                continue
            where = f"{path.relative_to(PACKAGE.parent)}:{node.lineno}"
            words = node.args[0]
            if isinstance(words, ast.Constant) and isinstance(words.value, str):
                found.setdefault(words.value, where)
            elif where.split(":")[0] not in ALLOWED:
                found[f"not a literal: {ast.unparse(words)}"] = where
    return found


ALLOWED = {str(Path("harness/model/base.py"))}  # words that were kept in a file come back


def _called(function: ast.expr) -> str:
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def catalogue() -> dict[str, str]:
    entries = polib.pofile(str(PACKAGE / "translations" / "zh.po"), check_for_duplicates=True)
    return {entry.msgid: entry.msgstr for entry in entries if not entry.obsolete}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


LITERALS, CATALOGUE = literals(), catalogue()


def test_words_are_literals() -> None:
    assert not {words: where for words, where in LITERALS.items() if words.startswith("not a literal")}


def test_all_words_have_their_chinese() -> None:
    missing = {words: where for words, where in LITERALS.items() if not CATALOGUE.get(words)}
    assert not missing, "\n".join(f"{where}: {words}" for words, where in missing.items())


def test_no_chinese_is_left_over() -> None:
    assert set(CATALOGUE) - set(LITERALS) == set()


@pytest.mark.parametrize("words", sorted(set(LITERALS) & set(CATALOGUE)))
def test_placeholders_are_the_same(words: str) -> None:
    assert placeholders(CATALOGUE[words]) == placeholders(words)
