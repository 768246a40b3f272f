"""make: the folder of a run → a bundle of all that another machine needs to do it again.

::

    environment.yaml  environment.lock.yaml  scenario.yaml  recipes/<product>/  extensions/  …   what was run
    evidence/   the run folder: verdict, traces, pictures, logs, report
    contexts/<side>/   the rendered Dockerfiles, with checksums of what they install
    issue.md    the text for a tracker
    packages/   with ``packages``: fetched files by SHA-256, and what the cache knows of them
    images/     with ``packages``: base images; with ``images``: all of the replicas
"""

import json
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from harness import __version__, lock, spec
from harness.bundle.clearing import clear
from harness.bundle.writing import Member, pack
from harness.cache import Witness
from harness.engine import ContainerRegistry, Engine, base_reference, built, connect, images, temporary_folder
from harness.errors import InputError
from harness.evidence import SIDES, RunFolder
from harness.language import Language, Message
from harness.model import BundledImage, Case, Expected, Lock, Manifest, Verdict
from harness.progress import Progress, Silent
from harness.render import render
from harness.reports import REPORTS
from harness.sides import Ground, OneSide
from harness.systems import SYSTEMS

Extra = Literal["packages", "images"]
EXTRAS: tuple[Extra, ...] = ("packages", "images")
INPUTS = ("environment.yaml", "scenario.yaml")
RECORDS = "packages/records.json"
FILES = "packages/files/"
BASES = "images/bases.tar"
REPLICAS = "images/replicas.tar"
LETTERS = ("customer.html", "customer.md", "vendor.html", "vendor.md")  # of `harness report --for`
NEVER = ("lock.yaml", "report.html", "junit.xml", "issue.md", *LETTERS)  # written anew, or as what they are named after


def make(
    run: RunFolder, path: Path, *, extras: Sequence[Extra] = (), progress: Progress, lang: Language = "en"
) -> Manifest:
    """Write the bundle of a run to ``path``.

    ``packages`` adds what was fetched and the base images, ``images`` the images of both
    replicas, so that a machine without registries can do it again. InputError where the run
    has no verdict or was made by an earlier release, and where a secret is in it; EngineError,
    FetchError where what is to be added cannot be had.
    """
    verdict, locked, case = _read(run)
    progress.stage("", Message("collecting the evidence"))
    members = [*_inputs(run, locked), *_evidence(run, lang)]
    brought: list[BundledImage] = []
    with temporary_folder("bundle") as folder:
        if extras:
            engine = connect()
            if "packages" in extras:
                progress.stage("", Message("collecting the packages"))
                members += _packages(run, case, locked, engine)
                bases = {images.named(engine, base_reference(one)): one.os for one in locked.bases}
                brought += _saved(engine, folder / "bases.tar", bases)
                members.append(Member(path=BASES, content=folder / "bases.tar"))
            if "images" in extras:
                progress.stage("", Message("collecting the images"))
                replicas = _built(case, locked, engine, RunFolder.at(folder / "run"))
                brought += _saved(engine, folder / "replicas.tar", replicas)
                members.append(Member(path=REPLICAS, content=folder / "replicas.tar"))
        progress.stage("", Message("searching for secrets"))
        clear(run, case, members)
        progress.stage("", Message("packing"))
        return pack(path, _manifest(verdict, extras, brought), members)


def _read(run: RunFolder) -> tuple[Verdict, Lock, Case]:
    verdict, locked = run.read_verdict(), run.read_lock()
    if locked is None or not all((run.path / name).exists() for name in ("recipes", RunFolder.SEAL)):
        raise InputError(
            Message("{path} does not hold all that a bundle needs", path=run.path),
            Message("it was made by an earlier release of harness; run the case again"),
        )
    if any(base.source == "bundle" for base in locked.bases):
        raise InputError(
            Message("{path} is the run of a bundle, whose packages are no longer here", path=run.path),
            Message("hand on the bundle itself"),
        )
    case = spec.load(run.path / INPUTS[0], run.path / INPUTS[1])
    changed = InputError(
        Message("{path} cannot be packed: it went the way back, or was changed afterwards", path=run.path),
        Message("run the case again, without --swap"),
    )
    try:
        lock.check(locked, case.file, case.recipes)
    except InputError as exc:
        raise changed from exc
    if verdict.environments != {side: locked.side(side).exact(case.file.side(side)) for side in SIDES}:
        raise changed  # a lock fits both ways where the upgrade installs nothing
    return verdict, locked, case


