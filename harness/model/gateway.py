"""Gateway: what stands between browser and product and makes the new product's answers look like the old one's."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from harness import transforms
from harness.errors import Mistake, nearest
from harness.language import Message
from harness.model.base import Frozen

_HEADER = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_TEMPLATE = re.compile(r"/([^{}?#\s]|\{[A-Za-z_][A-Za-z0-9_]*\}|\{[A-Za-z_][A-Za-z0-9_]*\*\}$)*")
_HOP = frozenset({"connection", "content-length", "content-encoding", "transfer-encoding", "host", "upgrade"})

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
Kind = Literal[
    "string", "number", "boolean", "array", "item", "values", "date", "time", "local-time", "sql-time", "seconds",
    "milliseconds",
]  # fmt: skip
assert set(get_args(Kind)) == {*transforms.KINDS}


def _is_path(value: str) -> str:
    if not transforms.is_path(value):
        raise Mistake(
            Message("`{text}` is no JSONPath", text=value), Message("write one (RFC 9535), such as $.rows[*].id")
        )
    return value


def _is_field(value: str) -> str:
    if transforms.last(_is_path(value)) is None:
        raise Mistake(
            Message("`{text}` does not end with the name of one field", text=value),
            Message("write the field itself, such as $.rows[*].id"),
        )
    return value


def _is_template(value: str) -> str:
    if not _TEMPLATE.fullmatch(value) or len(set(transforms.names(value))) != len(transforms.names(value)):
        raise Mistake(
            Message("`{text}` is no path of a URL", text=value),
            Message("write {example}; each name stands once", example="/items/{id}, or /files/{rest*}"),
        )
    return value


def _is_header(value: str) -> str:
    if not re.fullmatch(_HEADER, value):
        raise Mistake(Message("`{text}` is no name of a header", text=value))
    if value.lower() in _HOP:
        raise Mistake(
            Message("the header {name} is of the connection, and not of the answer", name=value),
            Message("leave it out: the gateway sees to it"),
        )
    return value


PathText = Annotated[str, AfterValidator(_is_path), Field(max_length=500, description="A JSONPath (RFC 9535)")]
FieldText = Annotated[
    str, AfterValidator(_is_field), Field(max_length=500, description="A JSONPath that ends with a field's name")
]
Template = Annotated[str, AfterValidator(_is_template), Field(max_length=500, json_schema_extra={"pattern": "^/"})]
HeaderName = Annotated[str, AfterValidator(_is_header)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


# ---------------------------------------------------------------------- bodies
class SetField(Frozen):
    """The field has the value, whatever it was."""

    set: FieldText
    value: Any


class DefaultField(Frozen):
    """The field has the value where it is not there (``null: true``: or is null)."""

    default: FieldText
    value: Any
    null: bool = False


class Remove(Frozen):
    remove: PathText


class Rename(Frozen):
    """The field is called otherwise, at the same place."""

    rename: FieldText
    to: Name


class Move(Frozen):
    """The field stands elsewhere; from where the two places part, both lead on by names of fields."""

    move: FieldText
    to: FieldText

    @model_validator(mode="after")
    def _leads(self) -> "Move":
        if transforms.mover(self.move, self.to) is None:
            raise Mistake(
                Message("`{old}` cannot be moved to `{new}`", old=self.move, new=self.to),
                Message("from where they part, both are names of fields: $.rows[*].meta.id to $.rows[*].id"),
            )
        return self


class Wrap(Frozen):
    """What is there becomes the one field of an object."""

    wrap: PathText
    in_: Name = Field(alias="in")


class Unwrap(Frozen):
    """Of an object one field is left, in its place."""

    unwrap: PathText
    from_: Name = Field(alias="from")


class Cast(Frozen):
    """The value as another kind. ``item`` is the one item of an array, ``values`` are those of an object; the last
    six are ways to write a date."""

    cast: PathText
    to: Kind


def _which(value: Any) -> str | None:
    """The tag of a transform, which is no word that could stand in a file."""
    keys = value if isinstance(value, dict) else type(value).model_fields
    return next((f"<{name}>" for name in transforms.OPERATIONS if name in keys), None)


def _is_one(value: Any) -> Any:
    if isinstance(value, dict) and len(found := [name for name in transforms.OPERATIONS if name in value]) != 1:
        near = nearest(next(iter(value), ""), transforms.OPERATIONS) if not found else None
        raise Mistake(
            Message("expected one transform, found {count}", count=len(found)),
            near or Message("use one of: {choices}", choices=", ".join(transforms.OPERATIONS)),
        )
    if not isinstance(value, (dict, Frozen)):
        raise Mistake(
            Message("this is no transform"), Message("write {example}", example="{rename: $.writer, to: author}")
        )
    return value


Transform = Annotated[
    Annotated[SetField, Tag("<set>")]
    | Annotated[DefaultField, Tag("<default>")]
    | Annotated[Remove, Tag("<remove>")]
    | Annotated[Rename, Tag("<rename>")]
    | Annotated[Move, Tag("<move>")]
    | Annotated[Wrap, Tag("<wrap>")]
    | Annotated[Unwrap, Tag("<unwrap>")]
    | Annotated[Cast, Tag("<cast>")],
    Discriminator(_which),
    BeforeValidator(_is_one),
]


# --------------------------------------------------------------------- headers
class HeaderValue(Frozen):
    """What a header gets: a value of the body as it came, how many such values there are, or another header's."""

    from_: PathText | None = Field(default=None, alias="from")
    count: PathText | None = None
    header: HeaderName | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "HeaderValue":
        if len(self.model_fields_set) != 1:
            raise Mistake(Message("a header has one value"), Message("give `from`, `count` or `header`, or a text"))
        return self


