"""The secrets that a case names: values of our environment that its files refer to, and what is marked as one."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import ValidationError

from harness import references, templating
from harness.errors import InputError, Problem
from harness.language import Message
from harness.masking import Secrets
from harness.model import Case, Environment, Recipe, Step
from harness.model.environment import BrowserRef

URL = "client.browser.url"


def secrets_of(cases: Iterable[Case], environ: Mapping[str, str] = os.environ) -> Secrets:
    """All secrets that the scenarios and recipes of some cases name.

    InputError, with the place, where a variable is not set or its value cannot stand where it is to, or a
    secret is too short to be masked.
    """
    secrets, problems = Secrets(), dict[Problem, None]()
    for case in cases:
        added = [
            _added(secrets, path, f"${{env:{name}}}", environ.get(name), f"env:{name}")
            for path, name, _ in _references(case)
        ]
        added += [_added(secrets, path, text, text, what) for path, text, what in _marked(case)]
        added += [_added(secrets, case.file.path, url, text, URL) for url, text in _logins(case, environ)]
        problems |= dict.fromkeys(problem for problem in (*added, *_misfits(case, environ)) if problem)
    if problems:
        raise InputError.of(tuple(problems))
    return secrets


def known_secrets(case: Case, environ: Mapping[str, str] = os.environ) -> Secrets:
    """Those of its secrets that are to be had now; no error where one is not."""
    secrets = Secrets()
    named = [(f"env:{name}", environ.get(name, "")) for _, name, _ in _references(case)]
    named += [(URL, text) for _, text in _logins(case, environ)]
    for name, value in [*named, *((what, text) for _, text, what in _marked(case))]:
        with suppress(InputError):
            secrets.add(value, name)
    return secrets


def asked(case: Case) -> dict[str, tuple[Message, ...]]:
    """The variables of our environment that a case refers to, each with what becomes of it."""
    found: dict[str, dict[Message, None]] = {}
    for _, name, use in _references(case):
        found.setdefault(name, {})[use] = None
    return {name: tuple(found[name]) for name in sorted(found)}


def variables(
    recipe: Recipe,
    environment: Environment,
    secrets: Secrets,
    environ: Mapping[str, str] = os.environ,
    services: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, str]:
    """What the product's container is given when it runs: the variables of its recipe that are in no image.
    ``environment`` has exact versions; ``services`` are what templates see of them; ``secrets`` get what is
    marked as one.

    InputError where a template makes a reference that does not stand in the recipe, of which nobody was
    told, or a secret is too short to be masked.
    """
    values = dict[str, str]()
    for name, filled in written(recipe, environment, services).items():
        text, values[name] = recipe.secrets[name], references.expanded(filled, environ)
        marked = recipe.environment[name].secret
        if marked and (problem := _added(secrets, recipe.path, text, values[name], name)):
            raise InputError.of((problem,))
    return values


def written(
    recipe: Recipe, environment: Environment, services: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, str]:
    """The variables of a recipe that are in no image, with their templates filled in and their references as
    they stand. InputError where a template makes a reference that does not stand in the recipe."""
    versions = {ref.name: {"version": ref.shown_version} for ref in environment.server.services}
    running = {name: {**versions[name], **access} for name, access in (services or {}).items()}
    seen, values = templating.context(environment) | {"services": running}, dict[str, str]()
    for name, text in recipe.secrets.items():
        filled = templating.expand(text, seen, path=recipe.path, line=recipe.line(text)) if "{" in text else text
        if made := set(references.names(filled)) - set(references.names(text)):
            what = Message("a template makes `${{env:{name}}}`, which must stand in the recipe", name=min(made))
            raise InputError.of((_at(recipe.path, text, what, None),))
        values[name] = filled
    return values


def arguments(step: Step, environ: Mapping[str, str] = os.environ) -> Any:
    """The arguments of a step with the values that they refer to. ValidationError where these do not fit there,
    which ``secrets_of`` has said before."""
    if not references.names(_data(step)):
        return step.arguments
    return type(step.arguments).model_validate(references.expanded(_data(step), environ))


def of_seed(recipe: Recipe, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What the steps of the scenarios of a recipe's seed refer to, by reference."""
    steps = [step for scenario in recipe.scenarios.values() for step in scenario.steps]
    return {f"${{env:{name}}}": environ[name] for step in steps for name in references.names(_data(step))}


