"""Whatever installers can put into an image, in one; nothing is fetched twice, and without a network all is there."""

import hashlib
import io
import json
import secrets
import shutil
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness import lock, spec
from harness.cache import Cache
from harness.engine import ContainerRegistry, Engine, build, built
from harness.lock.digests import digest_of
from harness.lock.resolver import Resolver, this_machine
from harness.model import Base, Case, Context, Lock, LockedEnvironment, LockedSet
from harness.render import render
from harness.systems import SYSTEMS, System
from tests.integration.engine.proxy import proxy

pytestmark = pytest.mark.engine

RECIPE = """\
schema: 1
name: shop
product:
  version: ["1.0"]
  install:
    - archive: {from: site.tgz, sha256: SUM, to: /srv/site, strip: 1}
    - pip: {packages: ["priced[more]"], files: [shop-1.0-py3-none-any.whl], constraints: limits.txt, index: INDEX}
    - npm: {files: [cart-2.1.0.tgz]}
    - files: {from: files, to: /srv/files}
setup:
  - [touch, site/written]
start: [python3, -m, http.server, "8000"]
port: 8000
"""
ENVIRONMENT = """\
schema: 1
name: shop
client: {os: debian:13}
server: {os: debian:13, python: "3.11", node: 18, product: shop@1.0}
"""


class Index(ThreadingHTTPServer):
    """A Python index with one package in two versions, on the loopback; ``asked`` are the paths that were asked for."""

    daemon_threads = True

    def __init__(self, wheels: Mapping[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.wheels = wheels
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}/simple"


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Index)
        self.server.asked.append(self.path)
        links = "".join(
            f'<a href="/files/{name}#sha256={hashlib.sha256(content).hexdigest()}" data-core-metadata="true">{name}</a>'
            for name, content in self.server.wheels.items()
        )
        answers = {"/simple/priced/": links.encode()} | {f"/files/{n}": c for n, c in self.server.wheels.items()}
        answers |= {f"/files/{n}.metadata": metadata_of(c) for n, c in self.server.wheels.items()}  # PEP 658
        content = answers.get(self.path)
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def index(wheels: Mapping[str, bytes]) -> Iterator[Index]:
    with Index(wheels) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()


def wheel(name: str, version: str, code: str, *requires: str) -> bytes:
    info = f"{name}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nProvides-Extra: more"]
    with zipfile.ZipFile(made := io.BytesIO(), "w") as archive:
        archive.writestr(f"{name}.py", code)
        archive.writestr(f"{info}/METADATA", "\n".join([*metadata, *(f"Requires-Dist: {one}" for one in requires), ""]))
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return made.getvalue()


