"""Images of six recipes, each in two versions with two browsers, on an engine and with a cache that are empty.

The engine is a second Docker daemon with its own data, which is removed at the end, so that nothing of this machine's
own engine is taken or touched. That needs Linux, root and dockerd.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil

from harness import lock, spec
from harness.cache import Cache
from harness.engine import ContainerRegistry, Engine, base_reference, build, connect, daemon
from harness.model import Case, Context, Environment, Lock
from harness.model.environment import BrowserRef
from harness.render import render
from harness.systems import SYSTEMS
from tests.integration.engine.second import second_daemon
from tests.integration.running import ROOT

RECIPES = {
    "Django admin, jazzmin": "backoffice-jazzmin",
    "JupyterLab 3 → 4": "notebook-execute-time",
    "json-server, react-admin": "customers-react-admin",
    "Vue 2 → 3": "orders-toasted",
    "Sphinx": "manual-tabs",
    "Debian 12 → 13": "staff-timezones",
}
BROWSERS = ("chromium", "firefox")
MEBI = 1024**2


@dataclass(kw_only=True)
class Spent:
    """What one recipe took: what came before in the table was there already."""

    name: str
    resolving_s: float = 0
    building_s: float = 0
    fetched_bytes: int = 0
    asked: list[str] = field(default_factory=list)  # tags of all images of its set-ups, also those that were there
    built: int = 0  # images


@dataclass(kw_only=True)
class Bench:
    engine: Engine
    registry: ContainerRegistry
    folder: Path
    seen: dict[str, Context] = field(default_factory=dict)  # built, by tag
    tops: list[str] = field(default_factory=list)  # the images that replicas start from, one for each asking

    def recipe(self, title: str, name: str) -> Spent:
        spent, before = Spent(name=title), self.fetched_bytes()
        case = in_two_browsers(spec.load(ROOT / "environments" / f"{name}.yaml", None))
        began = time.perf_counter()
        locked = lock.resolve(case.file, case.recipes, self.registry, fresh=True)
        spent.resolving_s, began = time.perf_counter() - began, time.perf_counter()
        spent.fetched_bytes = self.fetched_bytes() - before
        for number, environment in enumerate(case.file.environments):
            self._set_up(case, environment, locked, number, spent)
        spent.building_s = time.perf_counter() - began
        return spent

    def _set_up(self, case: Case, environment: Environment, locked: Lock, number: int, spent: Spent) -> None:
        recipe = case.recipe(environment)
        rendering = render(environment, recipe, locked.environments[number], locked, self.registry)
        with ThreadPoolExecutor() as pool:  # both at once, as `harness reproduce` does
            for chain, new in pool.map(self._chain, (rendering.server, rendering.browser)):
                self.seen |= {context.tag: context for context in chain}
                self.tops.append(chain[-1].tag)
                spent.asked += [context.tag for context in chain]
                spent.built += new

    def _chain(self, chain: tuple[Context, ...]) -> tuple[tuple[Context, ...], int]:
        new = [context for context in chain if context.tag not in self.seen]
        for context in new:
            build(self.engine, context, log=self.folder / "build.log")
        return chain, len(new)

    def fetched_bytes(self) -> int:
        """The size of all files in the cache."""
        return sum(path.stat().st_size for path in (self.registry.cache.folder / "files").rglob("*") if path.is_file())


def in_two_browsers(case: Case) -> Case:
    """Both versions of a case with each browser, the newest that there is."""
    sides = (case.file.side("before"), case.file.side("after"))
    environments = tuple(
        one.model_copy(update={"client": one.client.model_copy(update={"browser": BrowserRef(name=browser)})})
        for one in sides
        for browser in BROWSERS
    )
    return replace(case, file=case.file.model_copy(update={"environments": environments, "kinds": ()}))


@contextmanager
def empty_engine(folder: Path) -> Iterator[Engine]:
    with second_daemon(folder, outward=True) as it:
        daemon.start(it)
        os.environ |= {"DOCKER_HOST": f"unix://{it.socket}", "HARNESS_CACHE": str(folder / "cache")}
        yield connect()


def report(folder: Path) -> None:
    """Print what each recipe takes after those before it, the sum, and what the images share."""
    if not daemon.installed() or os.geteuid() != 0:
        raise SystemExit("this bench starts a Docker daemon, which needs Linux, root and dockerd")
    with empty_engine(folder) as engine:
        bench = Bench(engine=engine, registry=ContainerRegistry(Cache(), engine=engine), folder=folder)
        busy_s, began = _busy_s(), time.perf_counter()
        bases = _bases(bench)
        rows = [_row(bench.recipe(title, name)) for title, name in RECIPES.items()]
        total_s = time.perf_counter() - began
        others = (_busy_s() - busy_s) / total_s / (os.cpu_count() or 1)
        fetched = bench.fetched_bytes()
        print(f"in all: {total_s:.0f} s, {fetched / MEBI:.0f} MiB fetched; cores busy {others:.0%}, {_load()}")
        print(f"of them base images: {sum(bases.values()):.0f} s for {len(bases)}, {len(rows)} recipes")
        _shared(bench)


def _row(spent: Spent) -> Spent:
    print(
        f"  {spent.name:<26} resolve and fetch {spent.resolving_s:6.1f} s, {spent.fetched_bytes / MEBI:6.1f} MiB"
        f"   build {spent.building_s:6.1f} s, {spent.built:2} images of {len(spent.asked)}",
        flush=True,
    )
    return spent


def _bases(bench: Bench) -> Mapping[str, float]:
    """Seconds that each base image takes."""
    taken = {}
    for name in ("debian:12", "debian:13"):
        began = time.perf_counter()
        base = bench.registry.base(SYSTEMS[name])
        taken[name] = time.perf_counter() - began
        bench.seen |= {base_reference(base): Context(name="base", parent="", dockerfile="")}
        print(f"  base image {name} ({base.source})  {taken[name]:.1f} s", flush=True)
    return taken


def _shared(bench: Bench) -> None:
    """What the disk holds against what it would hold if every image of a replica stood alone."""
    images = {tag: bench.engine.client.images.get(tag) for tag in bench.seen}
    whole = sum(int(images[tag].attrs["Size"]) for tag in bench.tops)
    layers = {tag: list(image.attrs["RootFS"]["Layers"]) for tag, image in images.items()}
    uses = Counter(layer for tag in bench.tops for layer in layers[tag])
    on_disk = int(bench.engine.client.df()["LayersSize"])
    print(f"images that replicas start from: {len(bench.tops)}, of them distinct: {len(set(bench.tops))}")
    print(f"layers in them: {sum(uses.values())}, of them distinct: {len(uses)}")
    print(
        f"bytes: {whole / MEBI:.0f} MiB if each stood alone, {on_disk / MEBI:.0f} MiB on disk ({on_disk / whole:.0%})"
    )
    asked = Counter(context.name for context in bench.seen.values())
    print("built of each kind: " + ", ".join(f"{name} {count}" for name, count in asked.items()))


def _busy_s() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.softirq)


def _load() -> str:
    return f"load {os.getloadavg()[2]:.1f} over 15 minutes on {os.cpu_count()} cores"