def _references(case: Case) -> Iterable[tuple[Path, str, Message]]:
    """The variables that are referred to, with the file that does, and what becomes of them."""
    for recipe in case.recipes.values():
        for variable, text in recipe.secrets.items():
            use = Message("given to {product} as {variable}", product=recipe.name, variable=variable)
            yield from ((recipe.path, name, use) for name in references.names(text))
    for field, text in _passwords(case):
        use = Message("the password of `{field}`", field=field)
        yield from ((case.file.path, name, use) for name in references.names(text))
    for browser in _elsewhere(case):
        use = Message("sent to the WebDriver server {host}", host=browser.host)
        texts = (browser.url, browser.product_host, browser.capabilities)
        yield from ((case.file.path, name, use) for name in references.names(list(texts)))
    for path, step in _steps(case):
        use = Message("used in step {number}: {action}", number=step.number, action=step.action)
        yield from ((path, name, use) for name in references.names(_data(step)))


def _passwords(case: Case) -> Iterable[tuple[str, str]]:
    """The passwords that the link of its environments asks for, with their fields."""
    found = dict[tuple[str, str], None]()
    for link in (one.link for one in case.file.environments):
        for field, login in (("link.proxy", link.proxy), ("link.basic_auth", link.basic_auth)):
            if login and login.password:
                found[field, login.password] = None
    return found


def _elsewhere(case: Case) -> list[BrowserRef]:
    """The browsers that run elsewhere, each once."""
    return list(dict.fromkeys(one.client.browser for one in case.file.environments if one.client.browser.url))


def _logins(case: Case, environ: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Passwords that are in the addresses of browsers elsewhere, as written and as they are."""
    for browser in _elsewhere(case):
        if all(name in environ for name in references.names(browser.url)):
            parts = urlsplit(references.expanded(browser.url, environ))
            for text in dict.fromkeys((parts.password or "", unquote(parts.password or ""))):
                if text:
                    yield browser.url, text


def _misfits(case: Case, environ: Mapping[str, str]) -> Iterable[Problem]:
    """Steps whose arguments are wrong once the values stand in them; of these nothing is said."""
    for path, step in _steps(case):
        names = references.names(_data(step))
        try:
            if all(name in environ for name in names):
                arguments(step, environ)
        except ValidationError:
            what = Message("step {number} is wrong with the value of {name}", number=step.number, name=", ".join(names))
            yield _at(path, f"${{env:{names[0]}}}", what, None)


def _marked(case: Case) -> Iterable[tuple[Path, str, str]]:
    """Texts that are marked as secrets, with the file they stand in and what people call them."""
    for recipe in case.recipes.values():
        for name, text in recipe.secrets.items():
            variable = recipe.environment[name]
            if variable.secret and not variable.is_of_services and not references.names(text):
                yield recipe.path, text, name
    for path, step in _steps(case):
        typed = getattr(step.arguments, "text", None)
        if getattr(step.arguments, "secret", None) and isinstance(typed, str) and not references.names(typed):
            yield path, typed, f"step {step.number}"


def _steps(case: Case) -> Iterable[tuple[Path, Step]]:
    seeds = [scenario for recipe in case.recipes.values() for scenario in recipe.scenarios.values()]
    scenarios = [*([case.scenario] if case.scenario else []), *seeds]
    return [(scenario.path, step) for scenario in scenarios for step in scenario.steps]


def _data(step: Step) -> Any:
    """Its arguments as JSON has them; without what is not given, for that means something, too."""
    return step.arguments.model_dump(mode="json", exclude_unset=True)


def _added(secrets: Secrets, path: Path, written: str, value: str | None, name: str) -> Problem | None:
    """Add a secret; what is wrong with it, at the place where it is written."""
    if value is None:
        variable = name.removeprefix("env:")
        what = Message("the environment variable {name} is not set", name=variable)
        return _at(path, written, what, Message("set it: {name}=… harness …", name=variable))
    try:
        secrets.add(value, name)
    except InputError as exc:
        return _at(path, written, exc.what, exc.advice)
    return None


def _at(path: Path, written: str, what: Message, advice: Message | None) -> Problem:
    before, found, _ = path.read_text("utf-8").partition(written)
    line, column = (before.count("\n") + 1, len(before) - before.rfind("\n")) if found else (1, 1)
    return Problem(path=path, line=line, column=column, what=what, advice=advice)
