"""Which files of a folder go to the engine: what its ``.dockerignore`` leaves, as Docker's own client has it."""

from pathlib import Path

FILE = ".dockerignore"


def sent(folder: Path, dockerfile: str) -> frozenset[str]:
    """Paths below ``folder``, with forward slashes, that are not ignored; a folder is among them where it is not."""
    from docker.utils.build import exclude_paths

    ignore = folder / FILE
    lines = ignore.read_text("utf-8", "replace").splitlines() if ignore.is_file() else []
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return frozenset(path.replace("\\", "/") for path in exclude_paths(str(folder), patterns, dockerfile=dockerfile))
