"""What is to be installed in the images of an environment, layer by layer; what is asked for, not yet what it becomes.

Below the stages, because both resolving and rendering start from it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from harness import beside
from harness.browsers import BROWSERS
from harness.client import desktop
from harness.errors import InputError, Mistake, Problem
from harness.installers import INSTALLERS, WHOLE
from harness.language import Message
from harness.links import LINKS, wanted_links
from harness.model import Client, Environment, Part, Recipe, Ref, Server, ServiceRef
from harness.model.lock import LINKS as OF_LINK
from harness.model.lock import SERVICES as OF_SERVICE
from harness.model.lock import link_of, service_of
from harness.model.packages import FILLED, is_off
from harness.protocols import BrowserSource
from harness.services import SERVICES
from harness.systems import SYSTEMS, System

ImageName = str  # "server", "browser", "services.<name>", "links.<name>"
LAYERS = ("product", "plugins")
BROWSER_PACKAGES = ("locales", "tzdata")  # any locale can be made of these, in a layer of its own


@dataclass(frozen=True, kw_only=True)
class Layers:
    """Arguments of installers for one image, by installer, in the layer they belong to."""

    product: Mapping[str, tuple[BaseModel, ...]] = field(default_factory=dict)
    plugins: Mapping[str, tuple[BaseModel, ...]] = field(default_factory=dict)

    def both(self, installer: str) -> tuple[BaseModel, ...]:
        return (*self.product.get(installer, ()), *self.plugins.get(installer, ()))

    @property
    def is_given(self) -> bool:
        """Whether the product brings the whole image."""
        return any(name in self.product for name in WHOLE)

    def as_data(self) -> Any:
        """For a digest."""
        return [
            {name: [one.model_dump(mode="json") for one in layer[name]] for name in INSTALLERS if layer.get(name)}
            for layer in (self.product, self.plugins)
        ]


def wanted(environment: Environment, recipe: Recipe) -> dict[ImageName, Layers]:
    """What the images of ``environment``, whose versions are all exact, are to hold.

    InputError where a template of the recipe fails, or makes arguments that its installer
    refuses.
    """
    services = {f"{OF_SERVICE}{ref.name}": _service(environment, ref) for ref in environment.server.services}
    links = {f"{OF_LINK}{name}": _link(environment, name) for name in wanted_links(environment)}
    _check_client(environment.client)
    browser = {"browser": _browser(environment)} if has_browser(environment) else {}
    return {"server": _server(environment, recipe), **browser, **services, **links}


def images(environment: Environment) -> tuple[ImageName, ...]:
    """The images of an environment."""
    services = (f"{OF_SERVICE}{ref.name}" for ref in environment.server.services)
    browser = ("browser",) if has_browser(environment) else ()
    return ("server", *browser, *services, *(f"{OF_LINK}{name}" for name in wanted_links(environment)))


def has_browser(environment: Environment) -> bool:
    """Whether its browser is one of ours, in an image, and not one that runs elsewhere."""
    return not environment.client.browser.url


def image_of(path: str) -> ImageName:
    """The image for which a version is asked, by its dotted path in the spec."""
    kind, _, rest = path.partition(".")
    return "browser" if kind == "client" else rest if rest.startswith(OF_SERVICE) else "server"


def system(environment: Environment, image: ImageName) -> System:
    """The operating system of an image."""
    if image == "browser":
        return SYSTEMS[environment.client.os]
    if image == "server":
        return SYSTEMS[environment.server.os].with_python(environment.server.python)
    if link := link_of(image):
        return SYSTEMS[LINKS[link].os(environment.server.os)]
    name = service_of(image)
    own = next((ref.os for ref in environment.server.services if ref.name == name), "")
    return SYSTEMS[own or environment.server.os]


def _server(environment: Environment, recipe: Recipe) -> Layers:
    seen = _Seen(environment, recipe)
    above = [(recipe.plugins[ref.name], {"plugin": ref.model_dump()}) for ref in environment.server.plugins]
    above += [(recipe.compat[ref.name], {"layer": ref.model_dump()}) for ref in environment.server.compat]
    where = system(environment, "server")
    entries = _entries([(recipe.product, {})], seen)
    if any(name in entries for name in WHOLE):
        return Layers(product=entries, plugins=_entries(above, seen))
    product = _with_needs(_with_runtimes(entries, environment.server), where)
    plugins = _with_needs(_entries(above, seen), where, there=product)
    return Layers(product=product, plugins=plugins)


def _check_client(client: Client) -> None:
    for what in BROWSERS[client.browser.name].refusals(client).values():
        raise InputError(what, Message("take another browser, another version of it, or leave it out"))


def _browser(environment: Environment) -> Layers:
    seen = _Seen(environment, None)
    part = source_of(environment.client.browser).part
    asked = _entries([(part, {"browser": environment.client.browser.model_dump()})], seen)
    packages = INSTALLERS["apt"].Arguments.model_validate(list(BROWSER_PACKAGES))
    asked |= {"apt": (*asked.get("apt", ()), packages)}
    system = SYSTEMS[environment.client.os]
    product = _with_needs(asked, system)
    return Layers(product=product, plugins=_with_needs(_particular(environment.client), system, there=product))


def _particular(client: Client) -> "Entries":
    """What a client has besides a browser: packages of its system, and extensions from registries."""
    asked: dict[str, list[str]] = {"apt": list(desktop.packages(client)), "npm": []}
    for one in client.extensions:
        if one.source != "file":
            asked[one.source].append(f"{one.name}{'=' if one.source == 'apt' else '@'}{one.version}")
    return {name: (INSTALLERS[name].Arguments.model_validate(some),) for name, some in asked.items() if some}


def source_of(browser: Ref) -> BrowserSource:
    """Where the exact version of a browser comes from; the first source for a version that is not exact."""
    sources = BROWSERS[browser.name].sources
    return next((one for one in sources if re.fullmatch(one.versions, browser.version)), sources[0])


def _service(environment: Environment, ref: ServiceRef) -> Layers:
    if ref.image:
        return Layers(product={"image": (ref.image,)})
    part = SERVICES[ref.name].part(system(environment, f"{OF_SERVICE}{ref.name}"))
    entries = _entries([(part, {"service": ref.model_dump()})], _Seen(environment, None))
    return Layers(product=_with_needs(entries, system(environment, f"{OF_SERVICE}{ref.name}")))


def _link(environment: Environment, name: str) -> Layers:
    part = LINKS[name].part(system(environment, f"{OF_LINK}{name}"))
    entries = _entries([(part, {})], _Seen(environment, None))
    return Layers(product=_with_needs(entries, system(environment, f"{OF_LINK}{name}")))


Entries = dict[str, tuple[BaseModel, ...]]


def _with_runtimes(entries: Entries, server: Server) -> Entries:
    """``entries`` with the Python and the Node.js that the environment has, whatever the recipe says."""
    if server.python:
        older = SYSTEMS[server.os].pythons.get(server.python)
        asked = {"packages": older.packages, "suite": older.suite} if older else {"packages": ["python3"]}
        entries = entries | {"apt": (*entries.get("apt", ()), INSTALLERS["apt"].Arguments.model_validate(asked))}
    if server.node:
        entries = entries | {"node": (INSTALLERS["node"].Arguments.model_validate(server.node),)}
    return entries


def _with_needs(entries: Entries, system: System, *, there: Mapping[str, object] | None = None) -> Entries:
    """``entries`` with the distribution's packages that their installers need; ``there`` has its own already."""
    needed = dict.fromkeys(
        name for key in entries if key not in (there or {}) for name in INSTALLERS[key].needs(system)
    )
    if not needed:
        return entries
    return entries | {"apt": (*entries.get("apt", ()), INSTALLERS["apt"].Arguments.model_validate(list(needed)))}


