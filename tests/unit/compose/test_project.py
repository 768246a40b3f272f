"""compose: the same images and containers as a project of Docker Compose."""

import dataclasses
import json
import re
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness import compose, lock
from harness.compose import Exported, releases
from harness.compose.credentials import Credentials, interpolated
from harness.compose.images import merged
from harness.compose.releases import Images, Lineage
from harness.compose.running import planned
from harness.compose.services import Service
from harness.engine.containers import restrictions
from harness.engine.polling import until
from harness.errors import InputError
from harness.model import Context, Environment, File, Link, Recipe, Side, Template
from harness.model.links import BasicAuth, Proxy
from harness.render import render
from harness.replicas.specs import TEMPLATES
from tests.unit.compose import lineages
from tests.unit.shop import Shop, shop

__all__ = ["shop"]  # a fixture

BASE = "harness/base:debian-12-0123456789ab"


def exported(shop: Shop, environment: Environment | None = None, recipe: Recipe | None = None) -> Exported:
    environment, recipe = environment or shop.environment(), recipe or shop.recipe()
    locked = lock.resolve(shop.file(environment), {"shop": recipe}, shop.registry)
    one = locked.environments[0]
    rendering = render(environment, recipe, one, locked, shop.registry)
    return Exported.of(one.exact(environment), recipe, rendering, NOBODY)


NOBODY: Any = object()  # an engine that is not asked


def services_of(one: Exported) -> dict[str, Service]:
    """What stays of a side that has one set-up."""
    lineage = Lineage(side="before", releases=(one,), images=Images(), credentials=Credentials())
    return {service.name: service for service in planned(lineage)}


def document(name: str, side: Side, one: Exported) -> dict[str, Any]:
    lineage = Lineage(side=side, releases=(one,), images=Images(), credentials=Credentials())
    return compose.document(name, side, one, planned(lineage))


def written(shop: Shop, folder: Path, **sides: Exported) -> dict[str, Any]:
    """Compose files by side."""
    base = folder.with_name("base")
    base.write_bytes(b"a file system")
    folder.mkdir()
    named: dict[Side, tuple[Exported, ...]] = {side: (one,) for side, one in sides.items()}  # type: ignore[misc]
    paths = compose.write(folder, "shop", named, dict.fromkeys(compose.parents(named), base))
    assert [path.name for path in paths] == [f"{side}.yaml" for side in sides]
    return {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in paths}


