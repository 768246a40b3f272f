"""``harness lock``: write what every version became beside the environment file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.language import Language
    from harness.model import Case, Lock

HELP = "resolve every version of environment files, with checksums, and write <environment>.lock.yaml beside them"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("environments", nargs="+", type=Path, metavar="ENV", help="environment files")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a lock is missing or stale")
    parser.add_argument(
        "--strict",
        action="store_true",
        help="with --check: fetch everything that is locked, and fail where something of it is gone",
    )


def main(args: argparse.Namespace) -> int:
    import json

    from harness import spec

    cases = [spec.load(path, None) for path in args.environments]  # all mistakes before any network
    done = [(case, _checked(case, strict=args.strict) if args.check else _written(case)) for case in cases]
    if args.json:
        print(json.dumps([_as_data(case, lock) for case, lock in done], indent=1, ensure_ascii=False))
    else:
        for case, lock in done:
            _print(case, lock, args.lang)
    return 0


def _written(case: Case) -> Lock:
    from harness import lock
    from harness.engine import ContainerRegistry

    locked = lock.resolve(case.file, case.recipes, ContainerRegistry(), fresh=True)
    lock.write(lock.path_beside(case.file.path), locked)
    return locked


def _checked(case: Case, *, strict: bool) -> Lock:
    from harness import lock
    from harness.engine import ContainerRegistry
    from harness.errors import InputError
    from harness.language import Message

    locked = lock.beside(case.file.path)
    if locked is None:
        raise InputError(
            Message("there is no lock {path}", path=lock.path_beside(case.file.path)),
            Message("write it with `harness lock {path}`", path=case.file.path),
        )
    if strict:
        return lock.resolve(case.file, case.recipes, ContainerRegistry(), existing=locked, strict=True)
    lock.check(locked, case.file, case.recipes)
    return locked


def _print(case: Case, lock: Lock, lang: Language) -> None:
    from harness.language import Message
    from harness.lock import path_beside

    data = _as_data(case, lock)
    print(Message("{path}: {count} packages", path=path_beside(case.file.path), count=data["packages"]).into(lang))
    seen: set[tuple[str, str, str]] = set()
    for number, versions in enumerate(data["environments"]):
        title = Message("before") if number == 0 else Message("upgrade {number}", number=number)
        rows = [(path, row["wanted"], row["became"]) for path, row in versions.items()]
        fresh = [row for row in rows if row not in seen]
        seen.update(fresh)
        if len(data["environments"]) > 1:
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
