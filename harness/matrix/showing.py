"""A plan for people, for programs, and as the jobs of a CI service. Pure."""

from collections.abc import Iterator
from typing import Any

from harness.errors import InputError
from harness.evidence import SIDES
from harness.language import Language, Message
from harness.matrix.planning import CELLS_MAX, Plan
from harness.model import Environment
from harness.writing import words as shared


def data(plan: Plan) -> dict[str, Any]:
    """Cells with the images that each needs, and the images with the number of cells that share them."""
    images = _images(plan)
    return {
        "name": plan.matrix.name,
        "digest": plan.digest,
        "cut": plan.cut,
        "cells": [
            {
                "id": cell.id,
                "scenario": cell.scenario.name,
                "values": dict(cell.values),
                "before": shared.server(cell.file.side("before")),
                "after": shared.server(cell.file.side("after")),
                "builds": [name for name, users in images.items() if cell.id in users],
            }
            for cell in plan.chosen
        ],
        "images": [{"what": name, "cells": len(users)} for name, users in images.items()],
    }


def words(plan: Plan, lang: Language) -> str:
    """The same as lines of text."""
    images = _images(plan)
    numbers = {name: number for number, name in enumerate(images, 1)}
    lines = [_headline(plan, len(images)).into(lang), ""]
    width = max(len(cell.id) for cell in plan.chosen)
    for cell in plan.chosen:
        old, new = ([numbers[name] for name in _needed(cell.file.side(side))] for side in SIDES)
        lines.append(f"  {cell.id:<{width}}  {_numbered(old)} → {_numbered(new)}")
    lines += ["", Message("What is built, each once:").into(lang)]
    for name, users in images.items():
        count = Message("for {count} cell(s)", count=len(users)).into(lang)
        lines.append(f"  {f'#{numbers[name]}':<4} {name}  ({count})")
    return "\n".join(lines)


def jobs(plan: Plan, shards: int | None = None) -> dict[str, Any]:
    """``include`` of a dynamic job matrix: one job a shard with ``shard``, or one a cell with ``only``;
    each has a ``name``. InputError where there would be more than a service takes."""
    if shards is not None:
        if not 1 <= shards <= CELLS_MAX:
            raise InputError(Message("--shards must be between 1 and {most}", most=CELLS_MAX))
        count = min(shards, len(plan.chosen))
        return {
            "include": [{"name": f"{number}/{count}", "shard": f"{number}/{count}"} for number in range(1, count + 1)]
        }
    if len(plan.chosen) > CELLS_MAX:
        raise InputError(
            Message("{count} cells are more jobs than a CI service takes", count=len(plan.chosen)),
            Message("add --shards {most} or fewer", most=CELLS_MAX),
        )
    return {"include": [{"name": cell.id, "only": cell.id} for cell in plan.chosen]}


def _headline(plan: Plan, images: int) -> Message:
    chosen, every = len(plan.chosen), len(plan.cells)
    values = {"name": plan.matrix.name, "count": chosen, "every": every, "cut": plan.cut, "images": images}
    if plan.cut:
        return Message(
            "{name}: {count} of {every} cells, {cut} more were cut by the budget, {images} images at most", **values
        )
    return Message("{name}: {count} of {every} cells, {images} images at most", **values)


def _numbered(numbers: list[int]) -> str:
    return " ".join(f"#{number}" for number in numbers)


def _images(plan: Plan) -> dict[str, set[str]]:
    """What is built, in words, with the ids of the cells that need it."""
    images: dict[str, set[str]] = {}
    for cell in plan.chosen:
        for side in SIDES:
            for name in _needed(cell.file.side(side)):
                images.setdefault(name, set()).add(cell.id)
    return images


def _needed(environment: Environment) -> Iterator[str]:
    client, server = environment.client, environment.server
    yield f"server   {server.os}  {shared.server(environment)}"
    yield f"browser  {client.browser.host or client.os}  {client.browser}, {client.locale}, {client.timezone}"
