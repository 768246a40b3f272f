"""Scenario files × environment files as test items; an item is run by ``run.reproduce`` and by nothing else."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from harness import run
from harness.errors import HarnessError, InputError, Problem
from harness.language import Message
from harness.matrix.known import judged
from harness.model import CellResult, EnvironmentFile, Known, Scenario, Verdict
from harness.pytest_plugin.settings import SUFFIX, Settings, environment_globs, here, in_our_words, progress
from harness.reports.terminal import details
from harness.signals import on_sigterm
from harness.spec import load_environment, load_scenario
from harness.spec.baseline import baseline_file
from harness.spec.kinds import SUFFIXES, kind, problems
from harness.spec.scenario import misfit

FOLDER = "scenarios"
_STEPS = re.compile(rb"""^(["']?)steps\1\s*:""", re.MULTILINE)


@dataclass(kw_only=True)
class Cases:
    """What all scenario files of a session have in common."""

    folder: Path | None  # scenarios lie below it; None where the command line says where
    paths: Sequence[Path]  # of environment files, among other YAML
    narrowed: bool  # by the command line, so that a scenario may go with none of them
    known: Sequence[Known]
    incomplete: bool = False  # some environment files are bad, which was said
    _files: list[EnvironmentFile] | None = None

    def environments(self) -> Sequence[EnvironmentFile]:
        """The environment files that have an upgrade. InputError, the first time, with all that is
        wrong in any of them; then those that are good."""
        if self._files is not None:
            return self._files
        found: list[EnvironmentFile] = []
        self._files = []
        wrong = list(problems(self.paths, {"environment": lambda path: found.append(load_environment(path))}))
        names: set[str] = set()
        for file in found:
            if file.name in names:
                what = Message("there are two environments named `{name}`", name=file.name)
                advice = Message("give each a name of its own")
                wrong.append(Problem(path=file.path, line=1, column=1, what=what, advice=advice))
            elif len(file.environments) > 1:
                self._files.append(file)
            names.add(file.name)
        if wrong:
            self.incomplete = True
            raise InputError.of(tuple(wrong))
        return self._files


CASES = pytest.StashKey[Cases]()


def prepare(config: pytest.Config) -> None:
    """Take in what the options name. UsageError, in our words, where it is not there."""
    baseline: Path | None = config.getoption("harness_baseline")
    given = config.args_source is pytest.Config.ArgsSource.ARGS
    folder = config.rootpath / FOLDER
    try:
        if not given and not folder.is_dir():
            what = Message("--harness: there is no folder {path}", path=folder)
            raise InputError(what, Message("name the scenario files, or folders of them"))
        base, globs, narrowed = environment_globs(config)
        config.stash[CASES] = Cases(
            folder=None if given else folder,
            paths=[here(path) for word in globs for path in _expanded(base / word)],
            narrowed=narrowed,
            known=baseline_file(here(config.invocation_params.dir / baseline)).known if baseline else (),
        )
    except HarnessError as exc:
        raise pytest.UsageError(exc.in_full(Settings.of(config).lang)) from exc
    walked = [config.invocation_params.dir / arg for arg in config.args]
    if not given and not any(folder.is_relative_to(path) for path in walked):
        config.args.append(str(folder))


def _expanded(path: Path) -> list[Path]:
    """The files that a path, a folder or a glob means."""
    pattern, root = (path / f"*{SUFFIX}" if path.is_dir() else path), Path(path.anchor)
    if found := sorted(root.glob(str(pattern.relative_to(root)))):
        return found
    raise InputError(Message("no file matches `{glob}`", glob=here(path)))


def scenario_file(path: Path, parent: pytest.Collector) -> "ScenarioFile | None":
    """A collector for a file that is a scenario, or is meant to be one."""
    folder = parent.config.stash[CASES].folder
    if path.suffix not in SUFFIXES or (folder and not path.is_relative_to(folder)):
        return None
    if parent.session.isinitpath(path) or path.parent.name == FOLDER or _STEPS.search(path.read_bytes()):
        return ScenarioFile.from_parent(parent, path=path)
    return None


class ScenarioFile(pytest.File):
    """A scenario, one item for each environment file that it goes with."""

    def collect(self) -> Iterator["CaseItem"]:
        path, cases = here(self.path), self.config.stash[CASES]
        is_named = self.session.isinitpath(self.path)
        if (found := kind(path)) != "scenario":
            if is_named:
                raise InputError(Message("{path} is no scenario but of the kind `{kind}`", path=path, kind=found))
            return
        scenario, files = load_scenario(path), cases.environments()
        fitting = [file for file in files if scenario.fits(file.products)]
        may_be_left_out = cases.incomplete or (files and cases.narrowed and not is_named)
        if not fitting and not may_be_left_out:
            raise _nowhere(scenario, files)
        for file in fitting:
            yield CaseItem.from_parent(self, name=file.name, scenario=scenario, file=file)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, HarnessError):
            return excinfo.value.in_full(Settings.of(self.config).lang)
        return super().repr_failure(excinfo)


