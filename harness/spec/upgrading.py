"""Services, and upgrades in place: what of them can be known before anything is resolved."""

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from harness.documents import Mistakes, Node
from harness.errors import InputError, nearest
from harness.language import Message
from harness.model import Environment, Recipe, Server, UpgradeKind
from harness.services import SERVICES, terms, unknown
from harness.spec.given import check_given
from harness.spec.recipe import Recipes
from harness.systems import SYSTEMS
from harness.versions import choose

KIND = "kind"  # of an entry of ``upgrade``
KINDS: tuple[UpgradeKind, ...] = get_args(UpgradeKind)


def upgrade_kinds(hops: Sequence[Node], mistakes: Mistakes) -> tuple[UpgradeKind, ...]:
    """The kinds of all hops; empty where all are `fresh`."""
    kinds: list[UpgradeKind] = []
    for hop in hops:
        said = hop.mapping.get(KIND)
        kind = next((one for one in KINDS if said is not None and one == said.value), KINDS[0])
        if said is not None and kind != said.value:
            what = Message("there is no kind of upgrade `{name}`", name=said.text or said.kind)
            mistakes.add(
                said, what, nearest(said.text, KINDS) or Message("use one of: {choices}", choices=", ".join(KINDS))
            )
        kinds.append(kind)
    return tuple(kinds) if "in-place" in kinds else ()


def check_services(node: Node, recipe: Recipe | None, home: Path, mistakes: Mistakes) -> None:
    """The services of one environment: given, or known and to be had on their system; all that the recipe needs.
    ``home`` is the folder of the file."""
    items = node.at("server").mapping["services"].items if "services" in node.at("server").mapping else []
    for item in items:
        if word(item, "name") is None:
            continue
        if not check_given(item, home, mistakes):
            _check_service(item, word(node, "server", "os"), mistakes)
        elif recipe:
            _check_seed(item, recipe, mistakes)
    there = {name.text for item in items if (name := word(item, "name"))}
    for needed in recipe.services if recipe else ():
        if recipe and needed not in there:
            what = Message("`{product}` needs the service `{name}`", product=recipe.name, name=needed)
            known = Message("add `services: [{name}]` beside it", name=needed)
            mistakes.add(node.at("server", "product"), what, known if needed in SERVICES else unknown(needed)[1])


def _check_seed(item: Node, recipe: Recipe, mistakes: Mistakes) -> None:
    """A service that is given takes what the recipe seeds it with."""
    name = item.at("name").text
    kind = next((SERVICES[name].seeds for one in recipe.seed if one.load and one.load.service == name), "")
    known = SERVICES[name].convention if name in SERVICES else None
    if kind and not (known and known.load):
        what = Message("`{name}` as an image takes no {kind}, which the recipe seeds it with", name=name, kind=kind)
        advice = Message("seed it by `run`, `request` or `scenario`, or take the distribution's")
        mistakes.add(item.place_of("image"), what, advice)


def _check_service(item: Node, server_os: Node | None, mistakes: Mistakes) -> None:
    name, own, version = word(item, "name"), word(item, "os"), item.mapping.get("version")
    if name is None:
        return
    if name.text not in SERVICES:
        mistakes.add(name, *unknown(name.text))
        return
    if own is not None and own.text not in SYSTEMS:
        what = Message("there is no {noun} `{name}`", noun=Message("operating system"), name=own.text)
        mistakes.add(own, what, nearest(own.text, SYSTEMS))
        return
    releases = SERVICES[name.text].releases
    system = own.text if own else server_os.text if server_os else Server.model_fields["os"].default
    release = releases.get(system)
    if system in SYSTEMS and not _is_of(version.text if version else "latest", release):
        mistakes.add(version or name, *_not_there(name.text, version.text if version else "", system))


def _is_of(wanted: str, release: str | None) -> bool:
    """Whether what is wanted can be a version of a release; all of it is known only to the distribution."""
    if release is None:
        return False
    if wanted[:1] in "<>=!~^" or wanted.partition(":")[2].startswith(release) or wanted.startswith(f"{release}."):
        return True
    try:
        return bool(choose(wanted, [release]))
    except InputError:
        return False


def _not_there(name: str, version: str, system: str) -> tuple[Message, Message | None]:
    releases = SERVICES[name].releases
    what = Message("{system} has no {package}", system=system, package=f"{name} {version}".strip())
    others = ", ".join(f"{release} ({os})" for os, release in releases.items())
    return what, Message("there are: {versions}; its own `os` may be another than the server's", versions=others)


def check_in_place(
    kinds: Sequence[UpgradeKind],
    hops: Sequence[Node],
    environments: Sequence[Environment | None],
    recipes: Recipes,
    mistakes: Mistakes,
) -> None:
    """Hops in place: something to keep, and services that find and can open the data of the version before."""
    for number, kind in enumerate(kinds, start=1):
        before, after = environments[number - 1 : number + 1]
        if kind != "in-place" or before is None or after is None:
            continue
        place = hops[number - 1].at(KIND)
        recipe = recipes.loaded.get(before.server.product.name)
        if recipe and not recipe.data and not before.server.services:
            mistakes.add(
                place,
                Message("nothing of `{product}` outlives an upgrade in place", product=recipe.name),
                Message("say under `data` in {path} which folders do, or leave the kind out", path=recipe.path),
            )
        _check_formats(before, after, place, mistakes)


def _check_formats(before: Environment, after: Environment, place: Node, mistakes: Mistakes) -> None:
    older = {ref.name: _release(before, ref.name, ref.os) for ref in before.server.services if not ref.image}
    folders = {ref.name: terms(ref).data for ref in before.server.services}
    for ref in after.server.services:
        if folders.get(ref.name, ()) not in ((), now := terms(ref).data):
            what = Message(
                "{service} keeps its data in {new}, and has kept it in {old}, so it cannot be upgraded in place",
                service=ref.name,
                new=", ".join(now) or "–",
                old=", ".join(folders[ref.name]),
            )
            mistakes.add(place, what, Message("let both be images with the same `data`, or leave the kind out"))
            continue
        if ref.image:
            continue
        service, release = SERVICES.get(ref.name), _release(after, ref.name, ref.os)
        if service and not service.keeps_format and older.get(ref.name) not in (None, release):
            what = Message(
                "{service} {new} does not open the data of {old}, so it cannot be upgraded in place",
                service=ref.name,
                new=release,
                old=older[ref.name],
            )
            system = next((os for os, one in service.releases.items() if one == older[ref.name]), "")
            advice = Message(
                "keep it on the system that it had: {{name: {service}, os: {system}}}", service=ref.name, system=system
            )
            mistakes.add(place, what, advice)


def _release(environment: Environment, name: str, own: str) -> str | None:
    service = SERVICES.get(name)
    return service.releases.get(own or environment.server.os) if service else None


def word(node: Node, *path: str) -> Node | None:
    """The text at ``path``; None where there is none, which is for the model to say."""
    for key in path:
        if key not in node.mapping:
            return None
        node = node.mapping[key]
    return node if isinstance(node.value, str) else None
