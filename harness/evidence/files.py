"""Files and folders of evidence: there complete or not at all, read with words for what is wrong."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from harness.errors import InputError
from harness.language import Language, Message

if TYPE_CHECKING:
    from harness.protocols import Report

NAME_MAX = 60
ADVICE = Message("name a folder of .harness/runs, or write `latest`")
M = TypeVar("M", bound=BaseModel)


def new_folder(root: Path, name: str) -> Path:
    """A new folder ``<root>/<local time>-<name>``, unique among processes too. InputError where it
    cannot be made."""
    stem = f"{datetime.now():%Y%m%d-%H%M%S}-{_plain(name)}"
    try:
        root.mkdir(parents=True, exist_ok=True)
        for number in range(1, 10_000):
            path = root / (stem if number == 1 else f"{stem}-{number}")
            try:
                path.mkdir()
            except FileExistsError:
                continue
            return path
    except OSError as exc:
        raise InputError(
            Message("cannot make a run folder in {path}: {why}", path=root, why=exc.strerror or exc),
            Message("start harness in a folder that you may write to"),
        ) from exc
    raise InputError(Message("cannot make a run folder in {path}: {why}", path=root, why=stem))


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that it is there complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as out:
        out.write(content.encode("utf-8", "replace") if isinstance(content, str) else content)


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to, which is there complete once the block ends, or not at all."""
    handle, part = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
        Path(part).chmod(0o644)
        Path(part).replace(path)
    finally:
        Path(part).unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A folder to write into, which is there complete once the block ends, or not at all. InputError where
    nothing can be written there."""
    try:
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=path.parent))
        try:
            yield part
            part.chmod(0o755)
            part.rename(path)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except OSError as exc:
        raise unwritable(path, exc) from exc


def unwritable(path: Path, why: OSError) -> InputError:
    return InputError(
        Message("{path} cannot be written: {why}", path=path, why=why.strerror or why),
        Message("name a place that you may write to and that has room"),
    )


def write_reports(folder: Path, lang: Language, reports: "Iterable[Report]") -> tuple[Path, ...]:
    """Render reports of what is in a folder into it; returns the files. InputError where something is missing."""
    written = []
    for report in reports:
        write_whole(folder / report.file, report.render(folder, lang))
        written.append(folder / report.file)
    return tuple(written)


def linked(source: Path, target: Path) -> None:
    """The same file in another place: a hard link, or a copy where the file system has none."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def read_model(path: Path, model: type[M]) -> M:
    try:
        return model.model_validate_json(path.read_bytes())
    except FileNotFoundError as exc:
        raise InputError(
            Message("{path} is not there: the run did not get so far", path=path),
            Message("look at the logs in it"),
        ) from exc
    except (OSError, ValidationError) as exc:
        raise damaged(path, exc) from exc


def damaged(path: Path, why: object) -> InputError:
    first = "; ".join(str(why).splitlines()[:3])
    return InputError(
        Message("{path} is damaged: {why}", path=path, why=first),
        Message("it was changed by hand, or made by another version of harness; run the case again"),
    )


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-.")[:NAME_MAX] or "run"
