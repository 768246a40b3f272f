"""seed: what a recipe wants to be in a replica before anybody uses it, put there."""

import hashlib
import os
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from harness import masking
from harness.engine.containers import Running
from harness.errors import InputError, ReplicaError
from harness.language import Message
from harness.masking import Secrets
from harness.model import Fault, File, Recipe, Scenario, SeedRequest, Trace

if TYPE_CHECKING:
    from requests import Session

REQUEST_TIMEOUT_S = 60.0
ANSWER_SHOWN = 2000  # characters, in the log
COMMAND_SHOWN = 120  # characters, in a message
PLACE = "/tmp"  # of a file that is loaded, in its service's container

Commands = Callable[[Sequence[Sequence[str]]], list[list[str]]]
"""Commands of a recipe with their templates filled in."""

Load = Callable[[str, str], tuple[str, ...]]
"""The command by which a service takes in what is in a file in its container."""

Replay = Callable[[Scenario], Trace]
"""Replays a scenario in the replica that is seeded; BrowserError where its browser does not start."""


class CommandLog:
    """A log of commands and what they printed, without secrets."""

    def __init__(self, path: Path, secrets: Secrets) -> None:
        self.path = path
        self._file = path.open("a", encoding="utf-8", errors="replace")
        self._secrets = secrets

    def __enter__(self) -> "CommandLog":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def masked(self, text: str) -> str:
        return masking.text(text, self._secrets)

    def write(self, text: str) -> None:
        self._file.write(self.masked(text).rstrip("\n") + "\n")
        self._file.flush()

    def run(self, container: Running, command: Sequence[str]) -> tuple[int, str]:
        """Exit code, and output without secrets, of a command in a container. EngineError where it cannot be run."""
        self.write(f"$ {shlex.join(command)}")
        code, output = container.execute(*command)
        self.write(f"{output.rstrip()}\n[exit code {code}]".lstrip())
        return code, self.masked(output)


def recorded(recipe: Recipe, commands: Commands) -> list[Any]:
    """All that the seed of a recipe depends on, for a digest. InputError where a file leads out of the recipe."""
    found: list[Any] = []
    for entry in recipe.seed:
        if entry.files:
            files = [[file.path, file.sha256, file.executable] for file in files_of(recipe.folder, entry.files.source)]
            found.append(["files", entry.files.to, files])
        elif entry.load:
            kind = "sql" if entry.sql else "ldif"
            found.append([kind, entry.load.service, file_of(recipe.folder, entry.load.file, "").sha256])
        elif entry.run:
            found.append(["run", *commands([entry.run])])
        elif entry.request:
            found.append(["request", entry.request.model_dump(mode="json")])
        elif entry.scenario:
            found.append(["scenario", file_of(recipe.folder, entry.scenario, "").sha256])
    return found


def before_start(
    recipe: Recipe,
    commands: Commands,
    product: Running,
    services: Mapping[str, Running],
    load: Load,
    log: CommandLog,
) -> None:
    """Do what comes before the product starts, which waits behind its gate. ReplicaError where some of it fails."""
    for entry in recipe.seed:
        if entry.files:
            log.write(f"# {entry.files.source} → {entry.files.to}")
            product.put(files_of(recipe.folder, entry.files.source), entry.files.to)
        elif entry.load:
            name, file = entry.load.service, file_of(recipe.folder, entry.load.file, "seed.sql")
            services[name].put([file], PLACE)
            command = load(name, f"{PLACE}/{file.path}")
            log.write(f"# {entry.load.file} → {name}")
            _done(recipe, services[name], command, log)
        elif entry.run:
            _done(recipe, product, commands([entry.run])[0], log)


def after_start(recipe: Recipe, address: tuple[str, int], replay: Replay, log: CommandLog) -> None:
    """Do what comes when the product answers, at ``address``. ReplicaError where a request is answered otherwise than
    it should be, or a step of a scenario fails; BrowserError."""
    late = [entry for entry in recipe.seed if entry.is_late]
    if not late:
        return
    import requests

    with requests.Session() as session:
        session.trust_env = False  # a proxy of the host is not for a replica
        for entry in late:
            if entry.scenario:
                _replayed(recipe, entry.scenario, replay, log)
            elif entry.request:
                _requested(recipe, entry.request, session, address, log)


def shown(command: Sequence[str]) -> str:
    """A command in one line that is not too long for a message."""
    line = " ".join(shlex.join(command).split())
    return line if len(line) <= COMMAND_SHOWN else line[:COMMAND_SHOWN] + " …"


def _done(recipe: Recipe, container: Running, command: Sequence[str], log: CommandLog) -> None:
    code, output = log.run(container, command)
    if code:
        what = Message(
            "the seed of {recipe} fails: `{command}` ended with exit code {code}",
            recipe=recipe.name,
            command=log.masked(shown(command)),
            code=code,
        )
        raise ReplicaError(what, Message("see {path}", path=log.path), log=output)


def _replayed(recipe: Recipe, name: str, replay: Replay, log: CommandLog) -> None:
    log.write(f"# {name}")
    trace = replay(recipe.scenarios[name])
    for one in trace.outcomes:
        log.write(f"{one.number} {one.action}: {one.outcome}")
    stopped = trace.fault or trace.failed
    if stopped is None:
        return
    what = Message(
        "the seed of {recipe} fails at step {number} of {scenario}: {why}",
        recipe=recipe.name,
        number=stopped.step if isinstance(stopped, Fault) else stopped.number,
        scenario=name,
        why=stopped.reason.message() if stopped.reason else "",
    )
    raise ReplicaError(what, Message("see {path}", path=log.path))


def _requested(recipe: Recipe, one: SeedRequest, session: "Session", address: tuple[str, int], log: CommandLog) -> None:
    from requests import RequestException

    try:
        answer = session.request(
            one.method,
            f"http://{address[0]}:{address[1]}{one.path}",
            json=one.json_body,
            data=one.form or None,
            headers=one.headers,
            timeout=REQUEST_TIMEOUT_S,
            allow_redirects=False,
        )
    except RequestException as exc:
        raise _unanswered(recipe, one, type(exc).__name__, log) from exc
    log.write(f"> {one.method} {one.path}\n< HTTP {answer.status_code} {answer.text[:ANSWER_SHOWN]}")
    if answer.status_code != one.status:
        raise _unanswered(recipe, one, f"HTTP {answer.status_code}", log)


def _unanswered(recipe: Recipe, one: SeedRequest, seen: str, log: CommandLog) -> ReplicaError:
    what = Message(
        "the seed of {recipe} fails: {method} {path} should be answered with HTTP {status}, and came to {seen}",
        recipe=recipe.name,
        method=one.method,
        path=one.path,
        status=one.status,
        seen=seen,
    )
    return ReplicaError(what, Message("see {path}", path=log.path))


def files_of(folder: Path, source: str) -> Iterable[File]:
    return [file_of(folder, path.relative_to(folder).as_posix(), path.relative_to(folder / source).as_posix())
            for path in _below(folder / source)]  # fmt: skip


def _below(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def file_of(folder: Path, name: str, place: str) -> File:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(Message("{path} lies outside of the recipe", path=path))
    try:
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as exc:
        raise InputError(Message("{path} cannot be read: {reason}", path=path, reason=exc.strerror)) from exc
    return File(path=place, sha256=digest, content=path, executable=os.access(path, os.X_OK))