def _nowhere(scenario: Scenario, files: Sequence[EnvironmentFile]) -> InputError:
    """A scenario that would not be run at all must not look like one that passed."""
    products = dict.fromkeys(product for file in files for product in file.products)
    if wrong := misfit(scenario, products) if products else None:
        return InputError.of((wrong,))
    return InputError(
        Message("there is no environment file with an upgrade, so {path} cannot be run", path=scenario.path),
        Message("name environment files with --harness-environments"),
    )


class Regression(Exception):
    """The summary of a run whose verdict it is."""


class CaseItem(pytest.Item):
    """One case. It is run while it is set up, so that what cannot be decided is an error, as pytest
    calls what is not the doing of a test; a regression is its failure."""

    def __init__(self, *, scenario: Scenario, file: EnvironmentFile, **more: Any) -> None:
        super().__init__(**more)
        self.scenario = scenario
        self.file = file
        self.environment = file.path.absolute()
        self.result: run.Result | None = None
        self.known = ""  # the reason that the baseline gives for its failure

    def setup(self) -> None:
        settings = Settings.of(self.config)
        with in_our_words(settings.lang):
            self.result = self._run(settings)
        verdict = self.result.verdict
        self.user_properties[:] = [  # of this run alone, also where pytest runs the item again
            ("verdict", verdict.verdict),
            ("layer", verdict.layer or ""),
            ("fingerprint", verdict.fingerprint),
            ("evidence", verdict.run_folder),
        ]
        self.known = self._known(verdict)
        is_expected = self.known and not self.config.getoption("runxfail", False)
        if verdict.verdict not in ("same", "fixed", "regression") and not is_expected:
            failures = (failure.in_full(settings.lang) for failure in self.result.failures)
            pytest.fail("\n\n".join([details(verdict, settings.lang), *failures]), pytrace=False)

    def runtest(self) -> None:
        assert self.result is not None
        if self.known:
            pytest.xfail(self.known)
        if self.result.verdict.verdict == "regression":
            raise Regression(details(self.result.verdict, Settings.of(self.config).lang))

    def _run(self, settings: Settings) -> run.Result:
        environment, scenario = here(self.environment), here(self.path)
        locked = ["--locked"] if settings.strict else []
        with on_sigterm(KeyboardInterrupt), progress(self.config, settings.lang) as shown:
            return run.reproduce(
                environment,
                scenario,
                runs=settings.runs,
                progress=shown,
                strict=settings.strict,
                lang=settings.lang,
                command=("harness", "reproduce", str(environment), str(scenario), *locked),
            )

    def _known(self, verdict: Verdict) -> str:
        """The reason that the baseline gives for a failure; empty where it does not know it."""
        cell = CellResult(
            id=f"{self.scenario.name}/{self.file.name}",
            scenario=self.scenario.name,
            verdict=verdict.verdict,
            reason=verdict.reason_said,
            fingerprint=verdict.fingerprint,
        )
        return judged((cell,), self.config.stash[CASES].known, date.today())[0].known

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, Regression):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"{self.file.name} × {self.scenario.name}"