def _form(value: Any) -> str:
    return "<value>" if isinstance(value, (dict, HeaderValue)) else "<text>"


Headers = dict[
    HeaderName,
    Annotated[Annotated[HeaderValue, Tag("<value>")] | Annotated[str | None, Tag("<text>")], Discriminator(_form)],
]
"""A text, which may have ``{variables}``; null takes the header away."""


# ----------------------------------------------------------------------- rules
class Match(Frozen):
    """What a rule is about. ``path`` may have ``{names}``, each for one segment, ``{name*}`` at its end for more."""

    method: Method | None = None
    path: Template
    query: dict[Name, str | Literal[True]] = Field(default={}, description="Of each its value; true: whatever it is")
    content_type: str = Field(default="", pattern=r"^[a-z0-9.+-]+/[a-z0-9.+-]+$|^$", description="Of the answer")
    status: tuple[Annotated[int, Field(ge=100, le=599)], ...] = Field(default=(), description="Of the answer")


class Pages(Frozen):
    """Names in the query: where a page begins and ends (or how long it is) becomes its number and its size."""

    start: Name
    end: Name | None = None
    limit: Name | None = None
    page: Name
    size: Name
    first: Literal[0, 1] = 1

    @model_validator(mode="after")
    def _ends(self) -> "Pages":
        if (self.end is None) == (self.limit is None):
            raise Mistake(Message("a page has an `end` or a `limit`"), Message("give one of the two"))
        return self


def _number_of(value: Any) -> str:
    return "<several>" if isinstance(value, (list, tuple)) else "<one>"


Texts = Annotated[
    Annotated[tuple[str, ...], Tag("<several>"), Field(min_length=1)] | Annotated[str | None, Tag("<one>")],
    Discriminator(_number_of),
]
"""A text, several for a name that stands there as often, or null."""


class OfRequest(Frozen):
    """What is changed in a request on its way to the product. A text may have the ``{names}`` of the path and of
    the query that the browser asked; where one is not there, nothing is set."""

    method: Method | None = None
    path: Template | None = None
    pages: Pages | None = None
    query: dict[Name, Texts] = {}
    headers: Headers = {}
    body: tuple[Transform, ...] = ()


class OfResponse(Frozen):
    """What is changed in an answer on its way to the browser."""

    status: int | None = Field(default=None, ge=100, le=599)
    headers: Headers = {}
    body: tuple[Transform, ...] = ()


class Rule(Frozen):
    """All rules that match are followed, one after the other; a request matches as the browser sent it."""

    match: Match
    request: OfRequest | None = None
    response: OfResponse | None = None

    @model_validator(mode="after")
    def _does_something(self) -> "Rule":
        if not any(part and part.model_fields_set for part in (self.request, self.response)):
            raise Mistake(Message("this rule changes nothing"), Message("say what under `request` or `response`"))
        if self.request and self.request.path:
            known = {*transforms.names(self.match.path), *self.match.query}
            for name in transforms.names(self.request.path):
                if name not in known:
                    raise Mistake(
                        Message("`{name}` is not in the path that is matched", name=name), nearest(name, known)
                    )
        return self

    @property
    def data(self) -> dict[str, Any]:
        """As ``transforms`` and the file have it."""
        data: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return data


class Gateway(Frozen):
    """A file of ``gateways/`` beside an environment file."""

    path: Path
    name: str
    title: str = ""
    rules: tuple[Rule, ...] = Field(min_length=1)

    @property
    def data(self) -> list[dict[str, Any]]:
        """Its rules as ``transforms`` has them."""
        return [rule.data for rule in self.rules]
