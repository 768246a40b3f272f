"""Docker Compose in a container that has the engine's socket: for tests alone, and only for projects of ours.

It is Debian 13's package (Compose 2), fetched and installed as any other is, so that nothing need be on this machine.
"""

import secrets
from collections.abc import Mapping
from pathlib import Path

from harness.cache import Cache
from harness.engine import Engine, base_reference, build, ensure_base, fetch, labels
from harness.model import Context, File, Image
from harness.systems import SYSTEMS

FETCH = "apt-get update -qq\napt-get -qq download docker-compose\nmv docker-compose*.deb /out/docker-compose.deb"
SOCKET = "/var/run/docker.sock"
KIND = "docker-compose-for-tests"
PROGRAM = "/usr/libexec/docker/cli-plugins/docker-compose"


def program(engine: Engine, log: Path) -> Image:
    """The image that it is in."""
    base, cache = ensure_base(engine, SYSTEMS["debian:13"]), Cache()
    sha256 = cache.record(KIND, "deb")
    path = cache.find(sha256) if sha256 else None
    if path is None:
        path = fetch(engine, base, FETCH)["docker-compose.deb"]
        cache.remember(KIND, "deb", value=path.name)
    lines = [f"FROM {base_reference(base)}", "COPY docker-compose.deb /tmp/", "RUN dpkg -i /tmp/docker-compose.deb", ""]
    package = File(path="docker-compose.deb", sha256=path.name, content=path)
    context = Context(name="compose", parent=base_reference(base), dockerfile="\n".join(lines), files=(package,))
    return build(engine, context, log=log)


def compose(engine: Engine, image: Image, folder: Path, *words: str, variables: Mapping[str, str] | None = None) -> str:
    """Run it on the project in a folder; what it printed. ContainerError where it fails."""
    run_id = f"compose-{secrets.token_hex(4)}"
    printed: bytes = engine.client.containers.run(
        image.tag,
        [PROGRAM, *words],
        name=f"harness-{run_id}",
        labels=labels(run_id, "test"),
        environment=dict(variables or {}),
        working_dir=str(folder),
        volumes={
            engine.endpoint.removeprefix("unix://"): {"bind": SOCKET, "mode": "rw"},
            str(folder): {"bind": str(folder), "mode": "ro"},
        },
        network_mode="none",
        remove=True,
        stderr=True,
    )
    return printed.decode("utf-8", "replace")
