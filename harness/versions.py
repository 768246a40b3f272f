"""Versions: which of the published ones a wanted one means.

Published versions may be PEP 440 (Python), Semantic Versioning 2.0.0 (npm) or
Debian's (deb-version(7)); which of them is seen from the versions themselves.
"""

import difflib
import operator as op
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cmp_to_key
from typing import Any

from packaging.version import InvalidVersion, Version

from harness.errors import InputError
from harness.language import Message

_SEMVER = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")
_COMPARATOR = re.compile(r"(>=|<=|===|==|!=|~=|=|>|<|\^|~)\s*([^\s,<>=!~^]\S*)")
_PARTS = re.compile(r"[.+~:-]|(?<=\d)(?=[a-zA-Z])")
_DEBIAN_PARTS = re.compile(r"(\D*)(\d*)")
_WILDCARD = re.compile(r"(\.[*xX])+$")
_OPERATORS = {">=": op.ge, ">": op.gt, "<=": op.le, "<": op.lt, "==": op.eq, "!=": op.ne}
ALIASES = ("latest", "oldest")
NEAREST = 6  # versions that an error names


def choose(wanted: str, published: Sequence[str]) -> str:
    """The one of ``published`` that ``wanted`` means.

    ``wanted`` is exact, a prefix by components (``156``, ``1.12``, ``1.*``, ``1.x``), comparators
    joined by commas (``>=3,<4``), ``latest`` or ``oldest``. Where several fit it is the newest
    (``oldest``: the oldest), a pre-release only where nothing else fits or it is named.
    InputError with the nearest published versions where none fits.
    """
    wanted = wanted.strip()
    if wanted in published:
        return wanted
    wanted = re.sub(r"^v(?=\d)", "", wanted)
    scheme = _Scheme(published)
    fitting = _fitting(wanted, published, scheme)
    if not fitting:
        raise _none_fits(wanted, published, scheme)
    stable = [version for version in fitting if not scheme.is_prerelease(version)] or fitting
    return (min if wanted == "oldest" else max)(stable, key=scheme.key)


def choose_in_turn(wanted: str, sources: Iterable[Sequence[str]]) -> str:
    """The one that ``wanted`` means, of the first of several sources that has one that fits; ``oldest`` is the
    oldest of all. A source after that is not looked at. InputError as ``choose``, with the nearest of all."""
    seen: list[str] = []
    for published in sources:
        seen += published
        if wanted.strip() != "oldest":
            with suppress(InputError):
                return choose(wanted, published)
    return choose(wanted, seen)


def in_order(published: Iterable[str]) -> tuple[str, ...]:
    """Each version once, oldest first."""
    versions = list(dict.fromkeys(published))
    return tuple(sorted(versions, key=_Scheme(versions).key))


def _fitting(wanted: str, published: Sequence[str], scheme: "_Scheme") -> list[str]:
    if wanted in ALIASES:
        return list(published)
    if not wanted or wanted[0] in "<>=!~^":
        return _in_range(wanted, published, scheme)
    wanted = _WILDCARD.sub("", wanted)
    parts = _components(wanted)
    begin = [version for version in published if parts and _starts_with(version, wanted, parts)]
    return begin or [version for version in published if scheme.equal(wanted, version)]  # 0.65.0 is 0.65


def _starts_with(version: str, wanted: str, parts: list[str]) -> bool:
    plain = version if ":" in wanted else version.partition(":")[2] or version  # Debian's epoch is seldom said
    return _components(plain)[: len(parts)] == parts


def _components(version: str) -> list[str]:
    return [part for part in _PARTS.split(version) if part]


def _in_range(wanted: str, published: Sequence[str], scheme: "_Scheme") -> list[str]:
    tests = []
    for text in wanted.split(","):
        match = _COMPARATOR.fullmatch(text.strip())
        if not match:
            raise InputError(
                Message("`{wanted}` is no version", wanted=wanted),
                Message("write a version, a prefix such as 3.7, a range such as >=3,<4, latest or oldest"),
            )
        tests += _comparisons(match[1], match[2], scheme)
    named = any(scheme.is_prerelease(bound) for _, bound in tests)
    fitting = [version for version in published if all(scheme.compare(version, *test) for test in tests)]
    if named:
        return fitting
    stable = [version for version in fitting if not scheme.is_prerelease(version)]
    # `<4` means what comes before 4, not its pre-releases
    return stable or [version for version in fitting if not _is_early(version, tests, scheme)]


def _is_early(version: str, tests: list[tuple[str, str]], scheme: "_Scheme") -> bool:
    return any(operator == "<" and _starts_with(version, bound, _release(bound)) for operator, bound in tests)


def _release(version: str) -> list[str]:
    """The components of a version without the zeros it may end in."""
    parts = _components(version)
    while len(parts) > 1 and parts[-1] == "0":
        parts.pop()
    return parts


