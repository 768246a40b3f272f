"""Images of real packages: the five examples, what they share, and what must not be in them."""

import json
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import certifi
import pytest
import yaml

from harness import lock, spec
from harness.engine import ContainerRegistry, Engine, base_reference, build, built, ca_bundle
from harness.errors import FetchError, GoneError
from harness.model import (
    Case,
    Client,
    Context,
    Environment,
    EnvironmentFile,
    Installation,
    Lock,
    LockedEnvironment,
    LockedSet,
    Package,
    Part,
    Recipe,
    Ref,
    Rendering,
    Server,
    Variable,
)
from harness.render import render
from tests.integration.engine.proxy import proxy
from tests.integration.running import ROOT

pytestmark = pytest.mark.engine

EXAMPLES = ("datasette-search", "flask-admin", "gallery-parallax", "slides-menu", "travel-select")
CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBkzCCATmgAwIBAgIUXDp5tslBCt7I2ghOivicj/yXQ+UwCgYIKoZIzj0EAwIw
HjEcMBoGA1UEAwwTaGFybmVzcyB0ZXN0IGNhbmFyeTAgFw0yNjExMjIyMTU5MTla
GA8yMTI2MTAyOTIxNTkxOVowHjEcMBoGA1UEAwwTaGFybmVzcyB0ZXN0IGNhbmFy
eTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABO9BIEPLIks/9Q4bSKWD7UVzRSiE
Nu3kB5yWA57QcUjjdBw6LiS7EbDd89orFsooRYFQ79es3IyuLXtq7tnre9ajUzBR
MB0GA1UdDgQWBBQ6T9WYTeSAVVmhSA6auDSc1ylUEDAfBgNVHSMEGDAWgBQ6T9WY
TeSAVVmhSA6auDSc1ylUEDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gA
MEUCIGoJOz8jGVRZ6vvFV+6AZrSvAoSI1KJJbLwUkhbGcaC9AiEAuZNL4Jdduk1b
VuB7mmPH60/aDaVtyKqMDCYgN8C0W1g=
-----END CERTIFICATE-----
"""  # of nobody: made for this test


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """Resolves, renders and builds on one engine."""

    engine: Engine
    registry: ContainerRegistry
    log: Path

    def lock(self, file: EnvironmentFile, recipes: Mapping[str, Recipe], existing: Lock | None = None) -> Lock:
        locked = lock.resolve(file, recipes, self.registry, existing=existing)
        return lock.settle(locked, file.environments, recipes, self.registry)

    def render(self, case: Case, locked: Lock, index: int) -> Rendering:
        environment = case.file.environments[index]
        return render(environment, case.recipe(environment), locked.environments[index], locked, self.registry)

    def build(self, chain: tuple[Context, ...]) -> str:
        for context in chain:
            build(self.engine, context, log=self.log)
        return chain[-1].tag

    def run(self, tag: str, *command: str) -> str:
        """Run a command in a container without a network; its output."""
        output = self.engine.client.containers.run(tag, list(command), network_mode="none", remove=True, stderr=True)
        return str(output.decode())


@pytest.fixture
def workshop(engine: Engine, tmp_path: Path) -> Workshop:
    return Workshop(engine=engine, registry=ContainerRegistry(engine=engine), log=tmp_path / "build.log")


def example(name: str) -> Case:
    return spec.load(ROOT / "environments" / f"{name}.yaml", None)


def locked_example(workshop: Workshop, case: Case) -> Lock:
    return workshop.lock(case.file, case.recipes, lock.beside(case.file.path))


# ------------------------------------------------------------------ examples
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_build_and_a_second_time_nothing_is_done(workshop: Workshop, name: str) -> None:
    case = example(name)
    locked = locked_example(workshop, case)
    for index in range(len(case.file.environments)):
        rendering = workshop.render(case, locked, index)
        for chain in (rendering.server, rendering.browser):
            workshop.build(chain)
            user = workshop.engine.client.images.get(chain[-1].tag).attrs["Config"]["User"]
            assert user not in ("", "root", "0")
    workshop.log.write_text("")
    for index in range(len(case.file.environments)):
        rendering = workshop.render(case, locked, index)
        for chain in (rendering.server, rendering.browser):
            workshop.build(chain)
    assert workshop.log.read_text() == ""


def test_what_is_installed_is_what_is_locked(workshop: Workshop) -> None:
    case = example("datasette-search")
    locked = locked_example(workshop, case)
    tag = workshop.build(workshop.render(case, locked, 0).server)
    code = "import importlib.metadata as m\nfor d in m.distributions(): print(d.name.lower(), d.version)"
    installed = workshop.run(tag, "python", "-c", code).splitlines()
    server = locked.environments[0].server
    packages = [one for one in (*server.product, *server.plugins) if one.installer == "pip" and not one.path]
    plain = {re.sub("[-_.]+", "-", line) for line in installed}
    assert plain == {re.sub("[-_.]+", "-", f"{one.name} {one.version}") for one in packages}


def test_npm_s_packages_lie_where_npm_would_put_them(workshop: Workshop) -> None:
    case = example("gallery-parallax")
    tag = workshop.build(workshop.render(case, locked_example(workshop, case), -1).server)
    files = "glob.glob('/srv/node_modules/*/package.json')"
    code = f"import json, glob; print(json.dumps({{p: json.load(open(p))['version'] for p in {files}}}))"
    assert json.loads(workshop.run(tag, "python3", "-c", code)) == {
        "/srv/node_modules/jquery/package.json": "3.7.1",
        "/srv/node_modules/jquery.stellar/package.json": "0.6.2",
    }


# -------------------------------------------------------------------- shared
def test_ten_environments_of_a_product_share_their_layers(workshop: Workshop) -> None:
    case = example("gallery-parallax")
    before = case.file.side("after")
    server = before.server
    versions = [f"3.{minor}.0" for minor in range(1, 7)] + ["1.4.1", "1.3.0", "1.2.1"]
    environments = [before] + [
        before.model_copy(
            update={"server": server.model_copy(update={"compat": (Ref(name="jquery-migrate", version=version),)})}
        )
        for version in versions
    ]
    assert len(environments) == 10
    file = case.file.model_copy(update={"environments": tuple(environments)})
    many = replace(case, file=file)
    locked = workshop.lock(file, case.recipes)
    layers, tags = set(), set()
    for index in range(10):
        chain = workshop.render(many, locked, index).server
        tags.add(workshop.build(chain))
        layers.add(tuple(layers_of(workshop.engine, chain[-1].tag)[: len(layers_of(workshop.engine, chain[-2].tag))]))
    assert len(tags) == 10
    assert len(layers) == 1


def test_another_version_of_a_plugin_builds_the_layer_of_plugins_alone(workshop: Workshop) -> None:
    case = example("slides-menu")
    before = case.file.side("before")
    (plugin,) = before.server.plugins
    server = before.server.model_copy(update={"plugins": (plugin.model_copy(update={"version": "1.1.3"}),)})
    environments = (before, before.model_copy(update={"server": server}))
    token = {"TOKEN": Variable(value=secrets.token_hex(6))}  # in the last layer, so that no image of it is there yet
    recipes = {"slides": case.recipes["slides"].model_copy(update={"environment": token})}
    case = replace(case, file=case.file.model_copy(update={"environments": environments}), recipes=recipes)
    locked = workshop.lock(case.file, case.recipes)
    one, other = (workshop.render(case, locked, index) for index in range(2))
    try:
        workshop.build(one.server)
        workshop.log.write_text("")
        workshop.build(other.server)
        built_anew = [line.split()[1] for line in workshop.log.read_text().splitlines() if line.startswith("# ")]
        assert built_anew == [other.server[-1].tag]
        assert [context.tag for context in other.browser] == [context.tag for context in one.browser]
        below = layers_of(workshop.engine, one.server[-2].tag)
        old, new = (layers_of(workshop.engine, chain[-1].tag) for chain in (one.server, other.server))
        assert below == old[: len(below)] == new[: len(below)]
        assert not set(new[len(below) :]) & set(below)
    finally:
        for chain in (one.server, other.server):
            if built(workshop.engine, chain[-1].tag):
                workshop.engine.client.images.remove(chain[-1].tag)


def layers_of(engine: Engine, tag: str) -> list[str]:
    return list(engine.client.images.get(tag).attrs["RootFS"]["Layers"])


# -------------------------------------------------- nothing of this machine
@pytest.fixture
def canaries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """A certificate and a proxy that this machine is told to use, and that answer."""
    bundle = ca_bundle()
    certificates = tmp_path / "certificates.pem"
    certificates.write_text(
        (bundle.read_text("latin-1") if bundle else Path(certifi.where()).read_text()) + CERTIFICATE
    )
    secret = f"canary{secrets.token_hex(8)}"
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        monkeypatch.setenv(name, str(certificates))
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    with proxy() as running:
        monkeypatch.setenv("http_proxy", running.url.replace("://", f"://{secret}:{secret}@"))
        monkeypatch.delenv("no_proxy", raising=False)
        yield CERTIFICATE.splitlines()[5], secret
    assert any(url.endswith(".deb") for url in running.asked), "the proxy was not used"


def test_neither_certificates_nor_proxies_of_this_machine_are_in_an_image(
    engine: Engine, canaries: tuple[str, str], tmp_path: Path
) -> None:
    workshop = Workshop(engine=engine, registry=ContainerRegistry(engine=engine), log=tmp_path / "build.log")
    case = example("datasette-search")
    locked = locked_example(workshop, case)  # everything is fetched anew, into an empty cache
    rendering = workshop.render(case, locked, 0)
    token = secrets.token_hex(6)
    chains = [made_anew(chain, token) for chain in (rendering.server, rendering.browser)]
    try:
        for chain in chains:
            image = engine.client.images.get(workshop.build(chain))
            assert image.labels["test"] == token
            found = searched(image.save(named=False), canaries)
            config = json.dumps([image.attrs, image.history()])
            assert found == set()
            assert not any(canary in config for canary in canaries)
            assert "_proxy" not in config.lower()
    finally:
        for chain in chains:
            for context in reversed(chain):
                if built(engine, context.tag):
                    engine.client.images.remove(context.tag)


def made_anew(chain: tuple[Context, ...], token: str) -> tuple[Context, ...]:
    """The same images under other tags, so that they are built and not found."""
    made: list[Context] = []
    for context in chain:
        parent = made[-1].tag if made else context.parent
        lines = [f"FROM {parent}", f"LABEL test={token}", *context.dockerfile.splitlines()[1:], ""]
        made.append(replace(context, parent=parent, dockerfile="\n".join(lines)))
    return tuple(made)


_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]{200,9000})-----END CERTIFICATE-----")


def searched(image: Iterator[bytes], canaries: tuple[str, str]) -> set[str]:
    """What of this machine is anywhere in an image with all its layers, its configuration and its history."""
    mine = of_this_machine()
    assert mine, "there would be nothing to find"
    found: set[str] = set()
    tail, size_bytes = b"", 0
    for chunk in image:
        window = tail + chunk
        found |= {canary for canary in canaries if canary.encode() in window}
        found |= {"a certificate of this machine" for body in _PEM.findall(window) if b"".join(body.split()) in mine}
        tail, size_bytes = window[-10_000:], size_bytes + len(chunk)
    assert size_bytes > 50_000_000, "this is not the whole image"
    return found


def of_this_machine() -> set[bytes]:
    """Certificates that tools trust here and that no public list has: what a company's proxy needs."""
    public = [Path(certifi.where()), *Path("/usr/share/ca-certificates").rglob("*.crt")]
    bundle = ca_bundle()
    return bodies([bundle] if bundle else []) - bodies(public)


