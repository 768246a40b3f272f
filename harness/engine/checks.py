"""The checks of ``harness doctor``: each looks at one thing and says what it found and what to do."""

import platform
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.cache import cache_folder
from harness.engine import bases, host, tools
from harness.engine.client import Engine, connect
from harness.engine.owner import temporary_folder
from harness.engine.process import Completed, found, run
from harness.engine.repair import by_hand
from harness.engine.sweep import leftovers
from harness.errors import EngineError
from harness.language import Message
from harness.systems import SYSTEMS, System

DISK_WANTED_GB, DISK_NEEDED_GB = 10, 2
MEMORY_WANTED_GB = 2
REGISTRY_TIMEOUT_S = 10
LEAST_API = (1, 40)
GB = 10**9


@dataclass(frozen=True, kw_only=True)
class Check:
    """One line of the doctor's: ``missing`` is what keeps the main job from working."""

    name: str  # "engine", "disk", …; the same in every language
    state: Literal["ok", "warning", "missing"]
    found: Message
    advice: Message | None = None


class Patient:
    """What several checks look at, found once."""

    def __init__(self, pool: Executor) -> None:
        self._engine = pool.submit(connect)

    def engine(self) -> Engine:
        """EngineError where none answers."""
        return self._engine.result()

    def engine_or_none(self) -> Engine | None:
        try:
            return self.engine()
        except EngineError:
            return None


def python(patient: Patient) -> Check:
    words = Message("{version} at {path}", version=platform.python_version(), path=sys.executable)
    return Check(name="python", state="ok", found=words)


def engine(patient: Patient) -> Check:
    try:
        it = patient.engine()
        words = Message(
            "{kind} {version}, API {api}, {driver}, at {endpoint}; {reached}",
            kind=it.kind,
            version=it.version,
            api=it.api,
            driver=it.storage_driver,
            endpoint=it.endpoint,
            reached=Message("its containers are reached from here")
            if it.routes
            else Message("its containers are not reached from here"),
        )
    except EngineError as exc:
        return Check(name="engine", state="missing", found=exc.what, advice=by_hand())
    if tuple(map(int, it.api.split("."))) < LEAST_API:
        newer = Message("install a newer engine; its API must be {version} at least", version="1.40")
        return Check(name="engine", state="missing", found=words, advice=newer)
    if not it.routes:
        local = Message("run harness on the machine of the engine itself; Linux is needed there")
        return Check(name="engine", state="missing", found=words, advice=local)
    return Check(name="engine", state="ok", found=words)


def disk(patient: Patient) -> Check:
    it = patient.engine_or_none()
    places = [cache_folder()]
    if it and it.local and it.info.get("DockerRootDir"):
        places.append(Path(it.info["DockerRootDir"]))
    free = {place: shutil.disk_usage(_existing(place)).free / GB for place in places}
    rows = ", ".join(f"{gigabytes:.0f} GB ({place})" for place, gigabytes in free.items())
    least = min(free.values())
    state: Literal["ok", "warning", "missing"] = "ok"
    if least < DISK_WANTED_GB:
        state = "warning" if least >= DISK_NEEDED_GB else "missing"
    advice = Message("make room: {wanted} GB are wanted; `harness clean --images --cache` helps", wanted=DISK_WANTED_GB)
    return Check(
        name="disk", state=state, found=Message("free: {rows}", rows=rows), advice=None if state == "ok" else advice
    )


def memory(patient: Patient) -> Check:
    import psutil

    it = patient.engine_or_none()
    available = psutil.virtual_memory().available / GB
    if it and not it.local:
        available = float(it.info.get("MemTotal") or 0) / GB
    ok = available >= MEMORY_WANTED_GB
    advice = Message("two browsers and two products want {wanted} GB; close something", wanted=MEMORY_WANTED_GB)
    words = Message("available: {available} GB", available=f"{available:.1f}")
    return Check(name="memory", state="ok" if ok else "warning", found=words, advice=None if ok else advice)


def images(patient: Patient) -> Check:
    it = patient.engine_or_none()
    if it is None:
        return Check(name="images", state="warning", found=Message("not known without an engine"))
    if bases.registry_digest(it, _system(), remembered_s=0):
        return Check(name="images", state="ok", found=Message("the engine reaches an image registry"))
    if found("mmdebstrap"):
        words = Message("the engine reaches no image registry; mmdebstrap makes the base images")
        return Check(name="images", state="ok", found=words)
    words = Message("the engine reaches no image registry")
    return Check(name="images", state="warning", found=words, advice=by_hand(("mmdebstrap",)))


def mmdebstrap(patient: Patient) -> Check:
    if found("mmdebstrap"):
        version = run(["mmdebstrap", "--version"], timeout_s=10).stdout.strip()
        return Check(name="mmdebstrap", state="ok", found=Message("{version}", version=version))
    it = patient.engine_or_none()
    if it and bases.registry_digest(it, _system()):
        words = Message("not installed; base images come from a registry")
        return Check(name="mmdebstrap", state="ok", found=words)
    return Check(name="mmdebstrap", state="missing", found=Message("not installed"), advice=by_hand(("mmdebstrap",)))


