"""``harness lock``: write what every version became beside the environment file, or check what is there."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from harness.errors import ExitCode
    from harness.language import Language, Message
    from harness.model import Case, Lock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "environments",
        nargs="+",
        metavar="FILE",
        help="environment or matrix files, patterns such as 'environments/*.yaml', or folders",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing, ask no registry and no engine; say of every lock that is missing or stale why",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="with --check: fetch everything that is locked, and fail where something of it is gone",
    )


def main(args: argparse.Namespace) -> int:
    import json

    from harness.errors import ExitCode, InputError
    from harness.language import Message

    files = _files(args.environments)
    alone = [path for path in files if _is_lock(path)]
    cases = _cases([path for path in files if path not in alone])  # all mistakes before any network
    if args.check:
        checked = [_checked(case, strict=args.strict) for case in cases] + [_alone(path) for path in alone]
        if args.json:
            print(json.dumps([one.as_data(args.lang) for one in checked], indent=1, ensure_ascii=False))
        else:
            for one in checked:
                print("\n".join(one.lines(args.lang)))
        return max(one.exit_code for one in checked)
    if alone:
        raise InputError(_without_file(alone[0]), Message("remove it"))
    done = []
    for case, lock in _all_written(cases, args):
        done.append((case, lock))
        if not args.json:
            _print(case, lock, args.lang)
    if args.json:
        print(json.dumps([_as_data(case, lock) for case, lock in done], indent=1, ensure_ascii=False))
    return ExitCode.GOOD


def _files(words: Sequence[str]) -> tuple[Path, ...]:
    """The files that are meant, of folders and patterns those that can have a lock; in the place of a lock
    the file that it is of, unless that is not there."""
    from glob import glob

    from harness.errors import InputError
    from harness.language import Message
    from harness.spec.kinds import files, kind

    found: dict[Path, None] = {}
    for word in words:
        path = Path(word)
        if path.is_dir() or (not path.exists() and any(sign in word for sign in "*?[")):
            matches = glob(word, recursive=True)  # noqa: PTH207  Path.glob takes no absolute pattern
            below = files([path] if path.is_dir() else sorted(map(Path, matches)))
            lockable = [one for one in below if one.is_file() and kind(one) in ("environment", "matrix", "lock")]
            if not lockable:
                raise InputError(
                    Message("{word} names no environment or matrix file", word=word),
                    Message("a pattern such as environments/*.yaml does"),
                )
            found |= dict.fromkeys(lockable)
        else:
            found[path] = None
    return tuple(dict.fromkeys(of if _is_lock(path) and (of := _of(path)).exists() else path for path in found))


def _is_lock(path: Path) -> bool:
    return path.name.endswith(".lock.yaml")


def _of(lock: Path) -> Path:
    """The file that a lock lies beside."""
    stem = lock.name.removesuffix(".lock.yaml")
    short = lock.with_name(f"{stem}.yml")
    return short if short.exists() else lock.with_name(f"{stem}.yaml")


def _cases(paths: Sequence[Path]) -> list[Case]:
    """InputError with the mistakes of all of them."""
    from harness.errors import InputError, Problem

    cases, problems = [], dict[Problem, None]()
    for path in paths:
        try:
            cases.append(_case(path))
        except InputError as exc:
            if not exc.problems:
                raise
            problems |= dict.fromkeys(exc.problems)
    if problems:
        raise InputError.of(tuple(problems))
    return cases


def _case(path: Path) -> Case:
    """An environment file, or all set-ups of the cells of a matrix."""
    import sys

    from harness import matrix, spec
    from harness.model import Case
    from harness.spec.kinds import kind
    from harness.spec.matrix import matrix_file

    if kind(path) != "matrix":
        return spec.load(path, None)
    plan = matrix.plan(matrix_file(path), cells_max=sys.maxsize)
    return Case(file=plan.file(matrix.environments(plan.cells)), scenario=None, recipes=plan.matrix.recipes)


def _all_written(cases: Sequence[Case], args: argparse.Namespace) -> Iterator[tuple[Case, Lock]]:
    """Each as soon as its lock is there, with nothing live on the terminal then."""
    from harness.language import Message
    from harness.progress import progress

    for number, case in enumerate(cases, 1):
        with progress(lang=args.lang, quiet=args.json, verbose=False) as shown:
            place = {"number": number, "total": len(cases), "path": case.file.path}
            shown.stage("", Message("{number} of {total}: resolving versions of {path}", **place))
            locked = _written(case)
        yield case, locked


def _written(case: Case) -> Lock:
    from harness import lock
    from harness.engine import ContainerRegistry, inventory

    registry = ContainerRegistry()
    locked = lock.resolve(case.file, case.recipes, registry, fresh=True)
    here = [one for base in locked.bases if (one := inventory(registry.engine, base))]
    locked = lock.with_inventories(locked, here, locked=False)
    lock.write(lock.path_beside(case.file.path), locked)
    return locked


class _Checked(NamedTuple):
    """What is to be said of one lock."""

    path: Path
    exit_code: ExitCode
    state: str  # "fresh", "stale", "missing"
    words: Message
    reasons: tuple[Message, ...] = ()
    remarks: tuple[Message, ...] = ()
    advice: Message | None = None
    data: dict[str, Any] | None = None  # of a lock that can be read

    def lines(self, lang: Language) -> list[str]:
        said = [f"  {one.into(lang)}" for one in (*self.reasons, *self.remarks)]
        advice = [f"  → {self.advice.into(lang)}"] if self.advice else []
        return [f"{self.path}: {self.words.into(lang)}", *said, *advice]

    def as_data(self, lang: Language) -> dict[str, Any]:
        told = {name: [one.into(lang) for one in getattr(self, name)] for name in ("reasons", "remarks")}
        return {"path": str(self.path), "state": self.state, **told, **(self.data or {})}


def _checked(case: Case, *, strict: bool) -> _Checked:
    from harness import lock
    from harness.errors import ExitCode, GoneError, InputError
    from harness.language import Message

    path, advice = lock.path_beside(case.file.path), Message("run `harness lock {path}`", path=case.file.path)
    if not path.exists():
        words = Message("missing")
        return _Checked(path=path, exit_code=ExitCode.INPUT, state="missing", words=words, advice=advice)
    data = None
    try:
        locked = lock.read(path)
        reasons = lock.stale(locked, case.file, case.recipes) or lock.gaps(locked, case.file, case.recipes)
        remarks = lock.remarks(locked, case.recipes)
        code = ExitCode.INPUT if reasons else ExitCode.GOOD
        if not reasons:
            data = _as_data(case, locked)
        if strict and not reasons:
            _fetched(case, locked)
    except (InputError, GoneError) as exc:
        reasons, remarks, code = (exc.what,), (), exc.exit_code
    if reasons:
        words = Message("stale")
        return _Checked(
            path=path, exit_code=code, state="stale", words=words, reasons=reasons, remarks=remarks, advice=advice
        )
    words = Message("up to date, {count} packages", count=data["packages"] if data else 0)
    return _Checked(path=path, exit_code=code, state="fresh", words=words, remarks=remarks, data=data)


def _fetched(case: Case, locked: Lock) -> None:
    from harness import lock
    from harness.engine import ContainerRegistry

    lock.resolve(case.file, case.recipes, ContainerRegistry(), existing=locked, strict=True)


def _alone(path: Path) -> _Checked:
    from harness.errors import ExitCode
    from harness.language import Message

    return _Checked(
        path=path,
        exit_code=ExitCode.INPUT,
        state="stale",
        words=Message("stale"),
        reasons=(_without_file(path),),
        advice=Message("remove it"),
    )


def _without_file(lock: Path) -> Message:
    from harness.language import Message

    return Message("{lock} is the lock of {path}, which is not there", lock=lock, path=_of(lock))


def _print(case: Case, lock: Lock, lang: Language) -> None:
    from harness.language import Message
    from harness.lock import path_beside

    data = _as_data(case, lock)
    print(Message("{path}: {count} packages", path=path_beside(case.file.path), count=data["packages"]).into(lang))
    seen: set[tuple[str, str, str]] = set()
    for number, versions in enumerate(data["environments"]):
        title = Message("before") if number == 0 else Message("upgrade {number}", number=number)
        if case.file.path.name.endswith(".matrix.yaml"):
            title = Message("set-up {number}", number=number + 1)
        rows = [(path, row["wanted"], row["became"]) for path, row in versions.items()]
        fresh = [row for row in rows if row not in seen]
        seen.update(fresh)
        if len(data["environments"]) > 1 and fresh:
            print(f"  {title.into(lang)}:")
        width = max((len(f"{path} {wanted}") for path, wanted, _ in fresh), default=0)
        for path, wanted, became in fresh:
            print(f"    {path} {wanted}".ljust(width + 5) + f" → {became}")


def _as_data(case: Case, lock: Lock) -> dict[str, Any]:
    from harness.lock import path_beside
    from harness.model.lock import wanted_versions

    packages = {
        package
        for one in lock.environments
        for layers in (one.server, one.browser)
        for package in (*layers.product, *layers.plugins)
    }
    return {
        "path": str(path_beside(case.file.path)),
        "digest": lock.digest,
        "packages": len(packages),
        "environments": [
            {
                path: {"wanted": str(ref), "became": one.versions[path]}
                for path, ref in wanted_versions(environment).items()
            }
            for environment, one in zip(case.file.environments, lock.environments, strict=True)
        ],
    }
