"""replay: a bundle → the same run on this machine, and whether it came to the same."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from harness.bundle.inputs import inputs, is_input
from harness.bundle.making import BASES, FILES, RECORDS, REPLICAS
from harness.bundle.reading import Bundle
from harness.bundle.trial import stand
from harness.cache import Cache
from harness.case_secrets import asked, secrets_of
from harness.engine import base_reference, connect, images, sweep, temporary_folder
from harness.errors import InputError
from harness.evidence import SIDES, RunFolder
from harness.language import Language, Message
from harness.model import Base, Case, Expected, Image, Lock, Said, Side, Verdict
from harness.progress import Progress
from harness.run import Result, prepare, replicate
from harness.sides import Ground
from harness.wanted import images as parts_of

PARTS = {"server": "product"}  # what images are called in a replica, where it is not as in a lock
Outcome = Literal["same", "different", "could-not"]


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What became of a bundle: ``differences`` say what is not as expected, or why it could not be tried."""

    outcome: Outcome
    expected: Expected
    result: Result
    differences: tuple[Said, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Unpacked:
    """The inputs of a bundle in a folder that goes away, read and found well."""

    bundle: Bundle
    path: Path  # of the bundle
    folder: Path
    case: Case
    lock: Lock

    @property
    def asked(self) -> dict[str, tuple[Message, ...]]:
        """The variables of our environment that it wants, each with what becomes of it."""
        return asked(self.case)


@contextmanager
def unpacked(bundle: Bundle, path: Path) -> Iterator[Unpacked]:
    """The environment, scenario, recipes and lock of a bundle. InputError with every Problem of them."""
    with temporary_folder("bundle") as parent:
        folder = parent / "inputs"
        bundle.extract(folder, is_input)
        stand(folder)
        with _placed(folder, path):
            case, locked = inputs(folder)
        yield Unpacked(bundle=bundle, path=path, folder=folder, case=case, lock=locked)


@contextmanager
def _placed(folder: Path, bundle: Path) -> Iterator[None]:
    """What is wrong with a file in ``folder`` is said of the file in the bundle."""
    old, new = (json.dumps(str(path), ensure_ascii=False)[1:-1] for path in (folder, bundle))

    def placed(message: Message) -> Message:
        return Said.model_validate_json(Said.of(message).model_dump_json().replace(old, new)).message()

    try:
        yield
    except InputError as exc:
        problems = tuple(
            replace(
                one,
                path=bundle / one.path.relative_to(folder) if one.path.is_relative_to(folder) else one.path,
                what=placed(one.what),
                advice=one.advice and placed(one.advice),
            )
            for one in exc.problems
        )
        raise InputError(placed(exc.what), exc.advice and placed(exc.advice), problems=problems) from exc


def replay(
    there: Unpacked,
    *,
    runs: Path,
    progress: Progress,
    environ: Mapping[str, str],
    lang: Language = "en",
    command: Sequence[str] = (),
) -> Replayed:
    """Run what a bundle holds, with the images or packages it brings, and compare with what it expects.

    ``environ`` are the variables of our environment that it is given. InputError where one that it wants
    is not among them, or its archives are damaged; EngineError and FetchError where nothing can begin.
    """
    contents = there.bundle.manifest.contents
    with _placed(there.folder, there.path):
        secrets = secrets_of([there.case], environ)
    with temporary_folder("bundle") as parent:
        if "images" in contents:
            progress.stage("", Message("loading the images"))
            ground = _with_images(there)
        elif "packages" in contents:
            progress.stage("", Message("loading the packages"))
            ground = _with_packages(there, Cache(parent / "cache"))
        else:
            progress.stage("", Message("resolving versions"))
            engine, locked = prepare(there.case.file, there.case.recipes, there.lock)
            ground = Ground(engine=engine, lock=locked)
        ground = replace(ground, secrets=secrets, environ=environ)
        folder = RunFolder.create(runs, there.case.file.name)
        environment, scenario = ((there.folder / name).read_bytes() for name in ("environment.yaml", "scenario.yaml"))
        folder.keep_inputs(environment, scenario, there.case.beside)
        result = replicate(there.case, ground, folder, progress=progress, lang=lang, command=command)
    return compared(there.bundle.manifest.expected, result)


def compared(expected: Expected, result: Result) -> Replayed:
    """Whether a run came to what a bundle expects."""
    seen = result.verdict
    differences = tuple(map(Said.of, _differences(expected, seen)))
    outcome: Outcome = "different" if differences else "same"
    if seen.verdict == "no-verdict" and expected.verdict != "no-verdict":
        return Replayed(outcome="could-not", expected=expected, result=result, differences=(seen.reason_said,))
    if differences:
        drifts = [
            Message("{package} is {used} here and was {locked}", package=one.package, used=one.used, locked=one.locked)
            for one in seen.drifts
        ]
        differences += tuple(map(Said.of, drifts))
    return Replayed(outcome=outcome, expected=expected, result=result, differences=differences)


def _differences(expected: Expected, seen: Verdict) -> Iterator[Message]:
    step = seen.step.number if seen.step else None
    rows = (
        (Message("verdict"), expected.verdict, seen.verdict),
        (Message("step"), expected.step, step),
        (Message("fingerprint"), expected.fingerprint, seen.fingerprint),
    )
    for what, wanted, found in rows:
        if wanted != found:
            yield Message(
                "{what}: {found} here, {wanted} expected", what=what, found=found or "–", wanted=wanted or "–"
            )


def _with_images(there: Unpacked) -> Ground:
    """The images that the bundle brings, under names of the bundle's own."""
    bundle = there.bundle
    roles = {image.tag: image.role.split() for image in bundle.manifest.images if "/" in image.role}
    parts = [f"{side}/{PARTS.get(one, one)}" for side in SIDES for one in parts_of(there.case.file.side(side))]
    if sorted(parts) != sorted(role for found in roles.values() for role in found):
        raise InputError(Message("the bundle does not bring the images of both sides"), Message("ask for it anew"))
    key = _key(bundle)
    names = {tag: f"harness/bundled:{key}-{number}" for number, tag in enumerate(roles)}
    engine = connect()
    sweep(engine)
    loaded = images.load(engine, bundle.open_member(REPLICAS), names)
    by_side: dict[Side, dict[str, Image]] = {side: {} for side in SIDES}
    for tag, image in loaded.items():
        for role in roles[tag]:
            for side in SIDES:
                if role.startswith(f"{side}/"):
                    by_side[side][role.removeprefix(f"{side}/")] = image
    return Ground(engine=engine, lock=there.lock, images=by_side)


def _with_packages(there: Unpacked, cache: Cache) -> Ground:
    """The packages and bases that the bundle brings, in a cache of its own: what a stranger says of packages
    is not taken for true in any other run."""
    bundle, key = there.bundle, _key(there.bundle)
    bases = {base.os: base.model_copy(update={"source": "bundle", "digest": key}) for base in there.lock.bases}
    for name in bundle.names:
        if name.startswith(FILES) and cache.add(bundle.open_member(name))[0] != name.removeprefix(FILES):
            raise InputError(Message("`{name}` of the bundle is not the file that it is named after", name=name))
    renamed = {base.model_dump_json(): bases[base.os].model_dump_json() for base in there.lock.bases}
    _take_records(bundle, cache, renamed)
    _load_bases(bundle, bases)
    locked = there.lock.model_copy(update={"bases": tuple(bases.values())})
    engine, locked = prepare(there.case.file, there.case.recipes, locked, strict=True, cache=cache)
    return Ground(engine=engine, lock=locked, cache=cache)


def _take_records(bundle: Bundle, cache: Cache, renamed: Mapping[str, str]) -> None:
    """What the cache that the bundle was made from knew, said of the bases that take the place of the others."""
    try:
        for record in json.loads(bundle.read(RECORDS)):
            cache.remember(*(renamed.get(word, word) for word in map(str, record["key"])), value=record["value"])
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise InputError(
            Message("`{name}` of the bundle is damaged", name=RECORDS), Message("ask for it to be made again")
        ) from exc


def _load_bases(bundle: Bundle, bases: Mapping[str, Base]) -> None:
    names = {image.tag: base_reference(bases[image.role]) for image in bundle.manifest.images if image.role in bases}
    if sorted(names.values()) != sorted(map(base_reference, bases.values())):
        raise InputError(Message("the bundle does not bring its base images"), Message("ask for it anew"))
    images.load(connect(), bundle.open_member(BASES), names)


def _key(bundle: Bundle) -> str:
    """16 hexadecimal digits of all that is in the bundle."""
    return hashlib.sha256(bundle.read("manifest.json")).hexdigest()[:16]