def _comparisons(operator: str, bound: str, scheme: "_Scheme") -> list[tuple[str, str]]:
    """One comparator as comparisons: ``~=1.4`` is ``>=1.4`` and ``<2``, as PEP 440 and npm define them."""
    if bound.endswith(".*"):
        return [({"!=": "!*"}.get(operator, "=*"), bound[:-2])]
    if operator not in ("~=", "^", "~"):
        return [("==" if operator == "=" else operator, bound)]
    numbers = [int(part) for part in re.match(r"\d+(?:\.\d+)*|", bound)[0].split(".") if part]  # type: ignore[index]
    if operator == "~=":
        upper = numbers[:-1] or numbers
    elif operator == "~":
        upper = numbers[:2]
    else:
        upper = numbers[: next((i for i, number in enumerate(numbers) if number), len(numbers) - 1) + 1]
    if not upper:
        return [(">=", bound)]
    return [(">=", bound), ("<", ".".join(map(str, [*upper[:-1], upper[-1] + 1])))]


class _Scheme:
    """How versions are ordered; found out from the versions."""

    def __init__(self, versions: Sequence[str]) -> None:
        self.parse: Callable[[str], Any] = _debian
        for parse in (_pep440, _semver):
            if all(parse(version) is not None for version in versions):
                self.parse = parse
                break

    def key(self, version: str) -> Any:
        return self.parse(version)

    def equal(self, one: str, other: str) -> bool:
        a, b = self.parse(_filled(one) if self.parse is _semver else one), self.parse(other)
        return a is not None and a == b

    def is_prerelease(self, version: str) -> bool:
        key = self.parse(_filled(version) if self.parse is _semver else version)
        if isinstance(key, Version):
            return key.is_prerelease
        if self.parse is _semver:
            return isinstance(key, tuple) and key[3] == 0
        return bool(re.search(r"~(alpha|beta|rc|pre|dev)", version))

    def compare(self, version: str, operator: str, bound: str) -> bool:
        if operator in ("=*", "!*"):
            return _starts_with(version, bound, _components(bound)) == (operator == "=*")
        if operator == "===":
            return version == bound
        there, limit = self.parse(version), self.parse(_filled(bound) if self.parse is _semver else bound)
        if there is None or limit is None:
            return False
        if (
            self.parse is _debian
            and operator in ("<=", ">", "==", "!=")
            and _starts_with(version, bound, _components(bound))
        ):
            return operator in ("<=", "==")  # 156 means every revision of it
        return bool(_OPERATORS[operator](there, limit))


def _filled(version: str) -> str:
    """``3`` as ``3.0.0``: the bounds of a range need not have all three numbers."""
    match = re.fullmatch(r"v?(\d+(?:\.\d+){0,2})(.*)", version)
    if not match:
        return version
    numbers = match[1].split(".")
    return ".".join([*numbers, *["0"] * (3 - len(numbers))]) + match[2]


def _pep440(version: str) -> Version | None:
    try:
        return Version(version)
    except InvalidVersion:
        return None


def _semver(version: str) -> tuple[Any, ...] | None:
    match = _SEMVER.fullmatch(version)
    if not match:
        return None
    # numbers come before words, and fewer identifiers before more
    words = [(0, int(word), "") if word.isdigit() else (1, 0, word) for word in (match[4] or "").split(".") if word]
    return (int(match[1]), int(match[2]), int(match[3]), 0 if words else 1, words)


def _debian(version: str) -> Any:
    epoch, _, rest = version.partition(":") if ":" in version else ("0", "", version)
    upstream, dash, revision = rest.rpartition("-")
    if not dash:
        upstream, revision = revision, "0"
    return _by_debian((int(epoch) if epoch.isdigit() else 0, upstream, revision))


def _debian_order(one: tuple[int, str, str], other: tuple[int, str, str]) -> int:
    if one[0] != other[0]:
        return -1 if one[0] < other[0] else 1
    return _debian_text(one[1], other[1]) or _debian_text(one[2], other[2])


_by_debian = cmp_to_key(_debian_order)


def _debian_text(one: str, other: str) -> int:
    """Debian Policy 5.6.12: letters before other signs, ``~`` before the end, numbers as numbers."""
    keys = [
        [
            (
                [0 if sign == "~" else ord(sign) + (256 if not sign.isalpha() else 1) for sign in word] + [1],
                int(number or 0),
            )
            for word, number in _DEBIAN_PARTS.findall(text)[:-1] or [("", "")]
        ]
        for text in (one, other)
    ]
    longest = max(map(len, keys))
    a, b = ([*key, *[([1], 0)] * (longest - len(key))] for key in keys)
    return (a > b) - (a < b)


def _none_fits(wanted: str, published: Sequence[str], scheme: _Scheme) -> InputError:
    if not published:
        return InputError(Message("there is no published version at all, so none is {wanted}", wanted=wanted))
    ordered = sorted(dict.fromkeys(published), key=scheme.key)
    near = difflib.get_close_matches(wanted, ordered, n=2, cutoff=0.7)
    bound = re.sub(r"^[<>=!~^\s]+", "", wanted.split(",")[0])
    key = scheme.parse(_filled(bound) if scheme.parse is _semver else bound)
    if key is not None:
        after = next((i for i, version in enumerate(ordered) if key <= scheme.key(version)), len(ordered))
        near += ordered[max(0, after - 2) : after + 2]
    near.append(ordered[-1])
    shown = sorted(dict.fromkeys(near[:NEAREST]), key=scheme.key)
    return InputError(
        Message("no published version fits {wanted}", wanted=wanted),
        Message("the nearest are {versions}; there are {count}", versions=", ".join(shown), count=len(ordered)),
    )
