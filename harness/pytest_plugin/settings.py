"""The options of the plug-in, and the words in which pytest tells our errors."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.language import LANGUAGES, Language, preferred

if TYPE_CHECKING:
    from harness.progress import Progress
    from harness.pytest_plugin.stage import Stage

STAGE: "pytest.StashKey[Stage]" = pytest.StashKey()
ENVIRONMENTS = "harness_environments"
SUFFIX = ".yaml"


def add_options(parser: pytest.Parser) -> None:
    group = parser.getgroup("harness", "harness: replicas of customers' environments")
    group.addoption(
        "--harness", action="store_true", help="run scenario files: those given, or below scenarios/ of the root folder"
    )
    group.addoption(
        "--harness-environments",
        action="append",
        metavar="GLOB",
        help="environment files to run them in, repeatable; environments/*.yaml of the root folder without it",
    )
    group.addoption("--harness-runs", type=Path, metavar="DIR", help="folder for evidence; .harness/runs without it")
    group.addoption("--harness-lang", choices=LANGUAGES, default=preferred(), help="language of what is told")
    group.addoption(
        "--harness-baseline", type=Path, metavar="FILE", help="failures that are known: reported as xfailed"
    )
    group.addoption("--harness-locked", action="store_true", help="refuse anything else than the locks name")
    parser.addini(ENVIRONMENTS, "environment files for --harness, from the root folder", type="args")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the options say; paths that are not given lie in pytest's root folder."""

    runs: Path
    lang: Language
    strict: bool

    @classmethod
    def of(cls, config: pytest.Config) -> "Settings":
        given: Path | None = config.getoption("harness_runs")
        runs = config.invocation_params.dir / given if given else config.rootpath / ".harness/runs"
        return cls(
            runs=here(runs), lang=config.getoption("harness_lang"), strict=bool(config.getoption("harness_locked"))
        )


def here(path: Path) -> Path:
    """The path as people read it: from the working folder, where it is below it."""
    folder = Path.cwd()
    return path.relative_to(folder) if path.is_relative_to(folder) else path


def environment_globs(config: pytest.Config) -> tuple[Path, Sequence[str], bool]:
    """Where to look for environment files: a folder, globs in it, and whether the command line narrows them."""
    given: Sequence[str] | None = config.getoption(ENVIRONMENTS)
    if given:
        return config.invocation_params.dir, given, True
    return config.rootpath, config.getini(ENVIRONMENTS) or [f"environments/*{SUFFIX}"], False


@contextmanager
def progress(config: pytest.Config, lang: Language) -> Iterator["Progress"]:
    """Plain lines where pytest captures nothing (``-s``), of one process; else silence."""
    from harness.progress import PlainLines, Silent, every_second

    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None or config.getoption("capture", "no") != "no":
        yield Silent()
        return
    terminal.ensure_newline()
    lines = PlainLines(lang=lang, verbose=config.get_verbosity() > 1)
    with every_second(lines.remind):
        yield lines


@contextmanager
def in_our_words(lang: Language) -> Iterator[None]:
    """Errors of ours end the test, or the fixture, with their words and without a traceback."""
    from harness.errors import HarnessError

    try:
        yield
    except HarnessError as exc:
        raise pytest.fail.Exception(exc.in_full(lang), pytrace=False) from None
