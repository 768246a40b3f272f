"""compose: the replicas of an environment as projects of Docker Compose, for whoever has no harness.

A project holds what the harness itself would build and start: the same build contexts, and services
made of the same ``ContainerSpec``. It has one service more, ``door``: a network without a way out has no
way in either, so nothing of it can be published on a port of the machine.

Format: the Compose Specification, https://github.com/compose-spec/compose-spec.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.browsers import BROWSERS
from harness.case_secrets import written
from harness.documents import dump
from harness.engine.containers import SECCOMP, ContainerSpec, restrictions
from harness.errors import InputError
from harness.evidence import linked
from harness.installers import WHOLE
from harness.language import Message
from harness.model import Context, Environment, Recipe, Rendering, Side
from harness.references import ENV
from harness.render import write as write_contexts
from harness.replicas.specs import BROWSER, PRODUCT, TEMPLATES, Specs

NETWORK, OUTSIDE, DOOR = "replica", "outside", "door"
BASE_FILE, DOOR_FILE = "base.tar.gz", "door.pl"
PORTS: dict[Side, tuple[int, int]] = {"before": (8081, 9581), "after": (8082, 9582)}  # of product and browser
_DOOR_PORTS = (8000, 9000)  # inside
_MEMORY_BYTES, _PROCESSES = 256 * 1024**2, 128
_SAME = ("hostname", "cap_drop", "security_opt", "mem_limit", "memswap_limit", "pids_limit", "shm_size", "dns_opt")
_COPY = re.compile(r"(?P<word>(?i:COPY|ADD))\s+(?P<options>(?:--\S+\s+)*)(?P<rest>.+)")


@dataclass(frozen=True, kw_only=True)
class Exported:
    """One side of an upgrade: what it is, and what is built for it."""

    environment: Environment  # with exact versions
    recipe: Recipe
    rendering: Rendering


def write(folder: Path, name: str, sides: Mapping[Side, Exported], local: Mapping[str, Path]) -> tuple[Path, ...]:
    """Write ``<side>.yaml`` and what is built for it into ``folder``; returns these files.

    ``local`` has the files (tar.gz) of all ``parents``, by reference. An image that both sides have is
    there once. InputError where something cannot be exported.
    """
    for one in sides.values():
        if not one.rendering.browser:
            raise InputError(
                Message(
                    "`{browser}` runs elsewhere, and cannot be exported", browser=one.environment.client.browser.name
                )
            )
        if any(entry.installer in WHOLE for entry in one.recipe.product.install):
            raise InputError(Message("`{product}` brings its image, which cannot be exported", product=one.recipe.name))
    made: dict[str, Path] = {}  # tag of the last context -> its folder
    paths = []
    for side, exported in sides.items():
        chains = {"server": exported.rendering.server, "browser": exported.rendering.browser}
        fresh = {image: () if chain[-1].tag in made else chain for image, chain in chains.items()}
        rendering = replace(exported.rendering, server=fresh["server"], browser=fresh["browser"])
        write_contexts(rendering, folder / side, complete=True)
        for image, chain in fresh.items():
            if chain:
                made[chain[-1].tag] = place = folder / side / image
                _build(place, chain[0].parent, merged(chain), local)
        door = folder / side / DOOR
        door.mkdir(parents=True)
        (door / DOOR_FILE).write_bytes((TEMPLATES / "compose-door.pl").read_bytes())
        lines = (f"COPY {DOOR_FILE} /usr/local/lib/{DOOR_FILE}", "USER nobody", f"CMD {json.dumps(_door(exported))}")
        _build(door, exported.rendering.server[0].parent, lines, local)
        contexts = {PRODUCT: made[chains["server"][-1].tag], BROWSER: made[chains["browser"][-1].tag], DOOR: door}
        relative = {service: f"./{place.relative_to(folder).as_posix()}" for service, place in contexts.items()}
        path = folder / f"{side}.yaml"
        path.write_text(dump(document(f"{name}-{side}", side, exported, relative)), "utf-8")
        for spec in specs(exported):
            if spec.seccomp:
                (folder / _seccomp(side, spec)).write_text(spec.seccomp, "utf-8")
        paths.append(path)
    return tuple(paths)


def parents(sides: Iterable[Exported]) -> tuple[str, ...]:
    """The images that those of both sides begin with, and that no digest of a registry names."""
    chains = [chain for one in sides for chain in (one.rendering.server, one.rendering.browser)]
    return tuple(dict.fromkeys(chain[0].parent for chain in chains if "@sha256:" not in chain[0].parent))


def document(name: str, side: Side, exported: Exported, contexts: Mapping[str, str]) -> dict[str, Any]:
    """A Compose file: one service for each container, built in its folder of ``contexts``."""
    isolated = exported.environment.link.egress == "deny"
    services = {spec.alias: _service(side, spec, contexts[spec.alias]) for spec in specs(exported)}
    for service, chain in ((PRODUCT, exported.rendering.server), (BROWSER, exported.rendering.browser)):
        if any(context.egress for context in chain):
            del services[service]["build"]["network"]
    services[PRODUCT]["networks"] = [NETWORK]
    services[BROWSER] |= {"networks": [NETWORK], "depends_on": [PRODUCT]}
    names, hosts = ("PRODUCT_PORT", "BROWSER_PORT"), PORTS[side]
    services[DOOR] |= {
        "networks": [NETWORK, OUTSIDE],
        "depends_on": [PRODUCT, BROWSER],
        "ports": [
            f"127.0.0.1:${{{variable}:-{host}}}:{inside}"
            for variable, host, inside in zip(names, hosts, _DOOR_PORTS, strict=True)
        ],
    }
    networks = {NETWORK: {"driver": "bridge", "internal": isolated}, OUTSIDE: {"driver": "bridge"}}
    return {"name": re.sub(r"[^a-z0-9_-]", "-", name), "services": services, "networks": networks}


def specs(exported: Exported) -> tuple[ContainerSpec, ...]:
    """The containers of the replica, as they are started, and the door. What a variable is to be given
    stands as ``${env:NAME}``."""
    environment, recipe, rendering = exported.environment, exported.recipe, exported.rendering
    replica = Specs(
        run_id="",
        prefix=NETWORK,
        isolated=environment.link.egress == "deny",
        memory_bytes=environment.server.memory_bytes,
    )
    variables = {
        name: text if ENV.search(text) else f"${{env:{name}}}" for name, text in written(recipe, environment).items()
    }
    product = replica.product(rendering.server[-1].tag, variables)
    door = replace(
        product,
        role=DOOR,
        alias=DOOR,
        image="",
        environment={},
        memory_bytes=_MEMORY_BYTES,
        processes=_PROCESSES,
    )
    return product, replica.browser(rendering.browser[-1].tag, environment.client), door


def _service(side: Side, spec: ContainerSpec, context: str) -> dict[str, Any]:
    wanted = restrictions(spec)
    service: dict[str, Any] = {"build": {"context": context, "network": "none"}}
    if spec.environment:
        service["environment"] = {name: interpolated(text) for name, text in spec.environment.items()}
    service["cpus"] = wanted.pop("nano_cpus") / 1e9
    for name in _SAME:
        if (value := wanted.pop(name)) is not None:
            service[name] = value
    assert not wanted, f"no word of Compose for {', '.join(wanted)}"
    options = [one for one in service["security_opt"] if not one.startswith(SECCOMP)]
    if spec.seccomp:
        options.append(f"seccomp:./{_seccomp(side, spec)}")
    return service | {"security_opt": options}


def _seccomp(side: Side, spec: ContainerSpec) -> str:
    return f"{side}/{spec.alias}-seccomp.json"


def interpolated(text: str) -> str:
    """Text in which Compose finds the variables that ``${env:NAME}`` names, each required, and no other."""
    parts = ENV.split(text)  # text, name, text, name, … text
    plain = [part.replace("$", "$$") for part in parts[::2]]
    names = [f"${{{name}:?set it}}" for name in parts[1::2]]
    return "".join(word for pair in zip(plain, [*names, ""], strict=True) for word in pair)


def merged(chain: Sequence[Context]) -> tuple[str, ...]:
    """The instructions of all contexts of an image in one Dockerfile, whose folder has theirs in it, as
    ``render.write`` numbers them. InputError where one cannot stand there."""
    lines: list[str] = []
    for number, context in enumerate(chain, start=1):
        _, _, rest = context.dockerfile.partition("\n")
        lines += [_moved(line, f"{number}-{context.name}") for line in re.sub(r"\\\n", "", rest).splitlines()]
    return tuple(line for line in lines if line)


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


def _build(folder: Path, parent: str, instructions: Iterable[str], local: Mapping[str, Path]) -> None:
    first = [f"FROM {parent}"]
    if parent in local:
        linked(local[parent], folder / BASE_FILE)
        first = ["FROM scratch", f"ADD {BASE_FILE} /"]
    (folder / "Dockerfile").write_text("\n".join([*first, *instructions, ""]), "utf-8")


def _door(exported: Exported) -> list[str]:
    browser = BROWSERS[exported.environment.client.browser.name]
    ends = (f"{PRODUCT}:{exported.recipe.port}", f"{BROWSER}:{browser.port}")
    return [
        "perl",
        f"/usr/local/lib/{DOOR_FILE}",
        *(f"{port}={end}" for port, end in zip(_DOOR_PORTS, ends, strict=True)),
    ]
