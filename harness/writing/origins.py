"""Where an error comes from, in words. Pure."""

from collections.abc import Iterator, Sequence

from harness.facts import failures
from harness.language import Language, Message
from harness.model import Evidence, Origin
from harness.writing.words import one_line


def whose(origin: Origin) -> Message | None:
    """Whose code it is and who called it; None where a stack does not say it."""
    called = origin.caller and Message("called by {caller}", caller=one_line(origin.caller))
    if origin.role is None:
        return called or None
    code = _code(origin)
    return Message("{code}, {called}", code=code, called=called) if called else code


def _code(origin: Origin) -> Message:
    package = one_line(origin.package)
    match origin.role:
        case "plugin":
            return Message("code of the plug-in {package}", package=package)
        case "compat":
            return Message("code of the compat layer {package}", package=package)
        case "product":
            return Message("code of the product {package}", package=package)
        case _:
            return Message("code of the package {package}", package=package)


def place(origin: Origin) -> str:
    """``/srv/views.py:12``"""
    return one_line(f"{origin.file}:{origin.line}" if origin.line else origin.file)


def told(error: Evidence, lang: Language) -> str:
    """Whose code an error is, with exception and place where the error does not say these itself, in one line; of a
    request what the answer says, or why there is none, and how the other side asked. Empty where it is not known."""
    if error.kind == "request":
        return " · ".join(one.into(lang) for one in _of_request(error))
    origin = error.origin
    words = whose(origin) if origin else None
    if origin is None or words is None:
        return ""
    chained = f"{origin.began_as} → {origin.exception}" if origin.began_as else origin.exception
    here = "" if origin.file and error.where.startswith(origin.file) else place(origin)
    exception = "" if error.text.startswith(chained) else one_line(chained)
    return " · ".join(filter(None, [exception, here, words.into(lang)]))


def _of_request(error: Evidence) -> Iterator[Message]:
    if known := failures.of(error.text):
        yield known.words
    elif error.detail:
        yield Message("the answer says: {answer}", answer=one_line(error.detail))
    if error.otherwise and error.side == "after":
        yield Message("asked otherwise before the upgrade: {asked}", asked=one_line(error.otherwise))
    elif error.otherwise:
        yield Message("asked otherwise after the upgrade: {asked}", asked=one_line(error.otherwise))


def first(errors: Sequence[Evidence]) -> Origin | None:
    """That of the earliest error of which it is known whose code raised it."""
    return next((one.origin for one in errors if one.origin and whose(one.origin)), None)
