"""Removing what processes of ours left behind, and listing what there is."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, time
from typing import Any, Literal

from harness.cache import cache_folder
from harness.engine import owner
from harness.engine.client import Engine, translated
from harness.engine.polling import until
from harness.language import Message

Kind = Literal["container", "network", "volume", "image", "folder"]
GONE_S = 20  # until a removal that somebody else began is done, or everything is
QUIET_S = 0.3  # without anything new, after something was found
TRIES = 3  # to remove what somebody else still uses
PARTIAL_FILE_S = 3600  # a file of the cache that nobody has written to for so long is nobody's


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """One thing of ours: a container, network, volume, image of an unfinished build or temporary folder."""

    kind: Kind
    id: str
    name: str
    run_id: str
    role: str
    owner_alive: bool
    created: str  # RFC 3339


@dataclass(frozen=True, kw_only=True)
class Swept:
    """How many of each were removed."""

    containers: int = 0
    networks: int = 0
    volumes: int = 0
    images: int = 0
    folders: int = 0

    def words(self) -> Message:
        """What was removed, for people."""
        return Message(
            "removed: {containers} containers, {networks} networks, {volumes} volumes, {images} images, "
            "{folders} temporary folders",
            **vars(self),
        )

    def __add__(self, other: "Swept") -> "Swept":
        return Swept(**{name: count + getattr(other, name) for name, count in vars(self).items()})

    def __bool__(self) -> bool:
        return any((self.containers, self.networks, self.volumes, self.images, self.folders))


def leftovers(engine: Engine) -> tuple[Leftover, ...]:
    """Everything of ours on the engine and in the temporary folder, with the living owners' too.

    Images are those of unfinished builds only. EngineError where the engine fails.
    """
    api = engine.calls
    mine = {"label": owner.OWNER_PID}
    asks: tuple[Callable[[], Iterable[Leftover]], ...] = (
        lambda: [_row("container", one, one["Names"]) for one in api.containers(all=True, filters=mine)],
        lambda: [_row("network", one, one["Name"]) for one in api.networks(filters=mine)],
        lambda: [_row("volume", one, one["Name"]) for one in api.volumes(filters=mine)["Volumes"] or ()],
        lambda: [_row("image", one, "") for one in api.images(filters={**mine, "dangling": True})],
    )
    with translated(Message("the engine did not list what is ours")), ThreadPoolExecutor(len(asks)) as pool:
        found = [
            row for future in [pool.submit(ask) for ask in asks] for row in future.result() if row.run_id or row.role
        ]
    return (*found, *_folders())


def sweep(engine: Engine) -> Swept:
    """Remove what dead owners left: on the engine, and temporary folders. EngineError where the engine fails."""
    _stale_files()
    return _remove_all(engine, lambda row: not row.owner_alive)


def remove(engine: Engine, *, run_id: str | None = None, images: bool = False) -> Swept:
    """Remove what is ours, also the living owners': all, or that of one run (or of all whose ids go
    on after it with a slash); with ``images`` what was built too.

    Temporary folders of the living stay. EngineError where the engine fails.
    """
    if run_id is None:
        swept = _remove_all(engine, lambda row: row.kind != "folder" or not row.owner_alive)
    else:
        swept = _remove_all(engine, lambda row: row.run_id == run_id or row.run_id.startswith(f"{run_id}/"))
    return swept + Swept(images=_remove_built(engine)) if images else swept


def remove_run(engine: Engine, run_id: str) -> Swept:
    """Remove what is left of one run of this process. EngineError where the engine fails."""
    return _remove_all(engine, lambda row: row.run_id == run_id)


def _remove_all(engine: Engine, chosen: Callable[[Leftover], bool]) -> Swept:
    """Remove what is chosen until nothing of it has turned up for a while.

    What a dead process had asked for may come into being after the first look: the
    engine finishes a request although nobody waits for its answer.
    """
    swept, tries, seen_s = Swept(), Counter[str](), monotonic()

    def quiet() -> bool:
        nonlocal swept, seen_s
        rows = [row for row in leftovers(engine) if chosen(row) and tries[row.id] < TRIES]
        if rows:
            swept += _remove(engine, rows)
            tries.update(row.id for row in rows)
            seen_s = monotonic()
        return not tries or monotonic() - seen_s >= QUIET_S

    until(quiet, GONE_S)
    return swept


def _row(kind: Kind, found: Mapping[str, Any], name: str | list[str]) -> Leftover:
    """From one entry of the engine's lists; without run and role where strangers run an image of ours."""
    labels: Mapping[str, str] = found.get("Labels") or {}
    key = found["Name"] if kind == "volume" else found["Id"]
    named = (name[0] if name else "").lstrip("/") if isinstance(name, list) else name
    return _leftover(kind, key, named or key[7:19], labels)


