"""What every noun that comes from or goes to a file is built on."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from harness.errors import Mistake
from harness.language import Language, Message

Layer = Literal["client", "link", "server"]
Side = Literal["before", "after"]


class Frozen(BaseModel):
    """A value: immutable, compared by content, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Captured(Frozen):
    """A value with what a page, a log or a server said. Half characters (lone surrogates), which
    JavaScript strings may hold and no file can, become U+FFFD."""

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, value: Any) -> Any:
        return _whole(value)


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_whole, value))
    return value


def _is_day(value: Any) -> Any:
    """pydantic takes numbers for seconds since 1970."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as exc:
        raise Mistake(Message("`{day}` is no day", day=value), Message("write it as 2027-03-31")) from exc


Day = Annotated[date, BeforeValidator(_is_day), Field(json_schema_extra={"pattern": r"^\d{4}-\d\d-\d\d$"})]
"""A day of a file that people write: ``2027-03-31``."""

Text = str | dict[Language, str]
"""Words for people: one string, or one string a language."""


def in_language(text: Text, lang: Language) -> str:
    """The words of ``text`` in ``lang``, else in English, else in what there is."""
    if isinstance(text, str):
        return text
    return text.get(lang) or text.get("en") or next(iter(text.values()), "")


class Said(Captured):
    """A ``Message`` as it is kept in a file: English template and values."""

    text: str
    values: dict[str, "str | int | float | Said"] = {}  # a value may be words itself

    @classmethod
    def of(cls, message: Message) -> "Said":
        values: Mapping[str, Any] = message.values
        return cls(text=message.text, values={k: cls._kept(v) for k, v in values.items()})

    @classmethod
    def _kept(cls, value: Any) -> "str | int | float | Said":
        if isinstance(value, Message):
            return cls.of(value)
        return value if isinstance(value, (int, float, Said)) else str(value)

    def message(self) -> Message:
        return Message(self.text, **{k: v.message() if isinstance(v, Said) else v for k, v in self.values.items()})
