"""The run folder: everything a run leaves behind, and the only thing that its reports read.

::

    .harness/runs/20261122-203102-gallery-parallax/
      environment.yaml  scenario.yaml  recipes/  extensions/  gateways/  certificates/  services/  lock.yaml
      before/  after/   context/  build-*.log  server.log  containers.json  trace.jsonl  network.har  screenshots/  dom/
      comparison.json  verdict.json  report.html  junit.xml  seal.json
"""

import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, get_args

import yaml
from pydantic import TypeAdapter, ValidationError

from harness.errors import InputError
from harness.evidence.files import ADVICE, damaged, linked, new_folder, read_model, write_whole
from harness.evidence.har import har
from harness.language import Message
from harness.model import Comparison, Lock, Observation, Outcome, Seal, Side, Trace, Verdict

RUNS = Path(".harness") / "runs"
SIDES: tuple[Side, ...] = get_args(Side)

_OBSERVATION: TypeAdapter[Observation] = TypeAdapter(Observation)
_FACTS = ("side", "browser", "not_observed", "fault", "duration_s")


@dataclass(frozen=True, kw_only=True)
class RunFolder:
    """One run's folder. Writers never leave a file half made; readers raise InputError
    where a file is missing or damaged."""

    SEAL: ClassVar[str] = "seal.json"
    BESIDE: ClassVar[tuple[str, ...]] = ("recipes/", "extensions/", "gateways/", "certificates/", "services/")

    path: Path

    @classmethod
    def create(cls, root: Path, name: str) -> "RunFolder":
        """A new folder ``<root>/<local time>-<name>``, unique among processes too.

        InputError where it cannot be made.
        """
        return cls.at(new_folder(root, name))

    @classmethod
    def at(cls, path: Path) -> "RunFolder":
        """A new folder at ``path``."""
        for side in SIDES:
            (path / side).mkdir(parents=True)
        return cls(path=path)

    @classmethod
    def open(cls, path: Path) -> "RunFolder":
        """The folder of an earlier run; InputError where it is none."""
        if not path.exists():
            raise InputError(Message("there is no folder {path}", path=path), ADVICE)
        if not path.is_dir():
            raise InputError(Message("{path} is a file, not the folder of a run", path=path), ADVICE)
        if not any((path / mark).exists() for mark in ("verdict.json", "environment.yaml", "before", "after")):
            raise InputError(Message("{path} is not the folder of a run: it has no verdict.json", path=path), ADVICE)
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
    def keep_inputs(self, environment: str | bytes, scenario: bytes, beside: Iterable[Path]) -> None:
        """Keep what the user wrote as it is now, so that the case can be run from this folder alone:
        the environment file, the scenario, and what is named of the folders ``BESIDE`` them."""
        write_whole(self.path / "environment.yaml", environment)
        write_whole(self.path / "scenario.yaml", scenario)
        for place in beside:
            for file in [place] if place.is_file() else sorted(place.rglob("*")):
                if file.is_file() and file.resolve().is_relative_to(place.resolve()):
                    copy = self.path / place.parent.name / place.name / file.relative_to(place)
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(file, copy)

    def borrow(self, other: "RunFolder", side: Side) -> None:
        """Take a side's evidence from another run's folder, without room of its own where that can be."""
        for file in sorted(other.side(side).rglob("*")):
            if file.is_file():
                linked(file, self.path / file.relative_to(other.path))

    def write_lock(self, lock: Lock) -> None:
        document = yaml.safe_dump(lock.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=120)
        write_whole(self.path / "lock.yaml", document)

    def write_comparison(self, comparison: Comparison) -> None:
        write_whole(self.path / "comparison.json", comparison.model_dump_json(indent=1) + "\n")

    def write_verdict(self, verdict: Verdict) -> None:
        write_whole(self.path / "verdict.json", verdict.model_dump_json(indent=1) + "\n")

    def write_trace(self, trace: Trace) -> None:
        """``trace.jsonl`` of a side as ``read_trace`` reads it: of one that no browser saw, or with what was found out
        after its replay."""
        facts = json.dumps({key: value for key, value in trace.model_dump(mode="json").items() if key in _FACTS})
        records = [record.model_dump_json() for record in (*trace.observations, *trace.outcomes)]
        write_whole(self.trace_path(trace.side), "\n".join([facts, *records]) + "\n")

    def write_network(self, trace: Trace, started: datetime) -> None:
        """``network.har`` of a side; ``started`` is when its replay began, with a time zone."""
        document = json.dumps(har(trace, started), ensure_ascii=False, indent=1)
        write_whole(self.side(trace.side) / "network.har", document)

    # ------------------------------------------------------------ reading
    def read_verdict(self) -> Verdict:
        return read_model(self.path / "verdict.json", Verdict)

    def read_comparison(self) -> Comparison | None:
        path = self.path / "comparison.json"
        return read_model(path, Comparison) if path.exists() else None

    def read_seal(self) -> Seal:
        return read_model(self.path / self.SEAL, Seal)

    def read_lock(self) -> Lock | None:
        path = self.path / "lock.yaml"
        if not path.exists():
            return None
        try:
            return Lock.model_validate(yaml.safe_load(path.read_text("utf-8")))
        except (OSError, ValueError, yaml.YAMLError) as exc:
            raise damaged(path, exc) from exc

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
            raise damaged(path, f"line {number}: {exc}") from exc
    try:
        return Trace.model_validate(
            facts | {"side": side, "outcomes": _in_order(outcomes.values()), "observations": observations}
        )
    except ValidationError as exc:
        raise damaged(path, exc) from exc


def _in_order(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    return tuple(sorted(outcomes, key=lambda outcome: outcome.number))
