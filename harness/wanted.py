"""What is to be installed in the images of an environment, layer by layer; what is asked for, not yet what it becomes.

Below the stages, because both resolving and rendering start from it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from harness.browsers import BROWSERS
from harness.errors import InputError, Mistake, Problem
from harness.installers import INSTALLERS
from harness.language import Message
from harness.model import Environment, Part, Recipe
from harness.systems import SYSTEMS, System

ImageName = Literal["server", "browser"]
IMAGES: tuple[ImageName, ImageName] = ("server", "browser")
LAYERS = ("product", "plugins")
BROWSER_PACKAGES = ("locales", "tzdata")  # any locale can be made of these, in a layer of its own


@dataclass(frozen=True, kw_only=True)
class Layers:
    """Arguments of installers for one image, by installer, in the layer they belong to."""

    product: Mapping[str, tuple[BaseModel, ...]] = field(default_factory=dict)
    plugins: Mapping[str, tuple[BaseModel, ...]] = field(default_factory=dict)

    def both(self, installer: str) -> tuple[BaseModel, ...]:
        return (*self.product.get(installer, ()), *self.plugins.get(installer, ()))

    def as_data(self) -> Any:
        """For a digest."""
        return [
            {name: [one.model_dump(mode="json") for one in layer[name]] for name in INSTALLERS if layer.get(name)}
            for layer in (self.product, self.plugins)
        ]


def wanted(environment: Environment, recipe: Recipe) -> dict[ImageName, Layers]:
    """What both images of ``environment``, whose versions are all exact, are to hold.

    InputError where a template of the recipe fails, or makes arguments that its installer
    refuses.
    """
    return {"server": _server(environment, recipe), "browser": _browser(environment)}


def system(environment: Environment, image: ImageName) -> System:
    """The operating system of an image."""
    return SYSTEMS[environment.server.os if image == "server" else environment.client.os]


def _server(environment: Environment, recipe: Recipe) -> Layers:
    seen = _Seen(environment, recipe)
    above = [(recipe.plugins[ref.name], {"plugin": ref.model_dump()}) for ref in environment.server.plugins]
    above += [(recipe.compat[ref.name], {"layer": ref.model_dump()}) for ref in environment.server.compat]
    product = _with_needs(_entries([(recipe.product, {})], seen), SYSTEMS[environment.server.os])
    plugins = _with_needs(_entries(above, seen), SYSTEMS[environment.server.os], there=product)
    return Layers(product=product, plugins=plugins)


def _browser(environment: Environment) -> Layers:
    browser = BROWSERS[environment.client.browser.name]
    seen = _Seen(environment, None)
    asked = _entries([(browser.part, {"browser": environment.client.browser.model_dump()})], seen)
    packages = INSTALLERS["apt"].Arguments.model_validate(list(BROWSER_PACKAGES))
    return Layers(product=asked | {"apt": (*asked.get("apt", ()), packages)})


Entries = dict[str, tuple[BaseModel, ...]]


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
        if not filled:
            return None
        try:
            return INSTALLERS[installer].Arguments.model_validate(filled)
        except ValidationError as exc:
            raise self._refused(exc, plain) from exc

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
        path, line = (self.recipe.path, self.recipe.line(text)) if self.recipe else (Path("browser"), 1)
        return templating.expand(text, {**self.names, **extra}, path=path, line=line).strip()

    def _refused(self, exc: ValidationError, plain: Any) -> InputError:
        first = exc.errors(include_url=False)[0]
        mistake = first.get("ctx", {}).get("error")
        what = mistake.what if isinstance(mistake, Mistake) else Message("{reason}", reason=first["msg"])
        advice = mistake.advice if isinstance(mistake, Mistake) else None
        if self.recipe is None:
            return InputError(what, advice)
        texts = plain if isinstance(plain, list) else [plain]
        line = next((self.recipe.line(text) for text in texts if isinstance(text, str) and "{" in text), 1)
        return InputError.of((Problem(path=self.recipe.path, line=line, column=1, what=what, advice=advice),))
