"""build: a context to an image, skipped where its tag exists.

The engine's classic builder knows no owner of what it makes on the way. So every
build begins with a label that names its owner, which the intermediate containers and
images inherit, and ends with one that takes it back. Where we die, the engine stops
the build, and the next sweep finds what is left by that label.
"""

import json
import re
import secrets
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.engine import owner
from harness.engine.archive import tar
from harness.engine.client import Engine, disk_full, translated
from harness.engine.locks import only_one
from harness.engine.sweep import remove_run
from harness.errors import BuildError, EngineError
from harness.language import Message

if TYPE_CHECKING:
    from harness.model import Context, Image

SILENCE_S = 1800  # a build that prints nothing for so long has failed
TAIL_LINES = 40
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # the classic builder's, of what a command printed as errors


def built(engine: Engine, tag: str) -> "Image | None":
    """The image of that tag, if the engine has it. EngineError where the engine fails."""
    from docker.errors import ImageNotFound, NotFound

    from harness.model import Image

    with translated(Message("the engine did not look up the image {tag}", tag=tag)):
        try:
            found = engine.calls.inspect_image(tag)
        except (ImageNotFound, NotFound):
            return None
    return Image(tag=tag, id=str(found["Id"]))


def tags(engine: Engine, repository: str) -> tuple[str, ...]:
    """``repository:tag`` of every image of a repository. EngineError where the engine fails."""
    with translated(Message("the engine did not list its images")):
        found = engine.calls.images(name=repository)
    return tuple(tag for image in found for tag in image.get("RepoTags") or ())


def build(engine: Engine, context: "Context", *, log: Path, on_line: Callable[[str], None] | None = None) -> "Image":
    """Build ``context`` without a network; only one process builds a tag, the others wait for it.

    What the build prints is appended to ``log``, and handed to ``on_line`` line by
    line. BuildError, with the step that failed, where the Dockerfile does not build;
    EngineError where the engine or its disk fails. Nothing is left of a failed build.
    """
    if image := built(engine, context.tag):
        return image
    with only_one("build", engine.endpoint, context.tag):
        if image := built(engine, context.tag):
            return image
        _build(engine, context, log, on_line)
    image = built(engine, context.tag)
    if image is None:
        raise EngineError(Message("the image {tag} is gone as soon as it was built", tag=context.tag))
    return image


def _build(engine: Engine, context: "Context", log: Path, on_line: Callable[[str], None] | None) -> None:
    run_id = f"build-{secrets.token_hex(6)}"
    log.parent.mkdir(parents=True, exist_ok=True)
    done = False
    try:
        with log.open("a", encoding="utf-8") as out:

            def say(line: str) -> None:
                out.write(line + "\n")
                if on_line:
                    on_line(line)

            say(f"# {context.tag} ({context.name}, from {context.parent})")
            with (
                translated(Message("building the image of the {name} failed", name=context.name), BuildError),
                closing(_send(engine, context, run_id)) as events,
            ):
                _follow(context, events, say)
        done = True
    finally:
        if not done:
            with suppress(EngineError):
                remove_run(engine, run_id)


def _send(engine: Engine, context: "Context", run_id: str) -> "Generator[dict[str, Any]]":
    from harness.model import File

    dockerfile = File.of(".harness.Dockerfile", labelled(context.dockerfile, run_id).encode())
    events: Generator[dict[str, Any]] = engine.calls.build(
        fileobj=tar([*context.files, dockerfile]),
        custom_context=True,
        dockerfile=dockerfile.path,
        tag=context.tag,
        decode=True,
        rm=True,
        forcerm=True,
        nocache=True,
        network_mode="bridge" if context.egress else "none",
        timeout=SILENCE_S,
    )
    return events


def labelled(dockerfile: str, run_id: str) -> str:
    """The Dockerfile with its owner after every ``FROM``, and with none at the end."""
    own = label(owner.labels(run_id, "build"))
    lines = [f"{line}\n{own}" if line.startswith("FROM ") else line for line in dockerfile.rstrip().splitlines()]
    return "\n".join([*lines, label(owner.image_labels()), ""])


def label(labels: dict[str, str]) -> str:
    """Labels as a line of a Dockerfile."""
    return "LABEL " + " ".join(f"{name}={json.dumps(value)}" for name, value in labels.items())


def _follow(context: "Context", events: "Iterable[dict[str, Any]]", say: Callable[[str], None]) -> None:
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    step, open_line = "", ""
    for event in events:
        text = str(event.get("stream") or event.get("status") or "")
        open_line += text if event.get("stream") else text + "\n"
        *lines, open_line = _COLOUR.sub("", open_line).replace("\r\n", "\n").split("\n")
        for line in filter(str.strip, lines):
            if owner.OWNER_PID in line:  # of our own step
                continue
            say(line)
            tail.append(line)
            if line.startswith("Step ") and " : " in line:
                step = line.split(" : ", 1)[1]
        if "error" in event:
            said = str(event["error"])
            say(said)
            tail.append(said)
            raise _failed(context, step, said, "\n".join(tail))


def _failed(context: "Context", step: str, said: str, log: str) -> EngineError:
    what = Message(
        "building the image of the {name} failed at `{step}`: {said}", name=context.name, step=step, said=said
    )
    advice = Message("what it printed at last:\n{log}", log=log)
    if step.startswith('RUN ["'):  # a command of `setup`
        advice = Message(
            "what it printed at last:\n{log}\n"
            "where that fails at the customer's since the upgrade, too, put it into `start`: a product that does not "
            "start any more has a verdict",
            log=log,
        )
    return disk_full(said) or BuildError(what, advice, log=log)
