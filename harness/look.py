"""look: a comparison and what was seen of both sides → the comparison with what a person sees differ. No engine.

What differs between replays of one side, with nothing changed, is no difference, neither of words nor of pictures.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.evidence import RunFolder, differing, write_whole
from harness.facts.appearance import appearances, noise_of
from harness.model import Appearance, Comparison, PictureChange, Screenshot, Trace

if TYPE_CHECKING:
    from PIL.Image import Image

FOLDER = "differences"


@dataclass(frozen=True, kw_only=True)
class Watched:
    """Both sides of one run, and where their pictures are."""

    folder: RunFolder
    before: Trace
    after: Trace


def look(comparison: Comparison, run: Watched, equals: Sequence[Watched] = ()) -> Comparison:
    """With its ``appearance``, and ``differences/<step>.png`` in the folder for each picture that differs.

    ``equals`` are further runs of the same two sides, with nothing changed.
    """
    steps = [pair.number for pair in comparison.steps if "not-run" not in (pair.before, pair.after)]
    every = (run, *equals)
    noise = noise_of([one.before for one in every], [one.after for one in every])
    found = {one.step: one for one in appearances(run.before, run.after, steps, noise)}
    pictures: dict[tuple[Path | None, Path | None], PictureChange | None] = {}
    for step in steps:
        both = _shot(run.folder, run.before, step), _shot(run.folder, run.after, step)
        if both not in pictures:
            pictures[both] = _picture(step, *both, run, equals)
        if picture := pictures[both]:
            found[step] = found.get(step, Appearance(step=step)).model_copy(update={"picture": picture})
    return comparison.model_copy(update={"appearance": tuple(found[step] for step in steps if step in found)})


def _picture(
    step: int, old: Path | None, new: Path | None, run: Watched, equals: Sequence[Watched]
) -> PictureChange | None:
    """What differs to the eye at the end of a step; None where nothing does, or a picture is missing or damaged."""
    name = f"{FOLDER}/{step:02}.png"
    (run.folder.path / name).unlink(missing_ok=True)
    if old is None or new is None:
        return None
    with suppress(OSError, ValueError):
        mask = differing.mask(old, new)
        if mask is None:
            return None
        mask = differing.without(mask, _noise(step, old, new, equals))
        regions = differing.regions(mask)
        if regions:
            write_whole(run.folder.path / name, differing.marked(new, mask))
            return PictureChange(path=name, share=differing.share(mask), regions=regions)
    return None


def _noise(step: int, old: Path, new: Path, equals: Sequence[Watched]) -> "Iterator[Image]":
    for one in equals:
        for ours, other in ((old, _shot(one.folder, one.before, step)), (new, _shot(one.folder, one.after, step))):
            mask = differing.mask(ours, other) if other else None
            if mask is not None:
                yield mask


def _shot(folder: RunFolder, trace: Trace, step: int) -> Path | None:
    """The picture of a step; where none was taken anew, nothing had changed since the last one."""
    taken = [one for one in trace.observations if isinstance(one, Screenshot) and one.step <= step]
    return folder.evidence(max(taken, key=lambda one: one.step).path) if taken else None
