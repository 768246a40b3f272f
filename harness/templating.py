"""Templates of recipes: Jinja2 in its sandbox, where every name must be defined.

A template sees ``product`` (``name``, ``version``), ``plugins``, ``compat`` and
``dependencies`` (name → ``{name, version}``, only those that are switched on),
``client``, ``server`` and ``link`` (the three layers of the environment), and, where
one part is installed, that part as ``plugin`` or ``layer`` (``name``, ``version``).
Versions are exact. The test ``version`` compares them:
``{% if product.version is version('>=4') %}``.
"""

import functools
import re
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from jinja2 import DictLoader, StrictUndefined, TemplateNotFound, TemplateSyntaxError, meta
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from harness.errors import InputError, Mistake, Problem, nearest
from harness.language import Message
from harness.model import Environment

OUTPUT_LIMIT = 1_000_000  # characters that one template may make
_PADDING = {"center", "ljust", "rjust", "zfill", "expandtabs", "format", "format_map", "join", "replace"}
_SEMVER = re.compile(r"v?(\d+(?:\.\d+)*)(-?)(.*)", re.DOTALL)


def context(environment: Environment) -> dict[str, Any]:
    """What templates see of an environment whose versions are all exact, without ``plugin`` and ``layer``."""
    server = environment.server
    return {
        "product": server.product.model_dump(),
        "plugins": {ref.name: ref.model_dump() for ref in server.plugins},
        "compat": {ref.name: ref.model_dump() for ref in server.compat},
        "dependencies": {ref.name: ref.model_dump() for ref in server.dependencies},
        **environment.model_dump(),
    }


def expand(text: str, context: Mapping[str, Any], *, path: Path, line: int = 1) -> str:
    """``text`` with its templates filled in; ``path`` and ``line`` are where it stands.

    InputError with one Problem where the template is wrong, names something that is
    not there, does what the sandbox forbids, or makes too much text; MemoryError where memory
    does not suffice.
    """
    try:
        template = _environment().from_string(text)
        parts, size = [], 0
        for part in template.generate(dict(context)):
            size += len(part)
            if size > OUTPUT_LIMIT:
                raise Mistake(Message("the template makes more than {limit} characters", limit=OUTPUT_LIMIT))
            parts.append(part)
    except MemoryError:  # no fault of one line: whoever limits memory must hear of it
        raise
    except Exception as exc:  # a template can raise anything that an expression can
        raise InputError.of((_problem(exc, context, path, line),)) from exc
    return "".join(parts)


def render_file(path: Path, context: Mapping[str, Any]) -> str:
    """The template file at ``path`` filled in. InputError as ``expand``, or where it cannot be read."""
    return expand(read(path), context, path=path)


