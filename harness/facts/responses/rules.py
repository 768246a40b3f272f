"""Severities: one rule a way in which an answer may change, as data. docs/responses.md shows this table.

As in oasdiff, what a reader of the old answer must trip over is ``breaking``, what it may trip over is
``maybe``, and what it does not see is ``harmless``. Here the answers that were seen stand for the contract.
"""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from functools import reduce

from harness.language import Message
from harness.model import ResponseChange, Weight


@dataclass(frozen=True, kw_only=True)
class Rule:
    """``words`` say it of a ``ResponseChange``: {path}, {other}, {was}, {now}."""

    weight: Weight
    words: Message


RULES: dict[str, Rule] = {
    "field-removed": Rule(weight="breaking", words=Message("{path} is gone")),
    "field-added": Rule(weight="harmless", words=Message("{path} is new")),
    "field-renamed": Rule(weight="breaking", words=Message("{path} is called {other} now")),
    "field-moved": Rule(weight="breaking", words=Message("{path} has moved to {other}")),
    "field-became-optional": Rule(weight="breaking", words=Message("{path} is not always there any more")),
    "became-null": Rule(weight="breaking", words=Message("{path} is null where it was {was}")),
    "became-nullable": Rule(weight="breaking", words=Message("{path} may be null now")),
    "no-longer-null": Rule(weight="harmless", words=Message("{path} is {now} where it was null")),
    "array-became-object": Rule(weight="breaking", words=Message("{path} is an object where it was an array")),
    "array-became-scalar": Rule(weight="breaking", words=Message("{path} is {now} where it was an array")),
    "object-became-array": Rule(weight="breaking", words=Message("{path} is an array where it was an object")),
    "object-became-scalar": Rule(weight="breaking", words=Message("{path} is {now} where it was an object")),
    "scalar-became-array": Rule(weight="breaking", words=Message("{path} is an array where it was {was}")),
    "scalar-became-object": Rule(weight="breaking", words=Message("{path} is an object where it was {was}")),
    "number-became-string": Rule(weight="breaking", words=Message("{path} is a string where it was a number")),
    "string-became-number": Rule(weight="breaking", words=Message("{path} is a number where it was a string")),
    "type-changed": Rule(weight="breaking", words=Message("{path} is {now} where it was {was}")),
    "type-widened": Rule(weight="maybe", words=Message("{path} is {now} where it was only {was}")),
    "enum-value-added": Rule(weight="maybe", words=Message("{path} has a value that it did not have: {other}")),
    "date-format-changed": Rule(weight="breaking", words=Message("{path} is written as {now} where it was {was}")),
    "pagination-changed": Rule(weight="breaking", words=Message("{path}, by which one pages, is {now} now")),
    "page-size-changed": Rule(weight="maybe", words=Message("{path} has {now} item(s) of the same list, not {was}")),
    "envelope-added": Rule(weight="breaking", words=Message("what was {path} is wrapped, and is at {other} now")),
    "envelope-removed": Rule(weight="breaking", words=Message("what was at {path} is not wrapped any more")),
    "order-changed": Rule(weight="maybe", words=Message("{path} has the same items in another order")),
    "error-envelope-changed": Rule(weight="maybe", words=Message("errors are answered in another form, at {path}")),
    "status-became-error": Rule(weight="breaking", words=Message("it answers {now} where it answered {was}")),
    "status-no-longer-error": Rule(weight="harmless", words=Message("it answers {now} where it answered {was} before")),
    "status-changed": Rule(weight="maybe", words=Message("its status is {now} where it was {was}")),
    "content-type-changed": Rule(weight="breaking", words=Message("it answers with {now} where it was {was}")),
    "content-type-respelled": Rule(weight="harmless", words=Message("its {was} is called {now} now")),
    "header-removed": Rule(weight="maybe", words=Message("the header {path} is gone")),
    "header-added": Rule(weight="harmless", words=Message("the header {path} is new")),
    "cross-origin-refused": Rule(
        weight="breaking", words=Message("the header {path}, which lets other origins in, is gone")
    ),
    "header-restricts": Rule(
        weight="maybe", words=Message("the header {path} is new or another, and may forbid what was allowed")
    ),
    "paging-header-removed": Rule(weight="breaking", words=Message("the header {path}, by which one pages, is gone")),
}

KINDS: dict[str, Message] = {
    "": Message("not there"),
    "null": Message("null"),
    "boolean": Message("a boolean"),
    "number": Message("a number"),
    "string": Message("a string"),
    "array": Message("an array"),
    "object": Message("an object"),
}


def words(change: ResponseChange) -> Message:
    """What changed, without of which endpoint: ``$.rows is an object where it was an array``."""
    rule = RULES.get(change.rule)
    values = {
        "path": change.path,
        "other": change.other,
        "was": _kinds(change.was),
        "now": _kinds(change.now),
    }
    return _filled(rule.words, values) if rule else Message("{path} is another", path=change.path)


def told(change: ResponseChange) -> Message:
    """What changed in the answers of which endpoint."""
    return Message("{endpoint}: {what}", endpoint=change.endpoint, what=words(change))


def _filled(words: Message, values: Mapping[str, str | Message]) -> Message:
    filled = copy(words)
    filled.values = {name: value for name, value in values.items() if f"{{{name}}}" in words.text}
    return filled


def _kinds(joined: str) -> str | Message:
    """``array|null`` as words; whatever is no kind is left as it is."""
    parts: list[str | Message] = [KINDS.get(part, part) for part in joined.split("|")]
    return reduce(lambda one, other: Message("{one} or {other}", one=one, other=other), parts)
