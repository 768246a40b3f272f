"""Passwords of a project, and what its product is given that stands in no image.

They are in its ``.env``, which nobody but its owner reads; Compose puts them where ``${NAME}`` stands. What a file of
the case refers to as ``${env:NAME}`` is asked for instead.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.case_secrets import written
from harness.model import Environment, Recipe, ServiceRef
from harness.references import ENV, names
from harness.services import access, terms

PASSWORD_BYTES = 16


@dataclass(kw_only=True)
class Credentials:
    """``values`` are the variables of ``.env``; ``asked`` those that whoever starts the project sets."""

    values: dict[str, str] = field(default_factory=dict)
    asked: dict[str, None] = field(default_factory=dict)

    def password(self, what: str) -> str:
        """A reference to the password of something; the same each time."""
        name = f"REPLICA_{_variable(what)}_PASSWORD"
        if name not in self.values:
            self.values[name] = secrets.token_hex(PASSWORD_BYTES)
        return f"${{env:{name}}}"

    def keep(self, name: str, value: str) -> str:
        """A reference to a text that must not stand in a file that others read."""
        name = f"REPLICA_{_variable(name)}"
        self.values[name] = value
        return f"${{env:{name}}}"

    def ask(self, text: str) -> str:
        """The same text, whose references are to be set."""
        self.asked |= dict.fromkeys(name for name in names(text) if name not in self.values)
        return text

    def variables(self, environment: Environment, recipe: Recipe) -> dict[str, str]:
        """What the product is given when it runs, with references in place of what is secret. ``environment`` has
        exact versions. InputError where a template of the recipe is wrong."""
        services = [ref.name for ref in environment.server.services]
        references = {name: self.password(name) for name in services}
        own = {name: self.values[names(reference)[0]] for name, reference in references.items()}
        given, found = _filled(recipe, environment, own), {}
        again = _filled(recipe, environment, {name: secrets.token_hex(PASSWORD_BYTES) for name in services}, references)
        for name, text in given.items():
            variable = recipe.environment[name]
            if not variable.is_of_services:
                found[name] = self.ask(text if ENV.search(text) else f"${{env:{name}}}")
                continue
            shown = _replaced(text, own, references)
            found[name] = self.ask(shown if shown == again[name] else self.keep(name, text))
        return found

    def of_service(self, ref: ServiceRef) -> dict[str, str]:
        """What the container of a service is given, likewise."""
        reference, agreed = self.password(ref.name), terms(ref)
        own, other = self.values[names(reference)[0]], secrets.token_hex(PASSWORD_BYTES)
        again = agreed.variables(other)
        found = {}
        for name, text in agreed.variables(own).items():
            shown = text.replace(own, reference)
            is_shown = shown == again[name].replace(other, reference)
            found[name] = shown if is_shown else self.keep(f"{ref.name}_{name}", text)
        return found


def _filled(
    recipe: Recipe, environment: Environment, passwords: Mapping[str, str], references: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The variables with some passwords, or, where they stand as they are, with what refers to them."""
    refs = {ref.name: ref for ref in environment.server.services}
    seen = {name: access(refs[name], password) for name, password in passwords.items()}
    return {name: _replaced(text, passwords, references or {}) for name, text in
            written(recipe, environment, seen).items()}  # fmt: skip


def _replaced(text: str, passwords: Mapping[str, str], references: Mapping[str, str]) -> str:
    for name, reference in references.items():
        text = text.replace(passwords[name], reference)
    return text


def _variable(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", text.upper())


def interpolated(text: str) -> str:
    """Text in which Compose finds the variables that ``${env:NAME}`` names, each required, and no other."""
    parts = ENV.split(text)  # text, name, text, name, … text
    plain = [part.replace("$", "$$") for part in parts[::2]]
    required = [f"${{{name}:?set it}}" for name in parts[1::2]]
    return "".join(word for pair in zip(plain, [*required, ""], strict=True) for word in pair)


def env_file(credentials: Credentials) -> str:
    """The text of ``.env``: https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/."""
    values = (f"{name}={_quoted(value)}" for name, value in sorted(credentials.values.items()))
    return "".join(f"{line}\n" for line in (*values, *(f"#{name}=" for name in sorted(credentials.asked))))


def _quoted(value: str) -> str:
    if "'" not in value:
        return f"'{value}'"
    return '"' + re.sub(r'(["\\\\$])', r"\\\1", value) + '"'