def read(path: Path) -> str:
    """The text of a template file. InputError where it cannot be read as UTF-8."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        what = Message("the template cannot be read: {reason}", reason=_reason(exc))
        raise InputError.of((_at(path, 1, what),)) from exc


def rehearse(
    text: str, context: Mapping[str, Any], *, path: Path, line: int = 1
) -> tuple[str | None, tuple[Problem, ...]]:
    """``text`` with a made-up context, to find what is wrong before anything is resolved.

    Problems are wrong syntax, names that are not in ``context`` (also in branches that
    are not taken) and keys that are not in its mappings; the text is None where it
    cannot be known, which other versions may change.
    """
    environment = _environment()
    try:
        unknown = meta.find_undeclared_variables(environment.parse(text)) - set(context) - set(environment.globals)
    except TemplateSyntaxError as exc:
        return None, (_problem(exc, context, path, line),)
    if unknown:
        return None, tuple(
            _at(path, line + _lines_before(name, text), _undefined(name), nearest(name, context))
            for name in sorted(unknown)
        )
    try:
        return expand(text, context, path=path, line=line), ()
    except InputError as exc:
        return None, exc.problems if _is_certain(exc.__cause__) else ()


def _is_certain(cause: BaseException | None) -> bool:
    """Whether a template fails with that whatever the versions are."""
    if isinstance(cause, _Missing):
        return cause.owner is missing or isinstance(cause.owner, Mapping)
    return isinstance(cause, Mistake | SecurityError | TemplateSyntaxError | TemplateNotFound)


def is_version(value: object, wanted: str) -> bool:
    """Whether a version (PEP 440 or semver) is in a range such as ``>=4,<5``; also pre-releases."""
    try:
        return SpecifierSet(wanted).contains(_version(str(value)), prereleases=True)
    except InvalidSpecifier as exc:
        raise Mistake(
            Message("`{wanted}` is no range of versions", wanted=wanted), Message("write it as >=4 or >=4,<5")
        ) from exc
    except InvalidVersion as exc:
        raise Mistake(Message("`{version}` is no version", version=value)) from exc


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        match = _SEMVER.fullmatch(text)
        if not match:
            raise
        return Version(match[1] + (".dev0" if match[2] else ""))  # a semver pre-release that PEP 440 has no word for


class _Undefined(StrictUndefined):
    """Remembers what was asked of what, so that the error can name the nearest."""

    __slots__ = ()

    def __init__(self, hint: str | None = None, obj: Any = missing, name: str | None = None, exc: Any = None) -> None:
        super().__init__(hint, obj, name, exc or UndefinedError)
        if exc in (None, UndefinedError):
            self._undefined_exception = cast(Any, functools.partial(_Missing, obj, name))


class _Missing(UndefinedError):
    def __init__(self, owner: Any, name: str | None, message: str | None = None) -> None:
        super().__init__(message)
        self.owner = owner
        self.name = name


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, without the operations that make much out of little."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or not isinstance(left, (int, float)) or not isinstance(right, (int, float)):
            raise SecurityError(f"the operator {operator} is not available here")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, str) and attr in _PADDING:
            return False
        return bool(super().is_safe_attribute(obj, attr, value))


@functools.cache
def _environment() -> _Sandbox:
    environment = _Sandbox(loader=DictLoader({}), undefined=_Undefined, autoescape=False, keep_trailing_newline=True)
    for name in ("center", "format", "indent", "wordwrap", "xmlattr", "random"):
        del environment.filters[name]
    for name in ("lipsum", "cycler", "joiner"):
        del environment.globals[name]
    environment.tests["version"] = is_version
    return environment


def _problem(exc: Exception, context: Mapping[str, Any], path: Path, line: int) -> Problem:
    advice = None
    if isinstance(exc, TemplateSyntaxError):
        inner, what = exc.lineno, Message("the template is not valid: {reason}", reason=exc.message)
    else:
        frames = traceback.extract_tb(exc.__traceback__)
        inner = next((frame.lineno or 1 for frame in reversed(frames) if frame.filename == "<template>"), 1)
        if isinstance(exc, Mistake):
            what, advice = exc.what, exc.advice
        elif isinstance(exc, _Missing) and exc.name is not None:
            what, advice = _missing(exc, context)
        elif isinstance(exc, TemplateNotFound):
            what = Message("a template cannot include another (`{name}`)", name=exc.name)
        elif isinstance(exc, SecurityError):
            what = Message("the template does what a recipe may not: {reason}", reason=exc)
        else:
            what = Message("the template fails: {reason}", reason=_reason(exc))
    return _at(path, line + inner - 1, what, advice)


def _at(path: Path, line: int, what: Message, advice: Message | None = None) -> Problem:
    return Problem(path=path, line=line, column=1, what=what, advice=advice)


def _missing(exc: _Missing, context: Mapping[str, Any]) -> tuple[Message, Message | None]:
    name = str(exc.name)
    if exc.owner is missing:
        return _undefined(name), nearest(name, context)
    there = exc.owner if isinstance(exc.owner, Mapping) else ()
    return Message("the template asks for `{name}`, which is not there", name=name), nearest(name, map(str, there))


def _undefined(name: str) -> Message:
    return Message("no template sees a `{name}`", name=name)


def _lines_before(name: str, text: str) -> int:
    """Lines before the first use of a name."""
    match = re.search(rf"{{[{{%](?:(?!}}}}|%}}).)*\b{re.escape(name)}\b", text, re.DOTALL)
    return text.count("\n", 0, match.end()) if match else 0


def _reason(exc: Exception) -> str:
    if isinstance(exc, OSError) and exc.strerror:
        return exc.strerror
    return f"{type(exc).__name__}: {exc}"
