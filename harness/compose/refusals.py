"""What a case has that no project of Docker Compose can express, each with its place in the file that says it."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from harness.documents import Node, read
from harness.errors import Problem
from harness.evidence import SIDES
from harness.language import Message
from harness.model import Case


def refusals(case: Case) -> tuple[Problem, ...]:
    """All of them; none where the case can be exported."""
    root = read(case.file.path)
    hops = root.at("upgrade").items if "upgrade" in root.mapping else []
    return (*_of_browsers(case, (root, *hops)), *_of_seeds(case), *_of_services(case, hops))


def _of_browsers(case: Case, overlays: tuple[Node, ...]) -> Iterator[Problem]:
    elsewhere = next((one.client.browser for one in case.file.environments if one.client.browser.url), None)
    if elsewhere:
        what = Message("`{browser}` runs elsewhere, and cannot be exported", browser=elsewhere.name)
        yield from _problems(case.file.path, (overlay.at("client") for overlay in overlays), "browser", what, None)


def _of_services(case: Case, hops: Sequence[Node]) -> Iterator[Problem]:
    """A given image that ends when its data go over to the next: nobody knows how that is waited for in it."""
    what = Message("an upgrade in place of a service that is given as an image cannot be exported")
    advice = Message("`harness up {path}` starts it as it is", path=case.file.path)
    pairs = zip(case.file.environments, case.file.environments[1:], strict=False)
    for (older, newer), kind, hop in zip(pairs, case.file.kinds, hops, strict=False):
        now = dict.fromkeys(newer.server.services)
        if kind == "in-place" and any(ref.image and ref not in now for ref in older.server.services):
            yield from _problems(case.file.path, [hop.at("server")], "services", what, advice)


def _of_seeds(case: Case) -> Iterator[Problem]:
    what = Message("a `scenario` as seed cannot be exported: Docker Compose has nobody who replays it")
    advice = Message(
        "say what it makes as `files`, `sql`, `ldif`, `run` or `request`; `harness up {path}` starts it as it is",
        path=case.file.path,
    )
    oldest = dict.fromkeys(case.file.lineage(side)[0].server.product.name for side in SIDES)
    for recipe in (case.recipes[name] for name in oldest):
        if any(entry.scenario for entry in recipe.seed):
            yield from _problems(recipe.path, read(recipe.path).at("seed").items, "scenario", what, advice)


def _problems(path: Path, nodes: Iterable[Node], key: str, what: Message, advice: Message | None) -> Iterator[Problem]:
    """One wherever a key stands."""
    for node in nodes:
        if key in node.mapping:
            line, column = node.place_of(key)
            yield Problem(path=path, line=line, column=column, what=what, advice=advice)
