"""What the names of distributions say: wheels as the binary distribution format has them, sdists as PEP 625."""

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion


def distribution(file: str) -> tuple[str, str] | None:
    """Name and version in their normal forms (PEP 503, PEP 440); None for files that are no package."""
    try:
        parse = parse_wheel_filename if file.endswith(".whl") else parse_sdist_filename
        name, version, *_ = parse(file)
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None
    return str(canonicalize_name(name)), str(version)
