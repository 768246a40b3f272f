"""Facts of a replay without the secrets in them."""

from typing import Any, TypeVar

from pydantic import BaseModel

from harness.masking.documents import document
from harness.masking.headers import headers
from harness.masking.jsons import json_value, number
from harness.masking.secrets import Secrets
from harness.masking.texts import text
from harness.masking.urls import url
from harness.model import (
    Attempt,
    ConsoleMessage,
    Element,
    ExtensionState,
    LogLine,
    Mail,
    Mapped,
    Migration,
    Observation,
    Outcome,
    PolicyState,
    Request,
    Said,
    ScriptError,
    Seen,
    Source,
)

M = TypeVar("M", bound=BaseModel)


def observation(fact: Observation, secrets: Secrets) -> Observation:
    """The same fact with a mask for each secret, which ``secrets`` learns; the same object where it holds none."""
    return secrets.settle(_observation, fact)


def _observation(fact: Observation, secrets: Secrets) -> Observation:
    match fact:
        case Request():
            return _changed(
                fact,
                url=url(fact.url, secrets),
                failure=fact.failure and text(fact.failure, secrets),
                request_headers=headers(fact.request_headers, secrets),
                response_headers=headers(fact.response_headers, secrets),
                body=json_value(fact.body, secrets),
                body_missing=fact.body_missing and text(fact.body_missing, secrets),
            )
        case ConsoleMessage() | ScriptError():
            return _changed(
                fact, text=text(fact.text, secrets), url=url(fact.url, secrets), stack=text(fact.stack, secrets)
            )
        case Source():
            head, rest = document(fact.head, secrets), document(fact.rest, secrets)
            return _changed(fact, url=url(fact.url, secrets), head=head, rest=rest)
        case Mapped():
            source, name = url(fact.source, secrets), text(fact.name, secrets)
            return _changed(fact, url=url(fact.url, secrets), source=source, name=name)
        case ExtensionState() | PolicyState():
            return _changed(fact, said=text(fact.said, secrets))
        case LogLine():
            return _changed(fact, text=text(fact.text, secrets))
        case Mail():
            return _changed(
                fact,
                sender=text(fact.sender, secrets),
                recipients=tuple(text(one, secrets) for one in fact.recipients),
                subject=text(fact.subject, secrets),
                text=text(fact.text, secrets),
                attachments=tuple(text(one, secrets) for one in fact.attachments),
            )
        case Seen():
            return _changed(fact, elements=tuple(_element(one, secrets) for one in fact.elements))
        case Migration():
            return _changed(fact, command=text(fact.command, secrets), output=text(fact.output, secrets))
    return fact


def outcome(ended: Outcome, secrets: Secrets) -> Outcome:
    """The same for how a step ended. Of selectors and descriptions, which the user wrote, what is known is masked."""
    return secrets.settle(_outcome, ended)


def said(message: Said, secrets: Secrets) -> Said:
    """Words with values: the template is ours; what was put in it is not."""
    return secrets.settle(_said, message)


def _outcome(ended: Outcome, secrets: Secrets) -> Outcome:
    return _changed(
        ended,
        description={lang: secrets.mask(words) for lang, words in ended.description.items()},
        matched=ended.matched and secrets.mask(ended.matched),
        reason=ended.reason and _said(ended.reason, secrets),
        attempts=tuple(_attempt(attempt, secrets) for attempt in ended.attempts),
        notes=tuple(_said(note, secrets) for note in ended.notes),
        page_title=text(ended.page_title, secrets),
        page_url=url(ended.page_url, secrets),
    )


def _attempt(attempt: Attempt, secrets: Secrets) -> Attempt:
    return _changed(attempt, selector=secrets.mask(attempt.selector), detail=text(attempt.detail, secrets))


def _element(element: Element, secrets: Secrets) -> Element:
    words = {name: text(getattr(element, name), secrets) for name in ("id", "role", "label", "text")}
    return _changed(element, **words)


def _said(said: Said, secrets: Secrets) -> Said:
    """The template is ours; what was put in it is not."""

    def masked(value: str | int | float | Said) -> str | int | float | Said:
        if isinstance(value, Said):
            return _said(value, secrets)
        return text(value, secrets) if isinstance(value, str) else number(value, secrets)

    return _changed(said, values={name: masked(value) for name, value in said.values.items()})


def _changed(model: M, **fields: Any) -> M:
    changes = {name: value for name, value in fields.items() if value != getattr(model, name)}
    return model.model_copy(update=changes) if changes else model