def bodies(paths: list[Path]) -> set[bytes]:
    return {b"".join(body.split()) for path in paths for body in _PEM.findall(path.read_bytes())}


def test_the_search_finds_what_is_there() -> None:
    canary = CERTIFICATE.splitlines()[5]
    padding = b"\0" * 60_000_000
    assert searched(iter([padding, b"xx" + canary[:30].encode(), canary[30:].encode()]), (canary, "none")) == {canary}


# ------------------------------------------------------------ the same again
def test_the_same_lock_gives_the_same_tags_wherever_it_was_fetched(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = example("gallery-parallax")
    locked = without_browser(locked_example(workshop, case))
    here = workshop.render(case, locked, 0).server
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    elsewhere = replace(workshop, registry=ContainerRegistry(engine=workshop.engine))
    settled = lock.settle(locked, case.file.environments, case.recipes, elsewhere.registry, strict=True)
    assert [one.tag for one in elsewhere.render(case, settled, 0).server] == [one.tag for one in here]


def without_browser(locked: Lock) -> Lock:
    """Spares the download of a browser where it is not looked at."""
    environments = tuple(one.model_copy(update={"browser": LockedSet()}) for one in locked.environments)
    return locked.model_copy(update={"environments": environments})


def changed(locked: Lock, name: str, **update: str) -> Lock:
    """The lock with one package edited in every environment."""

    def edit(packages: tuple[Package, ...]) -> tuple[Package, ...]:
        return tuple(one.model_copy(update=update) if one.name == name else one for one in packages)

    def edited(one: LockedEnvironment) -> LockedEnvironment:
        server = LockedSet(product=edit(one.server.product), plugins=edit(one.server.plugins))
        return one.model_copy(update={"server": server})

    return locked.model_copy(update={"environments": tuple(edited(one) for one in locked.environments)})


@pytest.mark.parametrize(
    ("name", "package", "update", "said"),
    [
        (
            "datasette-search",
            "httpx",
            {"file": "httpx-0.0.99-py3-none-any.whl", "checksum": "sha256:" + "0" * 64},
            "httpx-0.0.99",
        ),
        ("datasette-search", "httpx", {"checksum": "sha256:" + "0" * 64}, "checksum"),
        ("gallery-parallax", "jquery", {"version": "3.0.99", "checksum": "sha512-AAAA"}, "jquery@3.0.99"),
        ("gallery-parallax", "jquery.stellar", {"checksum": "sha512-AAAA"}, "jquery.stellar@0.6.2"),
    ],
)
def test_a_package_that_is_gone_or_changed_is_named(
    workshop: Workshop, name: str, package: str, update: dict[str, str], said: str
) -> None:
    case = example(name)
    locked = changed(locked_example(workshop, case), package, **update)
    with pytest.raises(FetchError, match=re.escape(said)):
        lock.settle(locked, case.file.environments, case.recipes, workshop.registry)


def test_a_version_that_the_distribution_dropped_drifts_unless_that_is_forbidden(workshop: Workshop) -> None:
    case = example("gallery-parallax")
    locked = without_browser(locked_example(workshop, case))
    now = next(one.version for one in locked.environments[0].server.product if one.name == "python3")
    old = changed(locked, "python3", version="3.0.0-1", checksum="sha256:" + "0" * 64)
    with pytest.raises(GoneError, match=re.escape("python3 3.0.0-1")):
        lock.settle(old, case.file.environments, case.recipes, workshop.registry, strict=True)
    used = lock.settle(old, case.file.environments, case.recipes, workshop.registry)
    drifts = [one for one in used.drifts if one not in locked.drifts]  # the shipped lock may have some already
    assert [(one.package, one.locked, one.used) for one in drifts] == [("python3", "3.0.0-1", now)]
    assert used.environments == locked.environments


# ------------------------------------------------------------------- systems
@pytest.mark.parametrize("system", ["debian:11", "debian:12", "debian:13"])
def test_python_packages_with_and_without_wheels_install_on_every_system(
    workshop: Workshop, tmp_path: Path, system: str
) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "seed.py").write_text(
        "import getpass, pathlib; pathlib.Path('seed').write_text(getpass.getuser())"
    )
    part = Part(
        version=("1",),
        install=(
            Installation(installer="pip", arguments=["flask", "docopt==0.6.2"]),  # there is no wheel of docopt
            Installation(installer="files", arguments={"from": "files", "to": "/srv"}),
        ),
    )
    setup = (("python", "seed.py"),)
    recipe = Recipe(
        name="shop",
        folder=tmp_path,
        product=part,
        setup=setup,
        start=("python",),
        port=8000,
        environment={"A": "$b 中"},
    )
    server = Server(os=system, product=Ref(name="shop", version="1"))
    environment = Environment(client=Client(os="debian:12"), server=server)
    file = EnvironmentFile(path=tmp_path / "shop.yaml", name="shop", environments=(environment,))
    locked = workshop.lock(file, {"shop": recipe})
    chain = render(environment, recipe, locked.environments[0], locked, workshop.registry).server
    assert base_reference(locked.base(system)) == chain[0].parent
    tag = workshop.build(chain)
    seen = "sys.prefix, os.environ['A'], os.environ['HOME'], os.getcwd(), open('seed').read()"
    code = f"import flask, docopt, os, sys; print({seen})"
    assert workshop.run(tag, "python", "-c", code).split("\n")[0] == "/opt/app $b 中 /home/app /srv app"
    left = workshop.run(tag, "sh", "-c", "ls /tmp /var/lib/apt/lists").split()
    assert not {"wheels", "debs"} & set(left)


