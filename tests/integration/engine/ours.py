"""What is on the engine with our labels, and processes of ours to be killed."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from harness.engine import Engine, leftovers
from tests.integration.running import popen


def of_process(engine: Engine, pid: int) -> list[str]:
    """What a process owns: containers, networks, volumes, images of unfinished builds, temporary folders."""
    api, mine = engine.client.api, {"label": f"org.harness.owner-pid={pid}"}
    return [
        *(f"container {one['Names']}" for one in api.containers(all=True, filters=mine)),
        *(f"network {one['Name']}" for one in api.networks(filters=mine)),
        *(f"volume {one['Name']}" for one in api.volumes(filters=mine)["Volumes"] or ()),
        *(f"image {one['Id']}" for one in api.images(filters={**mine, "dangling": True})),
        *(f"folder {row.name}" for row in leftovers(engine) if row.kind == "folder" and f".{pid}." in row.name),
    ]


def of_run(engine: Engine, run_id: str) -> list[str]:
    """What there is of a run, in words."""
    return [f"{row.kind} {row.name}" for row in leftovers(engine) if row.run_id == run_id]


@contextmanager
def child(code: str, *arguments: object) -> Iterator["subprocess.Popen[str]"]:
    """Another Python that runs ``code``; killed at the end, if it still runs."""
    argv = [sys.executable, "-c", code, *map(str, arguments)]
    with popen(argv, stdout=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def until_it_says(process: "subprocess.Popen[str]", text: str) -> str:
    """Read the child's lines up to the one that holds ``text``."""
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            return line
    raise AssertionError(f"the process ended (exit code {process.wait()}) before it said {text!r}")
