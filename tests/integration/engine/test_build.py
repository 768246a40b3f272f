"""Builds on a real engine: good, bad, without a network, two at once, interrupted and killed."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cache import Cache
from harness.engine import Engine, base_reference, build, built, sweep
from harness.errors import BuildError, EngineError
from harness.model import Base, Context, File
from tests.integration.engine.ours import child, of_process, until_it_says

pytestmark = pytest.mark.engine

BUILD = """
import sys
from pathlib import Path
from harness.engine import build, connect
from harness.model import Context
name, parent, dockerfile, log = sys.argv[1:]
context = Context(name=name, parent=parent, dockerfile=dockerfile)
print("built", build(connect(), context, log=Path(log), on_line=lambda line: print(line, flush=True)).id, flush=True)
"""


class Contexts:
    """Contexts that no other test builds; their images go at the end."""

    def __init__(self, engine: Engine, base: Base) -> None:
        self.engine = engine
        self.parent = base_reference(base)
        self.made: list[Context] = []

    def __call__(self, instructions: str, *files: File) -> Context:
        dockerfile = f"FROM {self.parent}\nENV TEST={secrets.token_hex(6)}\n{instructions}\n"
        self.made.append(Context(name="test", parent=self.parent, dockerfile=dockerfile, files=files))
        return self.made[-1]

    def remove(self) -> None:
        for context in self.made:
            if built(self.engine, context.tag):
                self.engine.client.images.remove(context.tag, force=True)


@pytest.fixture
def context(engine: Engine, base: Base) -> Iterator[Contexts]:
    contexts = Contexts(engine, base)
    yield contexts
    contexts.remove()


def run_in(engine: Engine, tag: str, *command: str) -> str:
    return str(engine.client.containers.run(tag, list(command), remove=True, network_mode="none").decode().strip())


def test_builds_what_the_context_says_and_not_twice(engine: Engine, context: Contexts, tmp_path: Path) -> None:
    _, place = Cache(tmp_path).add([b"from the cache"])
    kept = File(path="deep/er/kept.txt", sha256=place.name, content=place)
    wanted = context(
        "COPY . /srv/\nRUN echo it-runs", kept, File.of("go.sh", b"#!/bin/sh\necho gone\n", executable=True)
    )
    lines: list[str] = []
    image = build(engine, wanted, log=tmp_path / "build.log", on_line=lines.append)
    assert image == built(engine, wanted.tag)
    assert "it-runs" in lines
    assert "it-runs" in (tmp_path / "build.log").read_text()
    assert run_in(engine, wanted.tag, "sh", "-c", "cat /srv/deep/er/kept.txt; /srv/go.sh") == "from the cachegone"
    assert run_in(engine, wanted.tag, "stat", "-c", "%a %u %Y", "/srv/deep/er/kept.txt") == "644 0 0"
    assert run_in(engine, wanted.tag, "stat", "-c", "%a", "/srv/deep/er") == "755"
    labels = engine.client.images.get(wanted.tag).labels
    assert labels["org.harness.role"] == "image"
    assert labels["org.harness.owner-pid"] == ""
    lines.clear()
    assert build(engine, wanted, log=tmp_path / "build.log", on_line=lines.append) == image
    assert lines == []


def test_a_step_has_no_network(engine: Engine, context: Contexts, tmp_path: Path) -> None:
    lines: list[str] = []
    build(engine, context("RUN echo devices: $(ls /sys/class/net)"), log=tmp_path / "log", on_line=lines.append)
    assert "devices: lo" in lines


def test_a_failed_build_names_the_step_and_leaves_nothing(engine: Engine, context: Contexts, tmp_path: Path) -> None:
    wanted = context("RUN echo one >/one\nRUN echo so-it-said; exit 7\nRUN echo three")
    with pytest.raises(BuildError) as failed:
        build(engine, wanted, log=tmp_path / "build.log")
    assert "RUN echo so-it-said; exit 7" in str(failed.value)
    assert "so-it-said" in failed.value.log.splitlines()
    assert "non-zero code: 7" in (tmp_path / "build.log").read_text()
    assert built(engine, wanted.tag) is None
    assert of_process(engine, os.getpid()) == []


def test_a_file_that_is_not_what_was_fetched_is_not_built_in(engine: Engine, context: Contexts, tmp_path: Path) -> None:
    _, place = Cache(tmp_path).add([b"good"])
    wanted = context("COPY a /a", File(path="a", sha256=place.name, content=place))
    place.write_bytes(b"evil")
    with pytest.raises(EngineError, match="checksum"):
        build(engine, wanted, log=tmp_path / "log")
    assert built(engine, wanted.tag) is None


def test_an_interrupted_build_leaves_nothing(engine: Engine, context: Contexts, tmp_path: Path) -> None:

    def interrupt(line: str) -> None:
        if "now-stop" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(
            engine, context("RUN echo one >/one\nRUN echo now-stop; sleep 300"), log=tmp_path / "log", on_line=interrupt
        )
    assert of_process(engine, os.getpid()) == []


def test_only_one_of_two_processes_builds(engine: Engine, context: Contexts, tmp_path: Path) -> None:
    wanted = context("RUN echo built-by-$$; sleep 0.5")
    arguments = (wanted.name, wanted.parent, wanted.dockerfile)
    with child(BUILD, *arguments, tmp_path / "a.log") as a, child(BUILD, *arguments, tmp_path / "b.log") as b:
        ends = [process.communicate(timeout=60)[0].splitlines() for process in (a, b)]
    assert ends[0][-1] == ends[1][-1]
    assert ends[0][-1].startswith("built sha256:")
    assert sorted((tmp_path / f"{name}.log").exists() for name in "ab") == [False, True]


def test_what_a_killed_build_leaves_is_swept(engine: Engine, context: Contexts, tmp_path: Path) -> None:
    wanted = context("RUN echo first >/first\nRUN echo now-kill; sleep 300")
    with child(BUILD, wanted.name, wanted.parent, wanted.dockerfile, tmp_path / "log") as process:
        until_it_says(process, "now-kill")
        assert of_process(engine, process.pid), "the kill leaves nothing: the test tests nothing"
        process.kill()
        process.wait()
    sweep(engine)
    assert of_process(engine, process.pid) == []


def test_a_big_context_is_not_held_in_memory(engine: Engine, context: Contexts, tmp_path: Path) -> None:
    wanted = context("COPY big /big")
    code = BUILD.replace("dockerfile=dockerfile)", "dockerfile=dockerfile, files=(big,))").replace(
        "context = Context",
        "from harness.cache import Cache\nfrom harness.model import File\n"
        "digest, place = Cache(Path(log).parent).add(bytes(1 << 20) for _ in range(160))\n"
        "big = File(path='big', sha256=digest, content=place)\ncontext = Context",
    )
    # not ru_maxrss, which begins with what the process had that started this one
    code += "from pathlib import Path\nstatus = Path('/proc/self/status').read_text()\n"
    code += "print(status.split('VmHWM:')[1].split()[0], 'KiB at the peak')\n"
    with child(code, wanted.name, wanted.parent, wanted.dockerfile, tmp_path / "log") as process:
        tag = until_it_says(process, "built sha256:").split()[1]
        peak_mib = int(until_it_says(process, "peak").split()[0]) // 1024
    engine.client.images.remove(tag, force=True)
    assert peak_mib < 120