def metadata_of(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(next(name for name in archive.namelist() if name.endswith("/METADATA")))


def tarball(files: Mapping[str, str], links: Mapping[str, str] | None = None) -> bytes:
    with tarfile.open(fileobj=(made := io.BytesIO()), mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(text), 0o755
            archive.addfile(member, io.BytesIO(text.encode()))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
    return made.getvalue()


def written(folder: Path, index_url: str) -> Case:
    """The shop, with all that its recipe takes beside it."""
    recipe = folder / "recipes/shop"
    (recipe / "files").mkdir(parents=True)
    (recipe / "files/hello").write_text("hello\n")
    site = tarball({"site-1.0/bin/run": "#!/bin/sh\necho it runs\n"}, {"site-1.0/run": "bin/run"})
    (recipe / "site.tgz").write_bytes(site)
    (recipe / "shop-1.0-py3-none-any.whl").write_bytes(wheel("shop", "1.0", "import priced", "priced"))
    manifest = json.dumps({"name": "@shop/cart", "version": "2.1.0", "bin": {"cart": "cart.js"}})
    cart = "#!/usr/bin/env node\nconsole.log(process.version.split('.')[0])\n"
    (recipe / "cart-2.1.0.tgz").write_bytes(tarball({"package/package.json": manifest, "package/cart.js": cart}))
    (recipe / "limits.txt").write_text("priced<2  # two is another price\n")
    text = RECIPE.replace("SUM", hashlib.sha256(site).hexdigest()).replace("INDEX", index_url)
    (recipe / "recipe.yaml").write_text(text)
    (folder / "shop.yaml").write_text(ENVIRONMENT)
    return spec.load(folder / "shop.yaml", None)


@dataclass
class Refusing:
    """Another machine: it has the base images and a cache, and no registry answers."""

    cache: Cache
    bases: dict[str, Base] = field(default_factory=dict)

    def base(self, system: System, wanted: Base | None = None) -> Base:
        return self.bases[system.name]

    def fetch(self, base: Base, script: str) -> Any:
        raise AssertionError("a container with a network was started")


def resolved(case: Case, registry: ContainerRegistry) -> Lock:
    """The lock of the server, with everything that it names in the cache; a browser is not looked at."""
    (environment,) = case.file.environments
    bases = (registry.base(SYSTEMS[environment.server.os]),)
    resolver = Resolver(case.recipes, registry, bases, this_machine())
    versions = resolver.versions(environment, {"client.browser": "1"}, ["server.product", "server.node"])
    server = resolver.packages(environment, versions, "server")
    environments = (LockedEnvironment(versions=versions, server=server, browser=LockedSet()),)
    digest = digest_of(case.file.environments, environments, case.recipes)
    locked = Lock(digest=digest, machine=resolver.machine, bases=bases, environments=environments)
    return lock.settle(locked, case.file.environments, case.recipes, registry)


def server_of(case: Case, locked: Lock, registry: Any) -> tuple[Context, ...]:
    environment = case.file.environments[0]
    return render(environment, case.recipe(environment), locked.environments[0], locked, registry).server


@contextmanager
def made(engine: Engine, chain: tuple[Context, ...], log: Path) -> Iterator[str]:
    """The image, built without anything that the engine may have kept of it, and removed in the end."""
    token, anew = secrets.token_hex(6), list[Context]()
    for context in chain:
        parent = anew[-1].tag if anew else context.parent
        lines = [f"FROM {parent}", f"LABEL test={token}", *context.dockerfile.splitlines()[1:], ""]
        anew.append(replace(context, parent=parent, dockerfile="\n".join(lines)))
    try:
        for context in anew:
            build(engine, context, log=log)
        yield anew[-1].tag
    finally:
        for context in reversed(anew):
            if built(engine, context.tag):
                engine.client.images.remove(context.tag)


def test_everything_is_installed_and_nothing_is_fetched_twice(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    priced = {f"priced-{version}-py3-none-any.whl": wheel("priced", version, "") for version in ("1.4", "2.0")}
    with index(priced) as ours, proxy() as mirror:
        monkeypatch.setenv("http_proxy", mirror.url)
        case = written(tmp_path, ours.url)
        registry = ContainerRegistry(engine=engine)
        locked = resolved(case, registry)
        chain = server_of(case, locked, registry)
        with made(engine, chain, tmp_path / "build.log") as tag:
            _check_image(engine, tag)
        fetched = [url for url in [*ours.asked, *mirror.asked] if url.endswith((".whl", ".deb"))]
        assert sorted(set(fetched)) == sorted(fetched), "something was fetched twice"
        assert any("python3.11" in url for url in fetched) and "/files/priced-1.4-py3-none-any.whl" in fetched
        ours.asked.clear()
        mirror.asked.clear()

        shutil.copytree(tmp_path / "cache", tmp_path / "other")  # to a machine without a network
        monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "other"))
        _close_the_network(monkeypatch)
        elsewhere = Refusing(Cache(), {base.os: base for base in locked.bases})
        again = lock.resolve(case.file, case.recipes, elsewhere, existing=locked, strict=True)
        assert again == locked
        assert [context.tag for context in server_of(case, again, elsewhere)] == [context.tag for context in chain]
        with made(engine, server_of(case, again, elsewhere), tmp_path / "build.log") as tag:
            assert "hello" in _run(engine, tag, "cat", "/srv/files/hello")
        assert [*ours.asked, *mirror.asked] == []


def _check_image(engine: Engine, tag: str) -> None:
    code = "import shop, importlib.metadata as m; print(m.version('priced'))"
    commands = (
        f'python3 --version; python --version; python -c "{code}"; node --version; node_modules/.bin/cart; ./site/run'
        "; stat -c %U:%a site site/bin site/bin/run site/written; readlink site/run; cat files/hello; ls /tmp"
    )
    said = _run(engine, tag, "sh", "-c", commands).split()
    runtimes = ["Python", "3.11.2", "Python", "3.11.2", "1.4", "v18.20.8", "v18"]  # and the price is not 2.0
    assert said == [*runtimes, "it", "runs", *["app:755"] * 3, "app:644", "bin/run", "hello"]


def _run(engine: Engine, tag: str, *command: str) -> str:
    output = engine.client.containers.run(tag, list(command), network_mode="none", remove=True, stderr=True)
    return str(output.decode())


def _close_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No registry answers this process, and no program is started that might ask one."""
    from harness.engine import process

    monkeypatch.setattr(process, "process", lambda *_, **__: pytest.fail("a process was started"))
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
