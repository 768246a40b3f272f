"""Small archives as registries have them."""

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path


def tarball(
    path: Path, files: Mapping[str, str], *, executable: tuple[str, ...] = (), links: tuple[str, ...] = ()
) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(text.encode()), 1_700_000_000
            member.mode = 0o755 if name in executable else 0o644
            archive.addfile(member, io.BytesIO(text.encode()))
        for name in links:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(member)
    return path


def zipped(path: Path, files: Mapping[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path