@pytest.mark.parametrize(("locale", "timezone"), [("zh_CN.UTF-8", "Asia/Shanghai"), ("C.UTF-8", "UTC")])
def test_the_browser_has_the_locale_the_time_zone_and_a_home(workshop: Workshop, locale: str, timezone: str) -> None:
    case = example("gallery-parallax")
    client = case.file.side("before").client.model_copy(update={"locale": locale, "timezone": timezone})
    environment = case.file.side("before").model_copy(update={"client": client})
    here = replace(case, file=case.file.model_copy(update={"environments": (environment,)}))
    tag = workshop.build(workshop.render(here, locked_example(workshop, case), 0).browser)
    said = workshop.run(tag, "sh", "-c", "locale 2>&1; date +%Z; id -un; echo $HOME; fc-list :lang=zh | head -n 1")
    assert f"LANG={locale}" in said
    assert "annot set" not in said  # a locale that is not there
    assert ("CST" if timezone.startswith("Asia") else "UTC") in said
    assert "browser\n/home/browser\n" in said
    assert "/usr/share/fonts" in said


def test_the_locks_of_the_examples_are_there_and_fresh() -> None:
    for name in EXAMPLES:
        path = lock.path_beside(ROOT / "environments" / f"{name}.yaml")
        assert path.exists(), f"{path.name} is not committed"
        case = example(name)
        lock.check(lock.read(path), case.file, case.recipes)
        assert "://" not in path.read_text("utf-8")
        assert yaml.safe_load(path.read_text("utf-8"))["schema"] == 1
