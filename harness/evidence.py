"""The run folder: everything a run leaves behind, and the only thing that reports read.

It lies under the stages and the families, so that both may use it: imports nouns and words.

::

    .harness/runs/20261122-203102-gallery-parallax/
      environment.yaml  scenario.yaml  lock.yaml
      before/  after/   build-*.log  server.log  containers.json  trace.jsonl  network.har  screenshots/  dom/
      comparison.json  verdict.json  report.html  junit.xml
"""

import json
import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from harness.errors import InputError
from harness.har import har
from harness.language import Message
from harness.model import Comparison, Lock, Observation, Outcome, Side, Trace, Verdict

RUNS = Path(".harness") / "runs"
SIDES: tuple[Side, ...] = get_args(Side)

_OBSERVATION: TypeAdapter[Observation] = TypeAdapter(Observation)
_FACTS = ("side", "browser", "not_observed", "fault", "duration_s")
_NAME_MAX = 60
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class RunFolder:
    """One run's folder. Writers never leave a file half made; readers raise InputError
    where a file is missing or damaged."""

    path: Path

    @classmethod
    def create(cls, root: Path, name: str) -> "RunFolder":
        """A new folder ``<root>/<local time>-<name>``, unique among processes too.

        InputError where it cannot be made.
        """
        stem = f"{datetime.now():%Y%m%d-%H%M%S}-{_plain(name)}"
        try:
            root.mkdir(parents=True, exist_ok=True)
            for number in range(1, 10_000):
                path = root / (stem if number == 1 else f"{stem}-{number}")
                try:
                    path.mkdir()
                except FileExistsError:
                    continue
                for side in SIDES:
                    (path / side).mkdir()
                return cls(path=path)
        except OSError as exc:
            raise InputError(
                Message("cannot make a run folder in {path}: {why}", path=root, why=exc.strerror or exc),
                Message("start harness in a folder that you may write to"),
            ) from exc
        raise InputError(Message("cannot make a run folder in {path}: {why}", path=root, why=stem))

    @classmethod
    def open(cls, path: Path) -> "RunFolder":
        """The folder of an earlier run; InputError where it is none."""
        if not path.exists():
            raise InputError(Message("there is no folder {path}", path=path), _ADVICE)
        if not path.is_dir():
            raise InputError(Message("{path} is a file, not the folder of a run", path=path), _ADVICE)
        if not any((path / mark).exists() for mark in ("verdict.json", "environment.yaml", "before", "after")):
            raise InputError(Message("{path} is not the folder of a run: it has no verdict.json", path=path), _ADVICE)
        return cls(path=path)

    # ------------------------------------------------------------- places
    def side(self, side: Side) -> Path:
        return self.path / side

    def trace_path(self, side: Side) -> Path:
        return self.path / side / "trace.jsonl"

    def evidence(self, relative: str) -> Path | None:
        """The file that a trace names, if it is there and inside this folder."""
        try:
            path = (self.path / relative).resolve()
            return path if path.is_relative_to(self.path.resolve()) and path.is_file() else None
        except (OSError, ValueError):  # too long, or with a zero in it: no name of ours
            return None

    # ------------------------------------------------------------ writing
    def keep_inputs(self, environment: Path, scenario: Path) -> None:
        """Copy the user's files as they are now."""
        for source, name in ((environment, "environment.yaml"), (scenario, "scenario.yaml")):
            write_whole(self.path / name, source.read_bytes())

    def write_lock(self, lock: Lock) -> None:
        document = yaml.safe_dump(lock.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=120)
        write_whole(self.path / "lock.yaml", document)

    def write_comparison(self, comparison: Comparison) -> None:
        write_whole(self.path / "comparison.json", comparison.model_dump_json(indent=1) + "\n")

    def write_verdict(self, verdict: Verdict) -> None:
        write_whole(self.path / "verdict.json", verdict.model_dump_json(indent=1) + "\n")

    def write_network(self, trace: Trace, started: datetime) -> None:
        """``network.har`` of a side; ``started`` is when its replay began, with a time zone."""
        document = json.dumps(har(trace, started), ensure_ascii=False, indent=1)
        write_whole(self.side(trace.side) / "network.har", document)

    # ------------------------------------------------------------ reading
    def read_verdict(self) -> Verdict:
        return _read(self.path / "verdict.json", Verdict)

    def read_comparison(self) -> Comparison | None:
        path = self.path / "comparison.json"
        return _read(path, Comparison) if path.exists() else None

    def read_lock(self) -> Lock | None:
        path = self.path / "lock.yaml"
        if not path.exists():
            return None
        try:
            return Lock.model_validate(yaml.safe_load(path.read_text("utf-8")))
        except (OSError, ValueError, yaml.YAMLError) as exc:
            raise _damaged(path, exc) from exc

    def read_trace(self, side: Side) -> Trace | None:
        """What was captured on a side, also by a replay that was killed; None where there is no trace.

        ``trace.jsonl`` has one JSON object a line: observations have a ``kind``, outcomes an
        ``outcome``, and any other line gives fields of the trace. A last line that was cut is left out.
        """
        path = self.trace_path(side)
        try:
            lines = path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return None
        return _trace(path, side, [line for line in lines if line.strip()])

    def read_log_end(self, side: Side, name: str, size_bytes: int = 16_384) -> str:
        """The end of a log file, whole lines; empty where there is none."""
        try:
            with (self.side(side) / name).open("rb") as log:
                size = log.seek(0, os.SEEK_END)
                log.seek(max(0, size - size_bytes))
                text = log.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""
        return text if size <= size_bytes else text.partition("\n")[2]


