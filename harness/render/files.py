"""Contexts as files."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.model import Context, File, Rendering
from harness.model.lock import LINKS, SERVICES


def write(rendering: Rendering, folder: Path, *, complete: bool = False) -> tuple[Path, ...]:
    """Write every context to ``folder/<image>/<number>-<name>/``; returns these folders.

    Fetched files (packages) are only listed in ``packages.txt``, as ``sha256sum --check``
    reads it; with ``complete`` they are there too, so that ``docker build`` works.
    """
    chains = _chains(rendering).items()
    return tuple(place for image, chain in chains for place in write_chain(chain, folder / image, complete=complete))


def write_chain(chain: Sequence[Context], folder: Path, *, complete: bool = False) -> Iterator[Path]:
    """Write each context of one image to ``folder/<number>-<name>/`` likewise."""
    for number, context in enumerate(chain, start=1):
        place = folder / f"{number}-{context.name}"
        place.mkdir(parents=True, exist_ok=True)
        (place / "Dockerfile").write_text(context.dockerfile, "utf-8")
        listed = []
        for file in sorted(context.files, key=lambda file: file.path):
            if isinstance(file.content, Path) and not complete and file.content.name == file.sha256:
                listed.append(f"{file.sha256}  {file.path}\n")
            else:
                write_file(place / file.path, file)
        if listed:
            (place / "packages.txt").write_text("".join(listed), "utf-8")
        yield place


def _chains(rendering: Rendering) -> Mapping[str, tuple[Context, ...]]:
    services = {f"{SERVICES}{name}": chain for name, chain in rendering.services.items()}
    links = {f"{LINKS}{name}": chain for name, chain in rendering.links.items()}
    return {"server": rendering.server, "browser": rendering.browser, **services, **links}


def write_file(path: Path, file: File) -> None:
    """Write a file of a context."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.content if isinstance(file.content, bytes) else file.content.read_bytes())
    path.chmod(0o755 if file.executable else 0o644)