def _inputs(run: RunFolder, locked: Lock) -> Iterator[Member]:
    for name in INPUTS:
        yield Member(path=name, content=run.path / name)
    yield Member(path="environment.lock.yaml", content=lock.text(locked).encode())
    for file in (file for folder in RunFolder.BESIDE for file in _files(run.path / folder)):
        yield Member(path=_name(file, run.path), content=file, executable=os.access(file, os.X_OK))


def _evidence(run: RunFolder, lang: Language) -> Iterator[Member]:
    """What the run left, its renderings written anew."""
    for file in _files(run.path):
        name = _name(file, run.path)
        side, _, rest = name.partition("/")
        if side in SIDES and rest.startswith("context/"):
            yield Member(path=f"contexts/{side}/{rest.removeprefix('context/')}", content=file)
        elif not name.startswith(RunFolder.BESIDE) and name not in (*INPUTS, *NEVER):
            yield Member(path=f"evidence/{name}", content=file)
    for name in ("html", "junit"):
        report = REPORTS[name]
        yield Member(path=f"evidence/{report.file}", content=report.render(run.path, lang).encode("utf-8", "replace"))
    issue = REPORTS["markdown"]
    yield Member(path=issue.file, content=issue.render(run.path, lang).encode("utf-8", "replace"))


def _packages(run: RunFolder, case: Case, locked: Lock, engine: Engine) -> Iterator[Member]:
    """Every file and record of the cache that rendering both sides takes."""
    cache = Witness()
    registry = ContainerRegistry(cache, engine=engine, bases=locked.bases)
    there = lock.resolve(case.file, case.recipes, registry, existing=locked)
    bases = tuple(registry.base(SYSTEMS[one.os]) for one in locked.bases)  # on the engine, from now on
    if there.drifts != locked.drifts or bases != locked.bases:
        raise InputError(
            Message("{path} cannot be packed: packages that it used can no longer be had", path=run.path),
            Message("make the bundle without packages, or with --with-images"),
        )
    known = dict(zip(case.file.environments, locked.environments, strict=True))
    for environment in dict.fromkeys(one for side in SIDES for one in case.file.lineage(side)):
        render(environment, case.recipe(environment), known[environment], locked, registry)
    records = [{"key": list(key), "value": value} for key, value in sorted(cache.records.items())]
    yield Member(path=RECORDS, content=json.dumps(records).encode())
    for sha256, file in cache.files.items():
        yield Member(path=f"{FILES}{sha256}", content=file)


def _built(case: Case, locked: Lock, engine: Engine, folder: RunFolder) -> dict[str, str]:
    """References of the images of both replicas, built where they are gone: reference → what they are for."""
    roles: dict[str, list[str]] = {}
    for side in SIDES:
        one = OneSide(
            case=case,
            side=side,
            ground=Ground(engine=engine, lock=locked),
            folder=folder,
            run_id=f"bundle-{os.getpid()}",
            lang="en",
        )
        for name, image in one.build(Silent()).items():
            roles.setdefault(image.tag, []).append(f"{side}/{name}")
    return {tag: " ".join(names) for tag, names in roles.items()}


def _saved(engine: Engine, path: Path, roles: dict[str, str]) -> list[BundledImage]:
    with path.open("wb") as out:
        out.writelines(images.save(engine, list(roles)))
    found = {tag: built(engine, tag) for tag in roles}
    return [BundledImage(tag=tag, id=image.id, role=roles[tag]) for tag, image in found.items() if image]


def _manifest(verdict: Verdict, extras: Sequence[Extra], brought: Sequence[BundledImage]) -> Manifest:
    return Manifest(
        tool_version=__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        name=f"{verdict.environment}-{verdict.scenario}",
        environment=verdict.environment,
        scenario=verdict.scenario,
        expected=Expected(
            verdict=verdict.verdict,
            fingerprint=verdict.fingerprint,
            layer=verdict.layer,
            step=verdict.step.number if verdict.step else None,
            reason=verdict.reason,
        ),
        contents=tuple(one for one in EXTRAS if one in extras),
        images=tuple(brought),
    )


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file() and not file.is_symlink())


def _name(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix()
