"""What a bundle would run, for somebody who is to say yes to it."""

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from harness import templating
from harness.bundle.replaying import Unpacked
from harness.evidence import SIDES
from harness.language import Language, Message
from harness.model import Environment, LockedEnvironment, Recipe, ServiceRef, Step
from harness.model.desktop import shown
from harness.model.environment import BrowserRef
from harness.services import terms
from harness.steps import STEPS
from harness.wanted import wanted
from harness.writing import words

ROWS_SHOWN = 40  # of one kind; that there are more is said
LENGTH = 1000  # characters of one row

Rows = dict[Message, dict[str, None]]


def what_runs(there: Unpacked, lang: Language) -> Iterator[str]:
    """Base images, what is installed, commands, ports, ways out, steps, and which variables of our environment it is
    given; lines of text without control characters.

    It is read from what would run, not from what the bundle says about itself.
    """
    manifest = there.bundle.manifest
    yield words.one_line(
        Message(
            "{name}, made by harness {version} at {created}; expected: {verdict}",
            name=manifest.name,
            version=manifest.tool_version,
            created=manifest.created,
            verdict=words.VERDICT_WORDS[manifest.expected.verdict],
        ).into(lang)
    )
    rows: Rows = {}
    for side in SIDES:
        locked = there.lock.side(side)
        exact = locked.exact(there.case.file.side(side))
        for label, text in _environment(exact, there.case.recipe(exact), locked, lang):
            rows.setdefault(label, {})[text] = None
    for label, text in _asked(there, lang):
        rows.setdefault(label, {})[text] = None
    for label, texts in rows.items():
        for text in list(texts)[:ROWS_SHOWN]:
            yield f"  {label.into(lang)}: {words.one_line(text, LENGTH)}"
        if len(texts) > ROWS_SHOWN:
            more = Message("{count} more are not shown", count=len(texts) - ROWS_SHOWN)
            yield f"  {label.into(lang)}: {more.into(lang)}"
    if "images" in manifest.contents:
        yield "  " + Message("It brings images that are ready to run; what is in them cannot be shown").into(lang)
    elif "packages" in manifest.contents:
        yield "  " + Message("It brings base images and packages; what is in them cannot be shown").into(lang)


def _environment(
    environment: Environment, recipe: Recipe, locked: LockedEnvironment, lang: Language
) -> Iterator[tuple[Message, str]]:
    client, server = environment.client, environment.server
    yield Message("Base images"), ", ".join(dict.fromkeys([server.os, client.os]))
    yield Message("Product"), words.server(environment)
    yield Message("Browser"), str(client.browser)
    yield from _elsewhere(client.browser)
    for layer in (asked := wanted(environment, recipe)["server"]).product, asked.plugins:
        for installer, arguments in layer.items():
            for one in arguments:
                yield Message("Installs"), f"{installer}: {_in_words(one)}"
    yield from _given(server.services)
    sets = [locked.packages(image) for image in locked.images]
    packages = [package for one in sets for package in (*one.product, *one.plugins)]
    counts = Counter(package.installer for package in packages)
    yield Message("Packages that the lock names"), ", ".join(f"{name}: {counts[name]}" for name in sorted(counts))
    seen = templating.context(environment)
    for command in recipe.setup:
        yield Message("Runs when it is built"), _filled(command, seen, recipe)
    given = Message("as the image says").into(lang)
    yield Message("Runs"), f"{_filled(recipe.start, seen, recipe) or given} ({recipe.user})"
    for name, variable in recipe.environment.items():
        if not variable.is_secret:
            yield Message("Sets the variable"), _filled((f"{name}={variable.value}",), seen, recipe)
    yield Message("Port"), str(recipe.port or given)
    way_out = Message("none") if environment.link.egress == "deny" else Message("to everywhere")
    yield Message("Way out to the network"), way_out.into(lang)


def _given(services: Iterable[ServiceRef]) -> Iterator[tuple[Message, str]]:
    """Services whose images somebody gives, in full, and what is run in them."""
    for ref in services:
        if ref.image:
            yield Message("Service as an image"), f"{ref.name}: {ref.image.reference or ref.image}"
            for command in (terms(ref).command, ref.ready.command):
                if command:
                    yield Message("Runs"), f"{shlex.join(command)} ({ref.name})"
            for name, text in ref.environment.items():
                yield Message("Sets the variable"), f"{name}={text} ({ref.name})"


def _elsewhere(browser: BrowserRef) -> Iterator[tuple[Message, str]]:
    """What a server is asked to start that is not ours, and what it is let in to."""
    for name, text in shown(browser.capabilities).items():
        yield Message("Asks the WebDriver server for"), f"{name}: {text}"
    if browser.product_host:
        yield Message("Opens a port to the product at"), browser.product_host


def _asked(there: Unpacked, lang: Language) -> Iterator[tuple[Message, str]]:
    """What it does in the browser, and what of ours it wants."""
    for step in there.case.scenario.steps if there.case.scenario else ():
        yield Message("Steps"), f"{step.number}. {_itself(step).into(lang)}"
    for name, uses in there.asked.items():
        yield Message("Wants your variable"), f"{name}: {'; '.join(use.into(lang) for use in uses)}"


def _itself(step: Step) -> Message:
    """What a step does; the author's words for it may say anything. Of a script nothing is left out."""
    script = getattr(step.arguments, "script", None)
    if isinstance(script, str):
        return Message("run the script {script}", script=script)
    return STEPS[step.action].describe(step.arguments)


def _in_words(arguments: BaseModel) -> str:
    data = arguments.model_dump(mode="json", by_alias=True)
    if isinstance(data, list):
        return ", ".join(map(str, data))
    return ", ".join(f"{key} {value}" for key, value in data.items()) if isinstance(data, dict) else str(data)


def _filled(command: Sequence[str], seen: Mapping[str, Any], recipe: Recipe) -> str:
    return shlex.join(templating.expand(word, seen, path=recipe.path) if "{" in word else word for word in command)