_ADVICE = Message("name a folder of .harness/runs, or write `latest`")


def latest(root: Path) -> RunFolder:
    """The newest run under ``root`` that has a verdict; InputError where there is none."""
    verdicts = root.glob("*/verdict.json")
    newest = max(verdicts, key=lambda path: (path.stat().st_mtime_ns, path.parent.name), default=None)
    if newest is None:
        raise InputError(
            Message("there is no run with a verdict in {path}", path=root),
            Message("`harness reproduce ENVIRONMENT SCENARIO` makes one"),
        )
    return RunFolder.open(newest.parent)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that it is there complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content.encode("utf-8", "replace") if isinstance(content, str) else content)
        Path(part).chmod(0o644)
        Path(part).replace(path)
    finally:
        Path(part).unlink(missing_ok=True)


# ------------------------------------------------------------------- traces
def _trace(path: Path, side: Side, lines: list[bytes]) -> Trace:
    observations: list[Observation] = []
    outcomes: dict[int, Outcome] = {}
    facts: dict[str, Any] = {"side": side, "browser": ""}
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
            if "kind" in record:
                observations.append(_OBSERVATION.validate_python(record))
            elif "outcome" in record:
                outcome = Outcome.model_validate(record)
                outcomes[outcome.number] = outcome
            else:
                facts |= {key: record[key] for key in _FACTS if key in record}
        except (ValueError, TypeError) as exc:
            if number == len(lines) and not isinstance(exc, ValidationError):
                break  # the process was killed while it wrote
            raise _damaged(path, f"line {number}: {exc}") from exc
    try:
        return Trace.model_validate(
            facts | {"side": side, "outcomes": _in_order(outcomes.values()), "observations": observations}
        )
    except ValidationError as exc:
        raise _damaged(path, exc) from exc


def _in_order(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    return tuple(sorted(outcomes, key=lambda outcome: outcome.number))


def _read(path: Path, model: type[_Model]) -> _Model:
    try:
        return model.model_validate_json(path.read_bytes())
    except FileNotFoundError as exc:
        raise InputError(
            Message("{path} is not there: the run did not get so far", path=path),
            Message("look at the logs in it"),
        ) from exc
    except (OSError, ValidationError) as exc:
        raise _damaged(path, exc) from exc


def _damaged(path: Path, why: object) -> InputError:
    first = "; ".join(str(why).splitlines()[:3])
    return InputError(
        Message("{path} is damaged: {why}", path=path, why=first),
        Message("it was changed by hand, or made by another version of harness; run the case again"),
    )


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-.")[:_NAME_MAX] or "run"