def pypi(patient: Patient) -> Check:
    argv = [tools.uv(), "pip", "compile", "--no-deps", "--quiet", "--no-header", "--no-cache", "-"]
    return _registry("pypi", lambda: run(argv, timeout_s=REGISTRY_TIMEOUT_S, input="pip\n"))


def npm(patient: Patient) -> Check:
    with temporary_folder("doctor") as empty:  # what npm has kept would be no answer of the registry
        options = ("--fetch-retries=0", f"--cache={empty}")
        argv: list[str | Path] = [*tools.npm(), "view", "npm", "version", *options]
        return _registry("npm", lambda: run(argv, timeout_s=REGISTRY_TIMEOUT_S))


def apt(patient: Patient) -> Check:
    """The package archives of this machine, which bootstraps use too where it is a Debian."""
    if not found("apt-get"):
        return Check(name="apt", state="ok", found=Message("this machine has no apt; containers use their own"))
    listed = run(["apt-get", "indextargets", "--format", "$(REPO_URI)dists/$(RELEASE)/InRelease"], timeout_s=10).stdout
    urls = sorted({url for url in listed.split() if url.startswith("http")})
    with ThreadPoolExecutor(max(1, len(urls))) as pool:
        failures = [failure for failure in pool.map(_unreachable, urls) if failure]
    if not failures:
        return Check(name="apt", state="ok", found=Message("{count} archive(s) answer", count=len(urls)))
    rows = "; ".join(failures)
    advice = Message("see that the network, the proxies and the CA certificates are right")
    return Check(name="apt", state="warning", found=Message("does not answer: {rows}", rows=rows), advice=advice)


def certificates(patient: Patient) -> Check:
    extra, bundle = host.extra_certificates(), host.ca_bundle()
    if not extra and not bundle:
        return Check(name="ca", state="ok", found=Message("no CA certificates were added here"))
    rows = ", ".join(map(str, extra)) or str(bundle)
    return Check(name="ca", state="ok", found=Message("fetches trust {rows}", rows=rows))


def proxies(patient: Patient) -> Check:
    settings = host.proxies()
    if not settings:
        return Check(name="proxies", state="ok", found=Message("none"))
    rows = ", ".join(f"{name}={_without_login(value)}" for name, value in settings.items())
    return Check(name="proxies", state="ok", found=Message("fetches use {rows}", rows=rows))


def left_behind(patient: Patient) -> Check:
    it = patient.engine_or_none()
    if it is None:
        return Check(name="leftovers", state="ok", found=Message("not known without an engine"))
    try:
        dead = [row for row in leftovers(it) if not row.owner_alive]
    except EngineError as exc:
        return Check(name="leftovers", state="warning", found=exc.what, advice=exc.advice)
    if not dead:
        return Check(name="leftovers", state="ok", found=Message("none"))
    words = Message("{count} of runs that died: {rows}", count=len(dead), rows=", ".join(row.name for row in dead[:5]))
    advice = Message("the next run removes them, and so does `harness clean`")
    return Check(name="leftovers", state="warning", found=words, advice=advice)


def _registry(name: str, ask: Callable[[], Completed]) -> Check:
    advice = Message("see that the network, the proxies and the CA certificates are right")
    try:
        done = ask()
    except EngineError as exc:
        return Check(name=name, state="warning", found=exc.what, advice=advice)
    if done.code:
        last = (done.tail.splitlines() or [""])[-1]
        return Check(name=name, state="warning", found=Message("does not answer: {why}", why=last), advice=advice)
    return Check(name=name, state="ok", found=Message("answers"))


def _unreachable(url: str) -> str:
    """Why a URL does not answer; empty where it does."""
    import requests

    bundle = host.ca_bundle()
    try:
        answer = requests.head(
            url, timeout=REGISTRY_TIMEOUT_S, allow_redirects=True, verify=str(bundle) if bundle else True
        )
    except requests.RequestException as exc:
        return f"{url}: {type(exc).__name__}"
    return "" if answer.ok else f"{url}: HTTP {answer.status_code}"


def _without_login(url: str) -> str:
    scheme, mark, rest = url.rpartition("://")
    return scheme + mark + rest.rpartition("@")[2]


def _system() -> System:
    """The one that stands for all: they are in the same registry."""
    return SYSTEMS["debian:12"]


def _existing(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.exists())


CHECKS: tuple[Callable[[Patient], Check], ...] = (
    python,
    engine,
    disk,
    memory,
    images,
    mmdebstrap,
    pypi,
    npm,
    apt,
    certificates,
    proxies,
    left_behind,
)