def _entries(parts: Iterable[tuple[Part, Mapping[str, Any]]], seen: "_Seen") -> Entries:
    entries: Entries = {}
    for part, extra in parts:
        for entry in part.install:
            if entry.installer not in INSTALLERS:
                raise InputError(Message("there is no installer named {name}", name=entry.installer))
            arguments = seen.arguments(entry.installer, entry.arguments, extra)
            if arguments is not None:
                entries[entry.installer] = (*entries.get(entry.installer, ()), arguments)
    return entries


class _Seen:
    """Fills in the templates of install entries. Jinja2 is only loaded where there is one."""

    def __init__(self, environment: Environment, recipe: Recipe | None) -> None:
        self.environment = environment
        self.recipe = recipe
        self.names: dict[str, Any] | None = None

    def arguments(self, installer: str, raw: Any, extra: Mapping[str, Any]) -> BaseModel | None:
        """The arguments of an entry; None where its templates leave nothing of it."""
        plain = raw.model_dump(mode="json", by_alias=True) if isinstance(raw, BaseModel) else raw
        filled = self._filled(plain, extra)
        if not filled or is_off(filled):
            return None
        try:
            arguments = INSTALLERS[installer].Arguments.model_validate(filled, context=FILLED)
        except ValidationError as exc:
            raise self._refused(exc, plain) from exc
        for fault in beside.faults(arguments, self.recipe.folder) if self.recipe else ():
            raise self._at(plain, fault.what, fault.advice)
        return beside.sealed(arguments, self.recipe.folder) if self.recipe else arguments

    def _filled(self, value: Any, extra: Mapping[str, Any]) -> Any:
        if isinstance(value, str):
            return self._text(value, extra)
        if isinstance(value, dict):
            return {key: self._filled(item, extra) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [filled for item in value if (filled := self._filled(item, extra)) != ""]
        return value

    def _text(self, text: str, extra: Mapping[str, Any]) -> str:
        if "{" not in text:
            return text
        from harness import templating

        if self.names is None:
            self.names = templating.context(self.environment)
        path, line = (self.recipe.path, self.recipe.line(text)) if self.recipe else (Path("harness"), 1)
        return templating.expand(text, {**self.names, **extra}, path=path, line=line).strip()

    def _refused(self, exc: ValidationError, plain: Any) -> InputError:
        first = exc.errors(include_url=False)[0]
        mistake = first.get("ctx", {}).get("error")
        what = mistake.what if isinstance(mistake, Mistake) else Message("{reason}", reason=first["msg"])
        advice = mistake.advice if isinstance(mistake, Mistake) else None
        return self._at(plain, what, advice)

    def _at(self, plain: Any, what: Message, advice: Message | None) -> InputError:
        """What is wrong with an entry, at the first of its templates: all else was looked at in the file."""
        if self.recipe is None:
            return InputError(what, advice)
        line = next((self.recipe.line(text) for text in _texts(plain) if "{" in text), 1)
        return InputError.of((Problem(path=self.recipe.path, line=line, column=1, what=what, advice=advice),))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
