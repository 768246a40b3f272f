"""What instructions of a Dockerfile are made of, and contexts of them."""

import json
import re
import shlex
from collections.abc import Iterable
from dataclasses import replace

from harness.errors import InputError
from harness.language import Message
from harness.model import Context
from harness.protocols import Contents, Site


def with_user(contents: Contents, site: Site, folder: str) -> Contents:
    """The same, with the user things run as, and a folder of theirs."""
    user, folder = shlex.quote(site.user), shlex.quote(folder)
    line = (
        f"RUN id -u {user} >/dev/null 2>&1 || useradd --create-home --user-group --shell /usr/sbin/nologin {user}; "
        f"install -d -o {user} {folder}"
    )
    return replace(contents, instructions=(*contents.instructions, line))


def joined(parts: Iterable[Contents]) -> Contents:
    found = list(parts)
    return Contents(
        files=tuple(file for part in found for file in part.files),
        instructions=tuple(line for part in found for line in part.instructions),
        parent=next((part.parent for part in found if part.parent), ""),
        below=tuple(context for part in found for context in part.below),
    )


def context(name: str, parent: str, contents: Contents) -> Context:
    dockerfile = "\n".join([f"FROM {parent}", *contents.instructions, ""])
    return Context(name=name, parent=parent, dockerfile=dockerfile, files=contents.files)


def exec_form(words: Iterable[str]) -> str:
    """The form of a command in which neither Docker nor a shell changes anything."""
    return json.dumps(list(words), ensure_ascii=False)


def quoted(value: str, name: str) -> str:
    """A value of ENV as it is meant: Docker expands ``$`` in it."""
    if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) or not (value.isprintable() or not value):
        raise InputError(Message("`{name}` is no environment variable that an image can have", name=name))
    return '"' + re.sub(r'([\\"$])', r"\\\1", value) + '"'


def folder_word(path: str) -> str:
    if not re.fullmatch(r"/[\w./+@-]*", path):
        raise InputError(Message("`{path}` is no folder that an image can have", path=path))
    return path
