"""Trials: the control runs that there can be of a case, as data. Pure."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from harness.controls.axes import mixed
from harness.language import Message
from harness.model import Environment, EnvironmentFile, Lock, Ref, Scenario, UpgradeKind
from harness.model.conclusion import ControlKind
from harness.model.links import is_gateway

NAME_MAX = 60


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One control run: the set-ups that it goes through, the first of which is its side before."""

    name: str
    kind: ControlKind
    question: Message
    environments: tuple[Environment, ...]
    kinds: tuple[UpgradeKind, ...] = ()
    scenario: Scenario | None = None  # another than that of the case
    about: tuple[str, ...] = ()  # names of the plug-ins or of the layer that it is about
    steps: tuple[int, ...] = ()  # of the scenario of the case, where it has not all of them

    @property
    def anew(self) -> bool:
        """Whether nothing of it may be taken from another run."""
        return self.kind == "again"

    def file(self, file: EnvironmentFile) -> EnvironmentFile:
        """The file of the case, as this run has it."""
        name = f"{file.name}-{self.name}"
        return file.model_copy(update={"name": name, "environments": self.environments, "kinds": self.kinds})


def again(file: EnvironmentFile, number: int) -> Trial:
    return Trial(
        name="again" if number == 1 else f"again-{number}",
        kind="again",
        question=Message("both sides again, with nothing changed"),
        environments=file.environments,
        kinds=file.kinds,
    )


def fresh(file: EnvironmentFile) -> Trial:
    """The new version without the data of the old one."""
    return Trial(
        name="fresh",
        kind="fresh",
        question=Message("after the upgrade, but set up anew and not over the old data"),
        environments=(file.side("before"), file.side("after")),
    )


def only(file: EnvironmentFile, chosen: Collection[str]) -> Trial:
    """Before the upgrade, with some of its changes."""
    before, after = file.side("before"), file.side("after")
    return _after(
        file,
        mixed(before, after, chosen),
        name=named("only", *chosen),
        kind="axes",
        question=Message("before the upgrade, with this alone changed: {changes}", changes=", ".join(chosen)),
        from_first=True,
    )


def without(file: EnvironmentFile, lock: Lock, plugins: Collection[str], *, scenario: Scenario | None = None) -> Trial:
    """Both sides without some plug-ins, and without what only these need to be held at a version."""
    left = [
        _without(one, plugins, {package.name for package in locked.server.product})
        for one, locked in zip(file.environments, lock.environments, strict=True)
    ]
    names = ", ".join(plugins)
    return Trial(
        name=named("smoke" if scenario else "without", *plugins),
        kind="smoke" if scenario else "without-plugins",
        question=Message("the product's own scenario without {plugins}", plugins=names)
        if scenario
        else Message("both sides without {plugins}, as far as the scenario can be done so", plugins=names),
        environments=tuple(left),
        kinds=file.kinds,
        scenario=scenario,
        about=tuple(plugins),
    )


def with_compat(file: EnvironmentFile, layer: Ref) -> Trial:
    """After the upgrade, with a compat layer of the recipe or with a gateway."""
    return _after(
        file,
        _with_layer(file.side("after"), layer),
        name=named("with", str(layer)),
        kind="compat",
        question=Message("after the upgrade, with {layer}", layer=layer),
        about=(layer.name,),
    )


def has(environment: Environment, layer: Ref) -> bool:
    """Whether a set-up has a layer already."""
    if is_gateway(layer.name):
        return layer.name in environment.link.gateways
    return any(one.name == layer.name and one.version == layer.version for one in environment.server.compat)


def _with_layer(environment: Environment, layer: Ref) -> Environment:
    if is_gateway(layer.name):
        link = environment.link.model_copy(update={"gateways": (*environment.link.gateways, layer.name)})
        return environment.model_copy(update={"link": link})
    part = Ref(name=layer.name, version=layer.version)
    layers = (*(one for one in environment.server.compat if one.name != layer.name), part)
    return environment.model_copy(update={"server": environment.server.model_copy(update={"compat": layers})})


def with_plugin(file: EnvironmentFile, plugin: Ref) -> Trial:
    """After the upgrade, with another version of a plug-in."""
    after = file.side("after")
    plugins = tuple(plugin if one.name == plugin.name else one for one in after.server.plugins)
    server = after.server.model_copy(update={"plugins": plugins})
    return _after(
        file,
        after.model_copy(update={"server": server}),
        name=named("newer", str(plugin)),
        kind="newer",
        question=Message("after the upgrade, with {plugin}", plugin=plugin),
        about=(plugin.name,),
    )


def with_steps(file: EnvironmentFile, scenario: Scenario, numbers: Sequence[int]) -> Trial:
    """Both sides, with some steps of the scenario alone."""
    shown = tuple(map(str, numbers))
    return Trial(
        name=named("steps", *shown),
        kind="steps",
        question=Message("both sides with these steps alone: {steps}", steps=", ".join(shown)),
        environments=file.environments,
        kinds=file.kinds,
        scenario=scenario.only(numbers),
        steps=tuple(numbers),
    )


def named(*words: str) -> str:
    """A name that a folder can have."""
    plain = re.sub(r"[^A-Za-z0-9.]+", "-", "-".join(words)).strip("-.").lower()
    return plain[:NAME_MAX].rstrip("-.")


def _after(
    file: EnvironmentFile,
    after: Environment,
    *,
    name: str,
    kind: ControlKind,
    question: Message,
    about: tuple[str, ...] = (),
    from_first: bool = False,
) -> Trial:
    """The same before, and something else after it."""
    earlier: Sequence[Environment] = file.environments[:-1]
    kinds = file.kinds
    if from_first:
        earlier, kinds = file.environments[:1], file.kinds[:1]
    environments = (*earlier, after)
    return Trial(name=name, kind=kind, question=question, environments=environments, kinds=kinds, about=about)


def _without(environment: Environment, plugins: Collection[str], needed: Collection[str]) -> Environment:
    server = environment.server
    left = tuple(one for one in server.plugins if one.name not in plugins)
    held = server.dependencies if left else tuple(one for one in server.dependencies if one.name in needed)
    server = server.model_copy(update={"plugins": left, "dependencies": held})
    return environment.model_copy(update={"server": server})