def valid(*paths: Path) -> None:
    """By the schema of the Compose Specification, which the checker brings along."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# ------------------------------------------------------------------ services
def test_files_are_what_the_specification_of_compose_says(shop: Shop, tmp_path: Path) -> None:
    allowed = shop.environment("2.0").model_copy(update={"link": Link(egress="allow")})
    written(shop, tmp_path / "out", before=exported(shop), after=exported(shop, allowed))
    valid(tmp_path / "out/before.yaml", tmp_path / "out/after.yaml")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text((tmp_path / "out/before.yaml").read_text("utf-8").replace("pids_limit", "pid_limits"), "utf-8")
    with pytest.raises(AssertionError, match="pid_limits"):
        valid(wrong)


def test_a_project_with_all_there_is_is_what_the_specification_says(tmp_path: Path) -> None:
    (tmp_path / "dump.sql").write_text("select 1")
    seed = [{"run": ["fill"]}, {"sql": {"file": "dump.sql", "service": "postgresql"}}, {"request": {"path": "/"}}]
    one = lineages.recipe(tmp_path, seed=seed, data=["/srv/home"], environment={"URL": "{{ services.redis.url }}$"})
    link = Link(tls=True, proxy=Proxy(user="bob"), basic_auth=BasicAuth(user="anna"))
    services = {"postgresql": "15", "redis": "7"}, {"postgresql": "15", "redis": "8"}
    older, newer = (lineages.release(one, number, its, link=link) for number, its in enumerate(services, start=1))
    folder = tmp_path / "out"
    folder.mkdir()
    sides: dict[Side, tuple[Exported, ...]] = {"before": (older,), "after": (older, newer)}
    base = tmp_path / "base"
    base.write_bytes(b"a file system")
    paths = compose.write(folder, "shop", sides, dict.fromkeys(compose.parents(sides), base))
    valid(*paths)
    passwords = re.findall(r"^([A-Z_]+)='(.+)'$", (folder / ".env").read_text("utf-8"), re.MULTILINE)
    assert {name.removeprefix("REPLICA_") for name, _ in passwords} == {
        f"{name}_PASSWORD" for name in ("POSTGRESQL", "REDIS", "PROXY", "FRONT")
    }
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600
    for path in (path for path in folder.rglob("*") if path.is_file() and path.name != ".env"):
        assert not [name for name, password in passwords if password.encode() in path.read_bytes()], path
    keys = [path for path in folder.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
    assert {path.stat().st_mode & 0o777 for path in keys} == {0o600}
    after = yaml.safe_load(paths[1].read_text("utf-8"))
    for service in after["services"].values():
        assert "build" not in service or (folder / service["build"]["context"] / "Dockerfile").exists()
    built = [service["image"] for service in after["services"].values() if "build" in service]
    assert len(built) == len(set(built)) == len({service["image"] for service in after["services"].values()})


@pytest.mark.parametrize(
    ("lines", "port"),
    [((), 0), (("EXPOSE 80",), 80), (("expose 80/tcp",), 80), (("RUN EXPOSE 1", "EXPOSE 8123"), 8123)],
)
def test_a_dockerfile_says_which_port_is_the_products(lines: tuple[str, ...], port: int) -> None:
    assert releases._exposed(lines) == port


@pytest.mark.parametrize(
    "lines", [("EXPOSE 80 443",), ("EXPOSE 80", "EXPOSE 81"), ("EXPOSE $PORT",), ("EXPOSE 53/udp",)]
)
def test_a_dockerfile_that_does_not_say_one_port_is_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="exposes the ports"):
        releases._exposed(lines)


WORDS = {"mem_limit", "memswap_limit", "pids_limit", "shm_size", "hostname", "cap_drop", "dns_opt"}


@pytest.mark.parametrize("egress", ["deny", "allow"])
def test_a_service_has_all_restrictions_of_its_container(shop: Shop, egress: Any) -> None:
    one = exported(shop, shop.environment().model_copy(update={"link": Link(egress=egress)}))
    services = document("shop", "before", one)["services"]
    assert set(services) == {"product", "browser", "door"}
    for name, its in services_of(one).items():
        service, wanted = services[name], restrictions(its.spec)
        assert {name: service.get(name) for name in WORDS} == {name: wanted[name] for name in WORDS}
        assert service["cpus"] * 1e9 == wanted["nano_cpus"]
        assert set(wanted) == WORDS | {"nano_cpus", "security_opt"}, "and there is no other"
        assert "no-new-privileges:true" in service["security_opt"]
        assert not {"privileged", "cap_add", "volumes", "devices", "network_mode", "pid", "ipc"} & set(service)
        assert service["build"] == {"context": f"./{its.image.folder}", "network": "none"}


def test_what_a_container_may_not_do_and_compose_has_no_word_for_is_never_left_out(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.compose.services.restrictions", lambda spec: restrictions(spec) | {"read_only": True})
    with pytest.raises(AssertionError, match="read_only"):
        document("shop", "before", exported(shop))


def test_the_browser_keeps_the_profile_of_its_sandbox(shop: Shop, tmp_path: Path) -> None:
    one = exported(shop)
    service = written(shop, tmp_path / "out", before=one)["before"]["services"]["browser"]
    (option,) = [option for option in service["security_opt"] if option.startswith("seccomp")]
    profile = (tmp_path / "out" / option.removeprefix("seccomp=./")).read_text("utf-8")
    assert profile == services_of(one)["browser"].spec.seccomp
    assert json.loads(profile)["defaultAction"] == "SCMP_ACT_ERRNO"


@pytest.mark.parametrize(("egress", "internal"), [("deny", True), ("allow", False)])
def test_only_the_door_is_open_and_only_to_this_machine(shop: Shop, egress: Any, internal: bool) -> None:
    one = exported(shop, shop.environment().model_copy(update={"link": Link(egress=egress)}))
    found = document("shop", "after", one)
    assert found["networks"]["replica"]["internal"] is internal
    services = found["services"]
    assert [services[name]["networks"] for name in ("product", "browser")] == [{"replica": {}}, {"replica": {}}]
    assert "ports" not in services["product"]
    assert "ports" not in services["browser"]
    assert services["door"]["ports"] == ["127.0.0.1:${PRODUCT_PORT:-8082}:8000", "127.0.0.1:${BROWSER_PORT:-9582}:9000"]


def test_both_sides_may_run_at_once(shop: Shop, tmp_path: Path) -> None:
    found = written(shop, tmp_path / "out", before=exported(shop), after=exported(shop, shop.environment("2.0")))
    assert [one["name"] for one in found.values()] == ["shop-before", "shop-after"]
    ports = [port for one in found.values() for port in one["services"]["door"]["ports"]]
    assert len({re.findall(r":-(\d+)", port)[0] for port in ports}) == 4


def test_a_name_becomes_one_that_compose_takes(shop: Shop) -> None:
    assert document("shop-1.5", "before", exported(shop))["name"] == "shop-1-5-before"


def test_what_reaches_a_network_while_it_is_built_still_does(shop: Shop) -> None:
    one = exported(shop)
    *below, last = one.rendering.server
    rendering = dataclasses.replace(one.rendering, server=(*below, dataclasses.replace(last, egress=True)))
    services = document("shop", "before", dataclasses.replace(one, rendering=rendering))["services"]
    assert "network" not in services["product"]["build"]
    assert services["browser"]["build"]["network"] == "none"


# ----------------------------------------------------------------- variables
def test_no_secret_is_written_and_each_is_asked_for(shop: Shop, tmp_path: Path) -> None:
    variables = {
        "LICENSE": "id-${env:KEY}-$x",
        "TOKEN": {"secret": "hush {{ product.version }}"},
        "PLAIN": "in the image",
    }
    services = written(shop, tmp_path / "out", before=exported(shop, recipe=shop.recipe(environment=variables)))
    assert services["before"]["services"]["product"]["environment"] == {
        "LICENSE": "id-${KEY:?set it}-$$x",
        "TOKEN": "${TOKEN:?set it}",
    }
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"hush" in path.read_bytes()]


def compose_reads(text: str) -> str:
    """Interpolation as the Compose Specification has it, of the forms that are written; the value of a variable
    is its name in small letters and angle brackets."""
    return re.sub(
        r"\$(?:(?P<escaped>\$)|\{(?P<name>\w+):\?[^}]*\})",
        lambda match: "$" if match["escaped"] else f"<{match['name'].lower()}>",
        text,
    )


pieces = st.one_of(
    st.text(alphabet="$a{}:? é\n", max_size=4), st.sampled_from(["${env:KEY}", "$$", "${KEY}", "${env:"])
)


@given(st.lists(pieces, max_size=6).map("".join))
def test_compose_reads_what_was_meant(text: str) -> None:
    meant = re.sub(r"\$\{env:([A-Za-z]+)\}", lambda match: f"<{match[1].lower()}>", text)
    assert compose_reads(interpolated(text)) == meant


# -------------------------------------------------------------------- images
def test_one_dockerfile_does_what_the_chain_does(shop: Shop, tmp_path: Path) -> None:
    (shop.folder / "page.j2").write_text("{{ product.version }}", "utf-8")
    recipe = shop.recipe(templates=[Template(source="page.j2", to="/srv/page")], setup=(("make", "-C", "/srv"),))
    one = exported(shop, recipe=recipe)
    written(shop, tmp_path / "out", before=one)
    for image, chain in (("server", one.rendering.server), ("browser", one.rendering.browser)):
        folder = tmp_path / "out/before" / image
        lines = (folder / "Dockerfile").read_text("utf-8").splitlines()
        assert lines[:2] == ["FROM scratch", "ADD base.tar.gz /"]
        assert (folder / "base.tar.gz").read_bytes() == b"a file system"
        asked = [line for context in chain for line in context.dockerfile.splitlines()[1:]]
        assert [line for line in lines[2:] if not line.startswith("COPY")] == [
            line for line in asked if not line.startswith("COPY")
        ]
        for number, context in enumerate(chain, start=1):
            for file in context.files:
                path = folder / f"{number}-{context.name}" / file.path
                assert File.of("", path.read_bytes()).sha256 == file.sha256
                assert bool(path.stat().st_mode & stat.S_IXUSR) is file.executable
    (copy,) = [
        line for line in (tmp_path / "out/before/server/Dockerfile").read_text("utf-8").splitlines() if "COPY" in line
    ]
    assert copy == 'COPY --chown=app ["3-plugins/templates/1", "/srv/page"]'


def test_images_that_nobody_can_pull_are_brought(shop: Shop) -> None:
    one = exported(shop)
    assert compose.parents({"before": (one,), "after": (one, one)}) == (one.rendering.server[0].parent,)
    pinned = Context(name="os", parent="debian@sha256:" + "0" * 64, dockerfile="")
    rendering = dataclasses.replace(one.rendering, server=(pinned,), browser=(pinned,))
    assert compose.parents({"before": (dataclasses.replace(one, rendering=rendering),)}) == ()


def test_an_image_of_a_registry_is_named(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    one = exported(shop)
    compose.write(folder, "shop", {"before": (one,)}, {})
    assert (
        (folder / "before/server/Dockerfile").read_text("utf-8").startswith(f"FROM {one.rendering.server[0].parent}\n")
    )


def test_an_image_that_both_sides_have_is_there_once(shop: Shop, tmp_path: Path) -> None:
    found = written(shop, tmp_path / "out", before=exported(shop), after=exported(shop, shop.environment("2.0")))
    services = found["after"]["services"]
    assert services["browser"]["build"]["context"] == "./before/browser"
    assert services["product"]["build"]["context"] == "./after/server"
    assert not (tmp_path / "out/after/browser").exists()


@pytest.mark.parametrize(
    ("line", "moved"),
    [
        ("COPY debs /tmp/debs", "COPY 2-plugins/debs /tmp/debs"),
        ("COPY --chown=app a b /srv/", "COPY --chown=app 2-plugins/a 2-plugins/b /srv/"),
        ('ADD ["a b", "/srv/ä"]', 'ADD ["2-plugins/a b", "/srv/ä"]'),
        ("copy a \\\n  /b", "copy 2-plugins/a /b"),
        ('RUN ["sh", "-c", "COPY a b"]', 'RUN ["sh", "-c", "COPY a b"]'),
        ("RUN COPYING a b", "RUN COPYING a b"),
    ],
)
def test_what_is_copied_is_found_in_the_folder_of_its_context(line: str, moved: str) -> None:
    first = Context(name="os", parent="debian", dockerfile="FROM debian\n")
    second = Context(name="plugins", parent=first.tag, dockerfile=f"FROM {first.tag}\n{line}\n")
    assert merged([first, second]) == (moved,)


@pytest.mark.parametrize("line", ["FROM alpine", "from alpine AS two", "COPY --from=two /a /b"])
def test_what_needs_another_image_is_refused(line: str) -> None:
    with pytest.raises(InputError, match="another image"):
        merged([Context(name="os", parent="debian", dockerfile=f"FROM debian\n{line}\n")])


# ------------------------------------------------------------------ the door
def test_the_door_leads_to_product_and_browser(shop: Shop, tmp_path: Path) -> None:
    written(shop, tmp_path / "out", before=exported(shop))
    lines = (tmp_path / "out/before/door/Dockerfile").read_text("utf-8").splitlines()
    assert lines[2:] == ["USER nobody", 'COPY ["2-project/opt/project", "/opt/project"]']
    assert (tmp_path / "out/before/door/2-project/opt/project/door.pl").exists()
    door = services_of(exported(shop))["door"].document("shop", builds=True)
    assert door["entrypoint"] == ["perl", "/opt/project/door.pl", "8000=product:8000", "9000=browser:9515"]
    assert door["healthcheck"]["test"][:4] == ["CMD", "perl", "/opt/project/ask.pl", "product:8000"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_what_goes_through_the_door_comes_out_unchanged_until_both_ends_are_done() -> None:
    port, content = free_port(), bytes(range(256)) * 4096
    with socket.create_server(("127.0.0.1", 0)) as server:
        there = server.getsockname()[1]
        door = subprocess.Popen(["perl", TEMPLATES / "compose-door.pl", f"{port}=127.0.0.1:{there}"])
        try:
            near = until(lambda: connected(port), timeout_s=10)
            assert near
            far, _ = server.accept()
            threading.Thread(target=near.sendall, args=(content,)).start()
            assert read(far, len(content)) == content
            near.shutdown(socket.SHUT_WR)
            assert far.recv(1) == b"", "half of it is closed"
            far.sendall(b"answer")
            far.close()
            assert read(near, 100) == b"answer"
            near.close()
        finally:
            door.terminate()
            assert door.wait(10) == 0


def connected(port: int) -> socket.socket | None:
    try:
        return socket.create_connection(("127.0.0.1", port), 10)
    except OSError:
        return None


def read(end: socket.socket, size: int) -> bytes:
    """So many bytes, or all there are to come."""
    parts = bytearray()
    while len(parts) < size and (part := end.recv(65536)):
        parts += part
    return bytes(parts)
