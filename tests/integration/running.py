"""Running the command line in this process, on the shipped cases or edited copies of them."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml

ROOT = Path(__file__).parents[2]
CONTROLS = ("--no-controls",)  # of each `harness reproduce` that is not about them


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How a `harness reproduce` ended; ``verdict`` is empty where it gave none."""

    code: int
    runs: Path
    verdict: dict[str, Any]

    @property
    def folder(self) -> Path:
        return Path(self.verdict["run_folder"])


def popen(argv: Sequence[str], **options: Any) -> "subprocess.Popen[str]":
    """A process that hears Ctrl-C, also where this one was told not to, as shells tell what
    they start in the background."""
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(argv, text=True, **options)
    finally:
        signal.signal(signal.SIGINT, heard)


def started(*words: object, **options: Any) -> "subprocess.Popen[str]":
    """`harness` in a process of its own."""
    return popen([sys.executable, "-m", "harness", *map(str, words)], **options)


class Reproduce(Protocol):
    def __call__(self, environment: Path, scenario: Path, *options: str) -> Ran: ...


class Explain(Protocol):
    """`Reproduce` with its control runs."""

    def __call__(self, environment: Path, scenario: Path, *options: str) -> Ran: ...


def reproduced(runs: Path, out: str, code: int) -> Ran:
    return Ran(code=code, runs=runs, verdict=json.loads(out) if out.strip() else {})


def edited(folder: Path, environment: str, *, recipe: dict[str, Any] | None = None, **changes: Any) -> Path:
    """A copy of a shipped environment, with other values in the file or in its product's recipe."""
    source = ROOT / "environments"
    document = yaml.safe_load((source / f"{environment}.yaml").read_text("utf-8")) | changes
    file = folder / f"{environment}.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    shutil.copytree(source / "recipes", folder / "recipes")
    if recipe:
        product = document["server"]["product"].partition("@")[0]
        path = folder / "recipes" / product / "recipe.yaml"
        path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text("utf-8")) | recipe, sort_keys=False), "utf-8")
    return file
