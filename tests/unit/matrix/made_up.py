"""Cells that nobody ran: results, verdicts, locks and a board."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.language import Message
from harness.matrix.planning import Cell
from harness.model import (
    CellResult,
    CellRun,
    Environment,
    Evidence,
    FailedStep,
    Known,
    Lock,
    LockedEnvironment,
    LockedSet,
    Package,
    Ref,
    Said,
    Server,
    Side,
    Verdict,
    VerdictName,
)
from harness.model.lock import wanted_versions
from harness.progress import Silent

X, Y, Z = "0" * 15 + "a", "0" * 15 + "b", "0" * 15 + "c"  # fingerprints
FAILURES: tuple[VerdictName, ...] = ("regression", "broken-both", "unstable")


def cell(
    cell_id: str = "buy/product=2",
    verdict: VerdictName = "same",
    fingerprint: str = "",
    *,
    runs: Sequence[tuple[VerdictName, str]] | None = None,
    seconds: float = 3.0,
    known: str = "",
    environments: Mapping[Side, Environment] | None = None,
) -> CellResult:
    """A cell that was run; a failure has ``X`` for its fingerprint where none is given."""
    fingerprint = fingerprint or (X if verdict in FAILURES else "")
    told = [(verdict, fingerprint)] if runs is None else runs
    scenario, _, values = cell_id.partition("/")
    return CellResult(
        id=cell_id,
        scenario=scenario,
        values=dict(pair.split("=") for pair in values.split(",") if "=" in pair),
        verdict=verdict,
        reason=Said(text=f"it is {verdict}"),
        fingerprint=fingerprint,
        runs=tuple(
            CellRun(folder=f"cells/{cell_id}/{number}", verdict=name, fingerprint=print_, seconds=1.0)
            for number, (name, print_) in enumerate(told, 1)
        ),
        evidence=f"cells/{cell_id}/1" if told else "",
        environments=dict(environments or {}),
        known=known,
        seconds=seconds,
    )


def not_run(cell_id: str) -> CellResult:
    return cell(cell_id, "no-verdict", runs=())


def entry(cells: str = "*", fingerprint: str = X, verdict: str = "regression", expires: str = "2027-03-31",
          reason: str = "known upstream", owner: str = "anna") -> Known:  # fmt: skip
    return Known.model_validate({"cells": cells, "fingerprint": fingerprint, "verdict": verdict,
                                 "expires": expires, "reason": reason, "owner": owner})  # fmt: skip


def environment(product: str, *plugins: str, compat: Sequence[str] = ()) -> Environment:
    return Environment(
        server=Server(
            product=Ref.model_validate(product),
            plugins=tuple(map(Ref.model_validate, plugins)),
            compat=tuple(map(Ref.model_validate, compat)),
        )
    )


def verdict(words: str) -> Verdict:
    """``regression``, or ``regression:fingerprint``."""
    name, _, fingerprint = words.partition(":")
    failed = name in ("regression", "broken-both")
    error = Evidence(side="after", layer="server", step=1, time_s=1.0, kind="log", text=f"KeyError {fingerprint}")
    environment = Environment.model_validate({"server": {"product": "shop@1.12.4"}})
    return Verdict.model_validate(
        {
            "verdict": name,
            "layer": "server" if failed else None,
            "step": FailedStep(number=1, description="Open") if failed else None,
            "reason": name,
            "reason_said": Said(text="it is {name}", values={"name": name}),
            "errors": (error,) if failed else (),
            "fingerprint": (fingerprint or X) if failed else "",
            "environments": {"before": environment, "after": environment},
        }
    )


def locked(environment: Environment, **versions: str) -> LockedEnvironment:
    exact = {
        path: versions.get(path.rpartition(".")[2], ref.version.removesuffix(".*"))
        for path, ref in wanted_versions(environment).items()
    }
    package = Package(installer="npm", name="shop", version=exact["server.product"], checksum="sha256:" + 64 * "0")
    return LockedEnvironment(versions=exact, server=LockedSet(product=(package,)), browser=LockedSet())


def lock_of(cell: Cell) -> Lock:
    return Lock(digest="", machine="x86_64", bases=(), environments=tuple(map(locked, cell.file.environments)))


@dataclass
class Board:
    """Remembers what it is told."""

    results: list[CellResult] = field(default_factory=list)

    def stage(self, what: Message) -> None: ...

    def cells(self, total: int) -> None: ...

    def cell(self, cell_id: str) -> Silent:
        return Silent()

    def ended(self, result: CellResult) -> None:
        self.results.append(result)
