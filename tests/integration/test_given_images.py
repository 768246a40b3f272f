"""A product whose image is built from a Dockerfile of its own, and one that is given as an archive of that image."""

import hashlib
from pathlib import Path

import pytest
import requests

from harness import lock, spec
from harness.engine import ContainerRegistry, Engine, base_reference, build, built
from harness.errors import BuildError, InputError
from harness.lock.digests import digest_of
from harness.lock.resolver import this_machine
from harness.model import Base, Case, Context, Lock, LockedEnvironment, LockedSet
from harness.provision import provision
from harness.render import render

pytestmark = pytest.mark.engine

SERVER = """\
use IO::Socket::INET;
my $server = IO::Socket::INET->new(LocalPort => 8123, Listen => 5, ReuseAddr => 1) or die;
while (my $client = $server->accept) {
  while (<$client>) { last if /^\\r?\\n$/ }
  my $seen = -e "/srv/.env" ? "seen" : "ignored";
  print $client "HTTP/1.0 200 OK\\r\\n\\r\\n$ENV{GREETING} of user $>, $seen\\n";
  close $client;
}
"""
DOCKERFILE = """\
ARG RELEASE=12
FROM debian:${RELEASE}-slim AS made
RUN echo 'hello' > /greeting && \\
    # nobody answers here
    if perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new("192.0.2.1:80")'; then exit 1; fi

FROM debian:12
COPY --from=made /greeting /greeting
COPY . /srv/
ENV GREETING=hello
USER 1234
EXPOSE 8123
CMD ["perl", "/srv/server.pl"]
"""
RECIPE = """\
schema: 1
name: shop
product:
  version: ["1.0"]
  install:
    - {install}
ready: {text: hello of user}
"""


def written(folder: Path, install: str) -> Case:
    """A shop that is installed so, with its Dockerfile beside it."""
    recipe = folder / "recipes/shop"
    (recipe / "app").mkdir(parents=True, exist_ok=True)
    (recipe / "app/Dockerfile").write_text(DOCKERFILE)
    (recipe / "app/server.pl").write_text(SERVER)
    (recipe / "app/.env").write_text("secret")
    (recipe / "app/.dockerignore").write_text(".env\n")
    (recipe / "recipe.yaml").write_text(RECIPE.replace("{install}", install))
    (folder / "shop.yaml").write_text("schema: 1\nname: shop\nserver: {product: shop@1.0}\n")
    return spec.load(folder / "shop.yaml", None)


def locked_server(case: Case, base: Base) -> Lock:
    """The lock of the server alone: a browser is not looked at."""
    versions = {"server.product": "1.0", "client.browser": "1"}
    environments = (LockedEnvironment(versions=versions, server=LockedSet(), browser=LockedSet()),)
    digest = digest_of(case.file.environments, environments, case.recipes)
    return Lock(digest=digest, machine=this_machine(), bases=(base,), environments=environments)


def chain_of(case: Case, base: Base, engine: Engine) -> tuple[Context, ...]:
    locked, environment = locked_server(case, base), case.file.environments[0]
    lock.check(locked, case.file, case.recipes)
    registry = ContainerRegistry(engine=engine)
    return render(environment, case.recipe(environment), locked.environments[0], locked, registry).server


def answer(case: Case, chain: tuple[Context, ...], engine: Engine, folder: Path) -> str:
    """Build the product, run it, and ask it."""
    images = [build(engine, context, log=folder / "build.log") for context in chain]
    environment = case.file.environments[0]
    with provision(
        engine,
        environment,
        case.recipe(environment),
        images={"product": images[-1]},
        run_id=f"given-{folder.name}",
        name="before",
        folder=folder / "evidence",
    ) as provisioned:
        provisioned.wait_until_ready()
        host, port = provisioned.replica.product_address
        assert provisioned.replica.product_url == "http://product:8123"
        return requests.get(f"http://{host}:{port}/", timeout=10).text


def test_a_dockerfile_and_an_archive_of_its_image_are_the_same_product(
    engine: Engine, base: Base, tmp_path: Path
) -> None:
    case = written(tmp_path, "dockerfile: app")
    chain = chain_of(case, base, engine)
    loaded = ""
    try:
        assert chain[0].parent == base_reference(base)
        assert answer(case, chain, engine, tmp_path) == "hello of user 1234, ignored\n"
        archive = tmp_path / "recipes/shop/shop.tar"
        with archive.open("wb") as out:
            out.writelines(engine.client.images.get(chain[0].tag).save(named=chain[0].tag))
        with archive.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        again = written(tmp_path, f"image: {{from: shop.tar, sha256: {sha256}}}")
        given = chain_of(again, base, engine)
        loaded = given[0].parent
        assert loaded.startswith("harness/given:")
        assert answer(again, given, engine, tmp_path) == "hello of user 1234, ignored\n"
        with pytest.raises(InputError, match="harness/dockerfile"):
            other = written(tmp_path, f'image: {{from: shop.tar, sha256: {sha256}, name: "shop:2"}}')
            chain_of(other, base, engine)
        chain = (*chain, *given)
    finally:
        for tag in [*(context.tag for context in reversed(chain)), loaded]:
            if tag and built(engine, tag):
                engine.client.images.remove(tag, force=True)


def test_a_dockerfile_that_wants_a_network_has_none(engine: Engine, base: Base, tmp_path: Path) -> None:
    case = written(tmp_path, "dockerfile: app")
    devices = "grep -vc lo: /proc/net/dev"
    (tmp_path / "recipes/shop/app/Dockerfile").write_text(f"FROM debian:12\nRUN {devices} && exit 7\n")
    chain = chain_of(case, base, engine)
    with pytest.raises(BuildError) as failed:
        build(engine, chain[0], log=tmp_path / "build.log")
    assert "\n2\n" in failed.value.log  # the two lines of the heading: there is no device but the loopback
    assert built(engine, chain[0].tag) is None


@pytest.mark.parametrize(
    "lines",
    [
        "COPY /etc/hostname /seen",
        "ADD ../../../../../etc/hostname /seen",
        'COPY ["../../../../../../etc/hostname", "/seen"]',
        "RUN --MOUNT=type=bind,source=/,target=/host cat /host/etc/hostname",
        "RUN test -S /var/run/docker.sock",
    ],
)
def test_a_dockerfile_sees_neither_the_host_nor_the_engine(
    engine: Engine, base: Base, tmp_path: Path, lines: str
) -> None:
    case = written(tmp_path, "dockerfile: app")
    (tmp_path / "recipes/shop/app/Dockerfile").write_text(f"FROM debian:12\n{lines}\n")
    chain = chain_of(case, base, engine)
    with pytest.raises(BuildError):
        build(engine, chain[0], log=tmp_path / "build.log")
    assert built(engine, chain[0].tag) is None
