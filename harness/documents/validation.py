"""Nodes to models. Every error of pydantic becomes words, and a place in the file."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from harness.documents.node import Mistakes, Node, Place, plain
from harness.errors import Mistake, nearest
from harness.language import Message

M = TypeVar("M", bound=BaseModel)
Loc = tuple[str | int, ...]

_EXPECTED = {
    "string": Message("text"),
    "int": Message("a whole number"),
    "float": Message("a number"),
    "finite_number": Message("a number"),
    "bool": Message("true or false"),
    "tuple": Message("a list"),
    "list": Message("a list"),
    "dict": Message("a mapping"),
    "model": Message("a mapping"),
    "path": Message("a path"),
}
_ABSENT: Mapping[Loc, Message] = {
    ("client", "keyboard"): Message(
        "WebDriver types characters, whatever key they are on, so that no page could tell; leave it out"
    )
}
"""Why there is no such key, where people look for one."""
_TYPE_ERROR = re.compile(
    r"(finite_number|string|int|float|bool|tuple|list|dict|model|path)(_type|_parsing|_from_float|)"
)


def validate(model: type[M], node: Node, mistakes: Mistakes, given: Mapping[str, Any] | None = None) -> M | None:
    """``node`` as a ``model``, or None after all that is wrong with it was added to ``mistakes``.

    ``given`` are fields of the model that come from elsewhere and are not known in the file.
    """
    value = plain(node)
    wrong = False
    if given is not None:
        wrong = refuse_unknown(node, set(_names(model)) - set(given), mistakes)
        value = {key: item for key, item in value.items() if key in model.model_fields} | dict(given)
    try:
        valid = model.model_validate(value)
    except ValidationError as exc:
        errors = [error for error in exc.errors(include_url=False) if not _is_echo(error)]
        for error in _of_nearest_branch(errors, node):
            at, place, _ = _find(node, error["loc"])
            if error["type"] == "extra_forbidden":
                key = str(error["loc"][-1])
                at, _, _ = _find(node, error["loc"][:-1])
                names = _fields(model, error["loc"][:-1])
                what = _unknown(key, names) if key in at.mapping else _no_mapping(at, names)
                what = (what[0], _ABSENT.get(error["loc"][-2:], what[1]))
                mistakes.add(at.place_of(key), *what)
            else:
                mistakes.add(place, *_in_words(error, at))
        return None
    return None if wrong else valid


def refuse_unknown(node: Node, known: Iterable[str], mistakes: Mistakes) -> bool:
    """Add a mistake for every key of a mapping that is not known; whether there was one."""
    names = sorted(known)
    unknown = [key for key in node.mapping if key not in names]
    for key in unknown:
        mistakes.add(node.place_of(key), *_unknown(key, names))
    return bool(unknown)


def _unknown(key: str, names: Iterable[str]) -> tuple[Message, Message | None]:
    return Message("the key `{key}` is not known here", key=key), nearest(key, names)


def _no_mapping(node: Node, names: Iterable[str]) -> tuple[Message, Message | None]:
    """A short form was filled in where the model has none."""
    return (
        Message("expected {expected}, found {found}", expected=Message("a mapping"), found=node.kind),
        Message("it can have: {names}", names=", ".join(names)),
    )


def _find(node: Node, loc: Loc) -> tuple[Node, Place, int]:
    """The value at ``loc``, where it stands, and how many parts of ``loc`` are in the file.

    Parts that are not (names of union members, fields that a short form filled) are
    passed over. ``[key]`` at the end means the key itself.
    """
    depth, place, key_place = 0, node.place, node.place
    for part in loc:
        below = node.at(part)
        if below is not node:
            key_place = node.place_of(str(part))
            node, place, depth = below, below.place, depth + 1
        elif part == "[key]":
            place = key_place
    return node, place, depth


def _is_echo(error: ErrorDetails) -> bool:
    """pydantic calls a list too short where entries of it are wrong; those are reported themselves."""
    return error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]


def _of_nearest_branch(errors: list[ErrorDetails], node: Node) -> list[ErrorDetails]:
    """pydantic reports every member of a union; keep those of the member the author meant,
    which is the one whose errors lie deepest in the file."""
    unions: dict[Loc, dict[str | int, list[ErrorDetails]]] = {}
    kept: list[ErrorDetails] = []
    for error in errors:
        prefix = _matched(node, error["loc"])
        rest = error["loc"][len(prefix) :]
        if len(rest) == 0 or (len(rest) == 1 and error["type"] == "missing"):
            kept.append(error)
        else:
            unions.setdefault(prefix, {}).setdefault(rest[0], []).append(error)
    for members in unions.values():
        ranked = sorted(members.values(), key=lambda found: -max(_find(node, error["loc"])[2] for error in found))
        kept += ranked[0]
    return kept


def _matched(node: Node, loc: Loc) -> Loc:
    for index, part in enumerate(loc):
        below = node.at(part)
        if below is node:
            return loc[:index]
        node = below
    return loc


def _in_words(error: ErrorDetails, node: Node) -> tuple[Message, Message | None]:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return Message("`{key}` is missing", key=error["loc"][-1]), None
    if kind == "value_error":
        cause = context["error"]
        if isinstance(cause, Mistake):
            return cause.what, cause.advice
        return Message("{reason}", reason=cause), None
    if match := _TYPE_ERROR.fullmatch(kind):
        advice = None
        if match[1] == "string" and isinstance(node.value, (int, float)):
            advice = Message("put it in quotes: {text}", text=f'"{node.text}"')
        return Message("expected {expected}, found {found}", expected=_EXPECTED[match[1]], found=node.kind), advice
    return _of_limits(kind, context, node, error)


def _of_limits(
    kind: str, context: Mapping[str, Any], node: Node, error: ErrorDetails
) -> tuple[Message, Message | None]:
    match kind:
        case "literal_error":
            words = [word.strip("'") for word in re.findall(r"'[^']*'|\d+|True|False", context["expected"])]
            found = str(error["loc"][-2]) if error["loc"][-1:] == ("[key]",) else node.text
            word = found if found or isinstance(node.value, str) else node.kind
            return Message("`{word}` is not allowed here", word=word), nearest(found, words)
        case "greater_than" | "greater_than_equal":
            least = context.get("gt", context.get("ge"))
            return Message("too small: at least {limit}", limit=least) if kind.endswith("equal") else Message(
                "too small: more than {limit}", limit=least
            ), None
        case "less_than" | "less_than_equal":
            return Message("too large: at most {limit}", limit=context.get("lt", context.get("le"))), None
        case "too_short" | "string_too_short":
            return Message("too few: at least {count}", count=context["min_length"]), None
        case "too_long" | "string_too_long":
            return Message("too many: at most {count}", count=context["max_length"]), None
        case "string_pattern_mismatch":
            return Message("`{text}` is not written as it must be", text=error["input"]), Message(
                "it must match {pattern}", pattern=context["pattern"]
            )
        case _:
            return Message("{reason}", reason=error["msg"]), None


def _fields(model: type[BaseModel], loc: Loc) -> list[str]:
    """Keys that are known at ``loc``: the fields of every model that can stand there."""
    models = [model]
    for part in loc:
        below = [each.model_fields[part].annotation for each in models if part in each.model_fields]
        if below:
            models = [found for annotation in below for found in _models(annotation)]
    return [name for each in models for name in _names(each)]


def _names(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for argument in get_args(annotation) for found in _models(argument)]
