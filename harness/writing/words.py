"""Words that every rendering of a run shares, and text of strangers made fit to print."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence

from harness.language import Language, Message
from harness.model import (
    Audience,
    CauseName,
    Change,
    Conclusion,
    Environment,
    Layer,
    Server,
    Strength,
    Verdict,
    VerdictName,
    Weight,
)
from harness.model.changes import is_dependency
from harness.model.links import is_gateway

VERDICT_WORDS: dict[VerdictName, Message] = {
    "same": Message("same"),
    "regression": Message("regression"),
    "fixed": Message("fixed"),
    "broken-both": Message("broken on both sides"),
    "unstable": Message("unstable"),
    "no-verdict": Message("no verdict"),
}
EXPLAINED_WORDS: dict[VerdictName, Message] = {
    "same": Message("The customer can do the same as before."),
    "regression": Message("The upgrade broke something that worked."),
    "fixed": Message("The upgrade mended something that was broken."),
    "broken-both": Message("It does not work before the upgrade either."),
    "unstable": Message("The same environment does not always behave the same."),
    "no-verdict": Message("Something other than the page went wrong, so nothing is said about the upgrade."),
}
LAYER_WORDS: dict[Layer, Message] = {
    "client": Message("client (browser and page)"),
    "link": Message("link (network)"),
    "server": Message("server (product and plug-ins)"),
}
STRENGTH_WORDS: dict[Strength, Message] = {
    "established": Message("established"),
    "likely": Message("likely"),
    "not-established": Message("not established"),
}
WEIGHT_WORDS: dict[Weight, Message] = {
    "breaking": Message("breaking"),
    "maybe": Message("maybe breaking"),
    "harmless": Message("harmless"),
}
FOR_WORDS: dict[Audience, Message] = {  # an engineer gets everything
    "customer": Message("For the customer"),
    "vendor": Message("For the vendor"),
}

CAUSE_WORDS: dict[CauseName, Message] = {
    "plugin-incompatible": Message("the plug-in is incompatible"),
    "product-regression": Message("the product itself"),
    "environment-change": Message("a change of the environment"),
    "data-or-migration": Message("the data, or their migration"),
    "fails-before-as-well": Message("it fails before as well"),
    "not-reproduced": Message("not reproduced"),
    "unstable": Message("unstable"),
    "no-verdict": Message("no verdict"),
}
UNKNOWN_CAUSE = Message("not established")
OUTCOME_WORDS: dict[str, Message] = {
    "works": Message("works"),
    "fails": Message("fails"),
    "no-answer": Message("no answer"),
}

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NOT_XML = re.compile(r"[\ud800-\udfff\ufffe\uffff]")
_DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")  # would turn the text around it


def printable(text: str) -> str:
    """Text of a page or a log without what could move a cursor, break XML or turn what is around it."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _DIRECTION.sub("", _NOT_XML.sub("\ufffd", text))


def one_line(text: str, length: int = 300) -> str:
    """``printable`` on one line of at most ``length`` characters."""
    text = " ".join(printable(text).split())
    return text if len(text) <= length else text[: length - 1] + "…"


def paragraph(sentences: Iterable[Message], lang: Language, escape: Callable[[str], str] | None = None) -> str:
    """Sentences as one text; what is a stranger's among their words goes through ``escape``."""
    return (" " if lang == "en" else "").join(sentence.into(lang, escape) for sentence in sentences)


def columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def padded(text: str, width: int) -> str:
    """The text, with spaces behind it to so many columns of a terminal."""
    return text + " " * (width - columns(text))


def aligned(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Labels and values, which may have several lines, in two columns of a terminal."""
    width = max((columns(label) for label, _ in rows), default=0)
    indent = " " * (width + 4)
    return [f"  {padded(label, width)}  {value}".replace("\n", "\n" + indent).rstrip() for label, value in rows]


def change(item: Change) -> str:
    """``server.product: datasette@0.64.8 → datasette@1.0a14``"""
    return f"{item.path}: {item.before or '–'} → {item.after or '–'}"


def cause(conclusion: Conclusion) -> Message:
    if conclusion.cause == "product-regression" and conclusion.axes and all(map(is_dependency, conclusion.axes)):
        return Message("the product, with a package that it is built on")
    return CAUSE_WORDS[conclusion.cause] if conclusion.cause else UNKNOWN_CAUSE


def mends(verdict: Verdict, lang: Language) -> list[str]:
    """What was seen to mend it, each with what it is: the vendor's version, or a layer."""
    after = verdict.environments.get("after")
    plugins = {ref.name for ref in after.server.plugins} if after else set()
    return [_mend(one, plugins).into(lang) for one in (verdict.conclusion.mended_by if verdict.conclusion else ())]


def _mend(name: str, plugins: Collection[str]) -> Message:
    if is_gateway(name):
        return Message("{name} (a gateway before the product)", name=name)
    if name.rpartition("@")[0] in plugins:
        return Message("{name} (a newer version of the plug-in)", name=name)
    return Message("{name} (a compat layer)", name=name)


def server(environment: Environment) -> str:
    """Product and plug-ins with their versions: ``datasette@1.0a14 + search-all@1.0``."""
    return server_words(environment.server)


def server_words(parts: Server) -> str:
    return " + ".join(map(str, (parts.product, *parts.plugins, *parts.dependencies, *parts.compat)))