def _leftover(kind: Kind, key: str, name: str, labels: Mapping[str, str]) -> Leftover:
    ours = owner.owned(labels)
    return Leftover(
        kind=kind,
        id=key,
        name=name,
        run_id=labels.get(owner.RUN, "") if ours else "",
        role=labels.get(owner.ROLE, "") if ours else "",
        owner_alive=owner.alive(labels),
        created=labels.get(owner.CREATED, ""),
    )


def _folders() -> tuple[Leftover, ...]:
    root = owner.temporary_root()
    rows = []
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        try:
            labels = owner.folder_labels(folder)
        except FileNotFoundError:  # its owner was quicker
            continue
        if labels:
            rows.append(_leftover("folder", str(folder), folder.name, labels))
    return tuple(rows)


def _remove(engine: Engine, rows: Iterable[Leftover]) -> Swept:
    """Containers first, because they use the others; within a kind side by side."""
    rows = tuple(rows)
    counts: dict[str, int] = {}
    with ThreadPoolExecutor(8) as pool:
        for kinds in (("container",), ("network", "volume", "image", "folder")):
            chosen = [row for row in rows if row.kind in kinds]
            for row, gone in zip(chosen, pool.map(lambda row: _remove_one(engine, row), chosen), strict=True):
                counts[f"{row.kind}s"] = counts.get(f"{row.kind}s", 0) + gone
    return Swept(**counts)


def _remove_one(engine: Engine, row: Leftover) -> bool:
    from docker.errors import APIError, NotFound

    if row.kind == "folder":
        return owner.remove_tree(Path(row.id))
    api = engine.calls
    remove: Mapping[str, Callable[[], Any]] = {
        "container": lambda: api.remove_container(row.id, force=True, v=True),
        "network": lambda: api.remove_network(row.id),
        "volume": lambda: api.remove_volume(row.id, force=True),
        "image": lambda: api.remove_image(row.id),
    }
    with translated(Message("the engine did not remove the {kind} {name}", kind=row.kind, name=row.name)):
        try:
            remove[row.kind]()
        except NotFound:
            return False
        except APIError as exc:  # somebody else removes it (409), or still uses it (403, 409): the next sweep's
            if row.kind == "container" and exc.status_code == 409:
                until(lambda: _is_gone(engine, row.id), GONE_S)
            if exc.status_code not in (403, 409) and row.kind != "image":  # a busy engine fails at those with 500
                raise
            return False
    return True


def _is_gone(engine: Engine, container: str) -> bool:
    from docker.errors import NotFound

    try:
        engine.calls.inspect_container(container)
    except NotFound:
        return True
    return False


def _remove_built(engine: Engine) -> int:
    """Remove every image we made, and those that lost their tag; one that a container uses stays."""
    from docker.errors import APIError

    removed = 0
    with translated(Message("the engine did not remove the images")):
        for image in engine.calls.images(filters={"label": owner.ROLE}):
            tags = [tag for tag in image.get("RepoTags") or () if tag != "<none>:<none>"]
            names = [tag for tag in tags if re.match(r"(localhost/)?harness/", tag)]
            for name in names or ([] if tags else [image["Id"]]):
                try:
                    engine.calls.remove_image(name)
                    removed += 1
                except APIError as exc:
                    if exc.status_code not in (404, 409):
                        raise
    return removed


def _stale_files() -> None:
    """Drop what a killed process had half written to the cache."""
    for part in (cache_folder() / "files").glob(".part-*"):
        try:
            if time() - part.stat().st_mtime > PARTIAL_FILE_S:
                part.unlink(missing_ok=True)
        except FileNotFoundError:  # its owner was quicker
            continue
