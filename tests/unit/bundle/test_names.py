"""Names of members: whatever passes can be held by every file system, inside its folder."""

import os
import unicodedata
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.bundle.names import clash, name_fault
from harness.limits import LIMITS

GOOD = [
    "a",
    "environment.yaml",
    "before/screenshots/01-open.png",
    "packages/libfoo_1%3a2.0-1+b1_amd64.deb",
    "图库/步骤 1.png",
    "é.txt",
    "...a",
    "..a/b..c",
    ".hidden",
    "a…b.txt",
    "~user",
    "-rf",
    "console.log",
    "com10",
    "aux-file",
    "nul_",
    "100%",
    "x" * 240,
    "/".join("abcdefghijklmnop"),
]
AWAY = "has an empty part, `.` or `..` in its name, and could be written outside of its folder"
DISGUISED = "has a name that another program could read as one with `..` or more separators in it"
BAD = [
    ("", "has no name"),
    ("..", AWAY),
    ("../a", AWAY),
    ("a/../../b", AWAY),
    ("a/..", AWAY),
    (".", AWAY),
    ("./a", AWAY),
    ("a/./b", AWAY),
    ("a//b", AWAY),
    ("/etc/passwd", "has an absolute name"),
    ("//server/share", "has an absolute name"),
    ("C:/a", "has a name that begins with a drive"),
    ("c:a", "has a name that begins with a drive"),
    ("a\\b", "has a backslash in its name"),
    ("..\\a", "has a backslash in its name"),
    ("\\\\server\\share", "has a backslash in its name"),
    ("\\\\?\\C:\\a", "has a backslash in its name"),
    ("a/", "is a folder, and a bundle holds files only"),
    ("%2e%2e/a", DISGUISED),
    (".%2E/a", DISGUISED),
    ("a%2f..%2fb", DISGUISED),
    ("a%2fb", DISGUISED),
    ("%5c..%5ca", DISGUISED),
    ("a%5cb", DISGUISED),
    ("%252e%252e/a", DISGUISED),
    ("%25252e%25252e/a", DISGUISED),
    ("a%00b", DISGUISED),
    ("%0aa", DISGUISED),
    ("%c0%ae%c0%ae/a", DISGUISED),
    ("．．/a", DISGUISED),
    ("‥/a", DISGUISED),
    ("a／b", DISGUISED),
    ("a＼b", DISGUISED),
    ("a\0b", "has a character in its name that cannot be seen (U+0000)"),
    ("a\nb", "has a character in its name that cannot be seen (U+000A)"),
    ("a\x1b[2Jb", "has a character in its name that cannot be seen (U+001B)"),
    ("a\x7f", "has a character in its name that cannot be seen (U+007F)"),
    ("a\x85b", "has a character in its name that cannot be seen (U+0085)"),
    ("gpj\u202etxt.exe", "has a character in its name that cannot be seen (U+202E)"),
    ("a\u2066b", "has a character in its name that cannot be seen (U+2066)"),
    ("a\u200fb", "has a character in its name that cannot be seen (U+200F)"),
    ("a\u061cb", "has a character in its name that cannot be seen (U+061C)"),
    ("a\u200bb", "has a character in its name that cannot be seen (U+200B)"),
    ("a\u2028b", "has a character in its name that cannot be seen (U+2028)"),
    ("\ufeffa", "has a character in its name that cannot be seen (U+FEFF)"),
    ("a\ud800", "has a character in its name that cannot be seen (U+D800)"),
    ("e\u0301", "has a name that is not in Unicode's composed form (NFC)"),
    ("\u212b", "has a name that is not in Unicode's composed form (NFC)"),
    ("ab:stream", "has : in its name, which Windows does not allow"),
    ("a/b?", "has ? in its name, which Windows does not allow"),
    ("a|b", "has | in its name, which Windows does not allow"),
    ('a"b', 'has " in its name, which Windows does not allow'),
    ("<a>", "has < in its name, which Windows does not allow"),
    ("a*", "has * in its name, which Windows does not allow"),
    ("a.", "has a dot or space at the end of a name, which Windows drops"),
    ("a ", "has a dot or space at the end of a name, which Windows drops"),
    ("a./b", "has a dot or space at the end of a name, which Windows drops"),
    ("a/.. /b", "has a dot or space at the end of a name, which Windows drops"),
    ("a/.../b", "has a dot or space at the end of a name, which Windows drops"),
    ("CON", "has the name of a device of Windows (CON)"),
    ("a/nul.txt", "has the name of a device of Windows (nul.txt)"),
    ("Aux.tar.gz/b", "has the name of a device of Windows (Aux.tar.gz)"),
    ("com1", "has the name of a device of Windows (com1)"),
    ("LPT9 .x", "has the name of a device of Windows (LPT9 .x)"),
    ("COM¹", "has the name of a device of Windows (COM¹)"),
    ("ＣＯＮ", "has the name of a device of Windows (ＣＯＮ)"),
    ("CONIN$", "has the name of a device of Windows (CONIN$)"),
    ("x" * 241, "has a name of 241 characters, and may have 240"),
    ("图" * 86, "has a name of 258 bytes in its path, and may have 255"),
    ("/".join("abcdefghijklmnopq"), "lies 17 folders deep, and may lie 16"),
]


@pytest.mark.parametrize("name", GOOD)
def test_names_that_files_have(name: str) -> None:
    assert name_fault(name, LIMITS) is None


@pytest.mark.parametrize(("name", "words"), BAD)
def test_names_that_no_member_has(name: str, words: str) -> None:
    assert str(name_fault(name, LIMITS)) == words


NASTY = st.text(st.sampled_from("ab./\\:%25eEfF ü\u0301‥．／￼COMNUL1¹\u202e\0"), max_size=20)


@given(st.one_of(st.text(max_size=260), NASTY))
@example("a%2e%2e")
def test_a_name_that_passes_stays_in_its_folder_everywhere(name: str) -> None:
    if name_fault(name, LIMITS) is not None:
        return
    assert os.path.normpath(f"/folder/{name}") == f"/folder/{name}"
    assert Path("/folder", *name.split("/")).is_relative_to("/folder")
    windows = PureWindowsPath("C:/folder", *name.split("/"))
    assert windows.is_relative_to("C:/folder")
    assert windows.parts[2:] == tuple(name.split("/"))
    assert not PureWindowsPath(name).is_reserved()
    assert name.isprintable()
    assert unicodedata.is_normalized("NFC", name)
    assert name.encode().decode() == name
    assert max(len(part.encode()) for part in name.split("/")) <= 255


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([], None),
        (["a", "b/a", "b/c"], None),
        (["a", "ab", "a.b/c"], None),
        (["a", "a"], ("a", "is there twice")),
        (["a/b", "A/B"], ("A/B", "has a name that some systems cannot tell from `a/b`")),
        (["é", "e\u0301"], ("e\u0301", "has a name that some systems cannot tell from `é`")),
        (["É", "e\u0301"], ("e\u0301", "has a name that some systems cannot tell from `É`")),
        (["ΣΑΣ", "σας"], ("σας", "has a name that some systems cannot tell from `ΣΑΣ`")),
        (["a", "a/b"], ("a/b", "lies in `a`, which is a file")),
        (["a/b/c", "a"], ("a/b/c", "lies in `a`, which is a file")),
        (["Ordner/b/c", "ORDNER/B"], ("Ordner/b/c", "lies in `ORDNER/B`, which is a file")),
    ],
)
def test_names_that_collide(names: list[str], found: tuple[str, str] | None) -> None:
    seen = clash(names)
    assert (seen and (seen[0], str(seen[1]))) == found
