"""The images of a project: each a chain of contexts in one folder with one Dockerfile."""

import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import InputError
from harness.evidence import linked
from harness.language import Message
from harness.model import Context, File
from harness.render import write_chain, write_file
from harness.replicas.specs import TEMPLATES

HOME = "/opt/project"  # in an image: what the project adds to that of the replica
PROGRESS = f"{HOME}/progress"
BASE_FILE, ADDED = "base.tar.gz", "project"
KEY = b"PRIVATE KEY"  # in PEM
_COPY = re.compile(r"(?P<word>(?i:COPY|ADD))\s+(?P<options>(?:--\S+\s+)*)(?P<rest>.+)")


@dataclass(kw_only=True)
class ProjectImage:
    """One image: that of the replica, and what the project puts on top of it."""

    chain: tuple[Context, ...]
    folder: str  # in the project's
    user: str  # who runs it
    command: tuple[str, ...] = ()  # that it starts; empty where nobody asked
    files: dict[str, File] = field(default_factory=dict)  # below HOME, by their path there
    copied: dict[str, tuple[File, ...]] = field(default_factory=dict)  # folder of the image -> files of its user
    as_root: dict[str, None] = field(default_factory=dict)  # instructions, each once
    as_user: dict[str, None] = field(default_factory=dict)

    @property
    def reference(self) -> str:
        """What it already is, where it is given and nothing comes on top of it; else empty."""
        nothing = not (self.files or self.copied or self.as_root or self.as_user or merged(self.chain))
        return self.chain[0].parent if nothing else ""

    @property
    def egress(self) -> bool:
        return any(context.egress for context in self.chain)

    def add(self, *files: File) -> None:
        """Files below HOME."""
        self.files |= {file.path: file for file in files}

    def add_templates(self, *names: str) -> None:
        """Programs of ours: ``once.sh`` …"""
        for name in names:
            self.add(File.of(name, (TEMPLATES / f"compose-{name}").read_bytes()))

    def keeps(self, folder: str) -> None:
        """A folder that a volume comes to lie over is there, and its user's."""
        where = shlex.quote(folder)
        self.as_root[f"RUN mkdir -p {where} && chown {shlex.quote(self.user)} {where}"] = None

    def keeps_progress(self) -> None:
        """The folder in which all services keep what is done."""
        self.as_root[f"RUN mkdir -p {PROGRESS} && chmod 777 {PROGRESS}"] = None

    def dockerfile(self, number: int) -> list[str]:
        """Its instructions below those of the base image; its own files lie in ``<number>-project``."""
        lines, place = list(merged(self.chain)), f"{number}-{ADDED}"
        if self.files:
            lines.append(f"COPY {json.dumps([f'{place}{HOME}', HOME])}")
        owner = f"--chown={self.user} "
        lines += [f"COPY {owner}{json.dumps([f'{place}{folder}', folder + '/'])}" for folder in self.copied]
        if self.as_root:
            lines += ["USER root", *self.as_root, f"USER {self.user}"]
        return [*lines, *self.as_user]

    def added(self) -> dict[str, File]:
        """All files of ours by their place in the image."""
        own = {f"{HOME}/{path}": file for path, file in self.files.items()}
        return own | {f"{folder}/{file.path}": file for folder, files in self.copied.items() for file in files}


def write(image: ProjectImage, folder: Path, parents: Mapping[str, Path]) -> None:
    """Write the contexts of an image, what it adds, and the Dockerfile that makes one image of them.

    ``parents`` has the files (tar.gz) of images that no registry has, by reference.
    """
    place = folder / image.folder
    place.mkdir(parents=True, exist_ok=True)
    for _ in write_chain(image.chain, place, complete=True):
        pass
    number, parent = len(image.chain) + 1, image.chain[0].parent
    first = [f"FROM {parent}"]
    if parent in parents:
        linked(parents[parent], place / BASE_FILE)
        first = ["FROM scratch", f"ADD {BASE_FILE} /"]
    for path, file in image.added().items():
        target = place / f"{number}-{ADDED}" / path.lstrip("/")
        write_file(target, file)
        if KEY in target.read_bytes():
            target.chmod(0o600)
    (place / "Dockerfile").write_text("\n".join([*first, *image.dockerfile(number), ""]), "utf-8")


def merged(chain: Sequence[Context]) -> tuple[str, ...]:
    """The instructions of all contexts of an image in one Dockerfile, whose folder has theirs in it, as
    ``render.write`` numbers them. InputError where one cannot stand there."""
    lines: list[str] = []
    for number, context in enumerate(chain, start=1):
        _, _, rest = context.dockerfile.partition("\n")
        lines += [_moved(line, f"{number}-{context.name}") for line in re.sub(r"\\\n", "", rest).splitlines()]
    return tuple(line for line in lines if line)


def last(lines: Iterable[str], word: str) -> str:
    """What the last instruction of that name says; empty where there is none."""
    found = [line.partition(" ")[2].strip() for line in lines if line.upper().startswith(f"{word} ")]
    return found[-1] if found else ""


def started(lines: Sequence[str]) -> tuple[str, ...]:
    """What an image with these instructions starts; empty where they do not say it."""
    found: list[str] = []
    for word in ("ENTRYPOINT", "CMD"):
        text = last(lines, word)
        if text.startswith("["):
            found += json.loads(text)
        elif text:
            return (*found, "/bin/sh", "-c", text)
    return tuple(found)


def _moved(line: str, folder: str) -> str:
    match = _COPY.fullmatch(line.strip())
    if match is None and not re.match(r"(?i:FROM)\s", line):
        return line
    if match is None or "--from=" in match["options"]:
        raise InputError(Message("`{line}` cannot be exported: it takes from another image", line=line))
    is_json = match["rest"].startswith("[")
    words = json.loads(match["rest"]) if is_json else match["rest"].split()
    moved = [*(f"{folder}/{word}" for word in words[:-1]), words[-1]]
    rest = json.dumps(moved, ensure_ascii=False) if is_json else " ".join(moved)
    return f"{match['word']} {match['options']}{rest}"
