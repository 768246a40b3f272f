"""The seed of a recipe as scripts: one for each row of entries that are done in the same container."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlsplit

from harness.compose.images import HOME, ProjectImage
from harness.model import File, Recipe, SeedRequest
from harness.model.seed import Seed
from harness.replicas import seeding
from harness.replicas.specs import PRODUCT

Commands = Callable[[Sequence[Sequence[str]]], list[list[str]]]


@dataclass(frozen=True, kw_only=True)
class Row:
    """Entries that follow each other and are done in the product's container, or in that of a service."""

    service: str  # empty: the product
    entries: tuple[Seed, ...]


def rows(recipe: Recipe) -> Iterator[Row]:
    """All that is done before the product starts."""
    early = [entry for entry in recipe.seed if not entry.is_late]
    for service, entries in groupby(early, lambda entry: entry.load.service if entry.load else ""):
        yield Row(service=service, entries=tuple(entries))


def script(row: Row, name: str, recipe: Recipe, commands: Commands, load: seeding.Load) -> tuple[File, ...]:
    """The script ``<name>/run`` of a row, and what it needs beside it. InputError as ``seeding``."""
    lines, files = [], []
    for number, entry in enumerate(row.entries, start=1):
        place = f"{name}/{number}"
        if entry.files:
            files += [_below(place, file) for file in seeding.files_of(recipe.folder, entry.files.source)]
            to = shlex.quote(entry.files.to)
            lines.append(f"mkdir -p {to} && cp -R {HOME}/{place}/. {to}")
        elif entry.load:
            files.append(_below(place, seeding.file_of(recipe.folder, entry.load.file, "seed.sql")))
            lines.append(shlex.join(load(row.service, f"{HOME}/{place}/seed.sql")))
        elif entry.run:
            lines.append(shlex.join(commands([entry.run])[0]))
    return (*files, commanded(name, lines))


def commanded(name: str, lines: Sequence[str]) -> File:
    """A script of its own."""
    return File.of(f"{name}/run", "\n".join(["set -eu", *lines, ""]).encode())


def requests(recipe: Recipe, name: str, port: int, image: ProjectImage) -> str:
    """Add the requests of a seed to an image; returns the folder that they are in there, empty where there are none."""
    wanted = [entry.request for entry in recipe.seed if entry.request]
    for number, one in enumerate(wanted, start=1):
        image.add(
            File.of(f"{name}/{number}.http", _on_the_line(one, port)),
            File.of(f"{name}/{number}.status", str(one.status).encode()),
        )
    return f"{HOME}/{name}" if wanted else ""


def _on_the_line(one: SeedRequest, port: int) -> bytes:
    """A request as it is sent, RFC 9112."""
    from requests import Request

    prepared = Request(
        one.method,
        f"http://{PRODUCT}:{port}{one.path}",
        json=one.json_body,
        data=one.form or None,
        headers=one.headers,
    ).prepare()
    body = prepared.body or b""
    headers = {"Host": urlsplit(str(prepared.url)).netloc, "Accept": "*/*", **prepared.headers, "Connection": "close"}
    lines = [f"{prepared.method} {prepared.path_url} HTTP/1.1", *(f"{name}: {text}" for name, text in headers.items())]
    head = "".join(f"{line}\r\n" for line in (*lines, ""))
    return head.encode("latin-1") + (body.encode() if isinstance(body, str) else body)


def _below(place: str, file: File) -> File:
    return File(path=f"{place}/{file.path}", sha256=file.sha256, content=file.content, executable=file.executable)
