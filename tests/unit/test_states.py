"""harness.states: how the states of a lineage are made, kept, found again and laid over images. No engine."""

import io
import json
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness import states
from harness.cache import Cache
from harness.errors import ProductNotReady, ReplicaError
from harness.language import Message
from harness.masking import Secrets
from harness.model import Context, Environment, Image, Recipe, Ref, Server, ServiceRef
from harness.once import Once
from harness.states import MigrationFailed, Release, States

SEED = [{"run": ["fill"]}]


def tar(name: str, content: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo(f"{name}/content")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content.encode()))
    return buffer.getvalue()


@dataclass(kw_only=True)
class Container:
    """Holds the words of all commands that were run in it, after what its image held."""

    name: str
    story: list[str]
    held: str
    fails: str

    def execute(self, *command: str, user: str = "") -> tuple[int, str]:
        self.story.append(f"{self.name}: {' '.join(command)}")
        self.held += f"+{command[0]}"
        return (1, "column a.b does not exist") if command[0] == self.fails else (0, "")

    def out_of_memory(self) -> bool:
        return self.fails == "migrate" and "short" in self.held

    def open_gate(self) -> None:
        self.story.append(f"{self.name}: gate")
        self.held += "+start"

    def stop(self) -> None:
        self.story.append(f"{self.name}: stop")

    def folder(self, path: str) -> Iterator[bytes]:
        yield tar(path.rpartition("/")[2], self.held)


@dataclass(kw_only=True)
class World:
    """A lineage of releases whose replicas are made up. ``story`` is what was done in them."""

    folder: Path
    recipe: dict[str, Any] = field(default_factory=dict)
    services: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # name -> its version in each release
    fails: str = ""
    unready: str = ""
    why: ReplicaError = field(default_factory=lambda: ReplicaError(Message("not ready")))
    story: list[str] = field(default_factory=list)
    built: list[Context] = field(default_factory=list)
    digest: str = ""

    @property
    def cache(self) -> Cache:
        return Cache(self.folder / "cache")

    def release(self, number: int) -> Release:
        version = f"{number + 1}.0"
        fields = {"name": "shop", "folder": self.folder, "product": {"version": ["1"]}, "start": ["shop"], "port": 80}
        recipe = Recipe.model_validate(
            fields | {"data": ["/srv/data"], "migrate": [["migrate", "to-{{ product.version }}"]]} | self.recipe
        )
        services = tuple(ServiceRef(name=name, version=its[number]) for name, its in self.services.items())
        server = Server(product=Ref(name="shop", version=version), services=services)
        images = {"product": Image(tag=f"harness/plugins:{version}", id="1")}
        images |= {f"services.{one.name}": Image(tag=f"harness/{one.name}:{one.version}", id="2") for one in services}

        @contextmanager
        def start(images: Mapping[str, Image]) -> Iterator[Any]:
            self.story.append(f"replica of {version}")
            held = {name: self.held.get(image.tag, "") for name, image in images.items()}
            made = {name: Container(name=name, story=self.story, held=held[name], fails=self.fails) for name in images}
            attending = {name.partition(".")[2]: one for name, one in made.items() if name != "product"}
            replica = SimpleNamespace(product_address=("127.0.0.1", 1))

            def wait_until_ready() -> None:
                self.story.append("ready?")
                if version == self.unready:
                    raise self.why

            yield SimpleNamespace(
                product=made["product"], services=attending, replica=replica, wait_until_ready=wait_until_ready
            )

        return Release(
            environment=Environment(server=server), recipe=recipe, images=images, digest=self.digest, start=start
        )

    @property
    def held(self) -> dict[str, str]:
        """What is in the folders that lie over an image."""
        found = {}
        for context in self.built:
            if not context.files:
                continue
            (file,) = context.files
            assert isinstance(file.content, Path)
            with tarfile.open(file.content) as archive:
                member = archive.extractfile(archive.getmembers()[0])
                assert member
                found[context.tag] = member.read().decode()
        return found

    def states(self, releases: int, **changes: Any) -> States:
        changed = replace(self, **changes) if changes else self
        return States(
            lineage=[changed.release(number) for number in range(releases)],
            engine=None,  # type: ignore[arg-type]
            cache=self.cache,
            secrets=Secrets(),
            folder=self.folder,
            say=lambda message: None,
            once=Once(),
        )

    def ends(self, releases: int = 2) -> dict[str, str]:
        """What the folders hold that the last of so many releases starts from, by image."""
        images = self.states(releases).images()
        return {name: self.held.get(image.tag, "") for name, image in images.items()}

    def told(self) -> list[str]:
        """What was done since the last time."""
        told = list(self.story)
        self.story.clear()
        return told


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., World]:
    def make(*, volumes: tuple[str, ...] = (), **fields: Any) -> World:
        made = World(folder=tmp_path, **fields)

        def build(engine: Any, context: Context, *, log: Path) -> Image:
            made.built.append(context)
            return Image(tag=context.tag, id="3")

        monkeypatch.setattr(states, "build", build)
        monkeypatch.setattr(states.images, "user", lambda engine, tag: "seller")
        monkeypatch.setattr(states.images, "command", lambda engine, tag: ("serve", "it"))
        monkeypatch.setattr(states.images, "volumes", lambda engine, tag: volumes)
        return made

    return make


def test_a_state_is_seeded_started_and_stopped_once(world: Callable[..., World]) -> None:
    made = world(recipe={"seed": SEED})
    assert made.ends(1) == {"product": "+fill+start"}
    story = ["replica of 1.0", "product: fill", "product: gate", "ready?", "product: stop"]
    assert made.told() == story
    assert made.ends(1) == {"product": "+fill+start"}
    assert made.told() == []


def test_a_new_version_migrates_what_the_old_one_held_and_is_not_started(world: Callable[..., World]) -> None:
    made = world(recipe={"seed": SEED})
    assert made.ends(2) == {"product": "+fill+start+migrate"}
    assert made.told()[5:] == ["replica of 2.0", "product: migrate to-2.0", "product: stop"]


def test_without_a_command_to_migrate_the_start_is_the_migration(world: Callable[..., World]) -> None:
    made = world(recipe={"seed": SEED, "migrate": []})
    assert made.ends(2) == {"product": "+fill+start+start"}
    assert made.told()[5:] == ["replica of 2.0", "product: gate", "ready?", "product: stop"]


def test_each_hop_starts_from_the_nearest_state(world: Callable[..., World]) -> None:
    made = world(recipe={"seed": SEED})
    made.ends(2)
    made.told()
    assert made.ends(3) == {"product": "+fill+start+migrate+migrate"}
    assert made.told() == ["replica of 3.0", "product: migrate to-3.0", "product: stop"]
    assert made.ends(1) == {"product": "+fill+start"}
    assert made.ends(3) == {"product": "+fill+start+migrate+migrate"}
    assert made.told() == []


def test_services_stop_after_the_product_and_keep_their_data(world: Callable[..., World]) -> None:
    made = world(recipe={"seed": SEED, "data": []}, services={"redis": ("7", "7")})
    assert made.ends(2).keys() == {"product", "services.redis"}
    assert made.told()[-2:] == ["product: stop", "services.redis: stop"]
    assert {context.parent for context in made.built} == {"harness/redis:7"}  # nothing of the product is kept


def test_a_service_makes_old_data_its_own_where_its_version_is_another(world: Callable[..., World]) -> None:
    made = world(services={"mariadb": ("10.11", "10.11", "11.8")})
    made.ends(3)
    upgrades = [line for line in made.told() if "mariadb-upgrade" in line]
    assert upgrades == ["services.mariadb: mariadb-upgrade --defaults-file=/srv/my.cnf --skip-write-binlog --silent"]


def test_a_service_that_comes_with_an_upgrade_is_new(world: Callable[..., World]) -> None:
    made = world()
    older, newer = made.release(0), replace(made, services={"redis": ("7", "7")}).release(1)
    images = replace(made.states(2), lineage=[older, newer]).images()
    assert {name: made.held[image.tag] for name, image in images.items()} == {
        "product": "+start+migrate",
        "services.redis": "",
    }
    assert {context.parent for context in made.built} == {"harness/plugins:2.0", "harness/redis:7"}


def test_a_migration_that_fails_says_what_it_printed_and_is_tried_again(world: Callable[..., World]) -> None:
    made = world(recipe={"seed": SEED}, fails="migrate")
    for _ in range(2):
        with pytest.raises(MigrationFailed) as caught:
            made.ends(2)
        migration = caught.value.migration
        assert (migration.command, migration.exit_code, migration.layer) == ("migrate to-2.0", 1, "server")
        assert migration.output == "column a.b does not exist"
    assert made.told()[-1] == "product: migrate to-2.0"
    log = (made.folder / "migrate.log").read_text()
    assert log.count("$ migrate to-2.0\ncolumn a.b does not exist\n[exit code 1]\n") == 2


def test_a_migration_for_which_we_gave_too_little_memory_says_nothing_of_it(world: Callable[..., World]) -> None:
    made = world(recipe={"seed": [{"run": ["short"]}]}, fails="migrate")
    with pytest.raises(ReplicaError, match="2GiB of memory that harness gives it") as caught:
        made.ends(2)
    assert not isinstance(caught.value, MigrationFailed)
    assert "server: {memory:" in str(caught.value.advice)


def test_a_version_that_does_not_get_ready_is_no_migration_that_fails(world: Callable[..., World]) -> None:
    made = world(recipe={"migrate": []}, unready="2.0")
    with pytest.raises(ReplicaError, match="not ready") as caught:
        made.ends(2)
    assert not isinstance(caught.value, MigrationFailed)


def ends(code: int | None, status: int | None = None) -> ProductNotReady:
    return ProductNotReady(Message("not ready"), log="no such column", code=code, status=status)


def test_a_start_that_is_the_migration_and_fails_is_a_product_that_does_not_start(world: Callable[..., World]) -> None:
    made = world(recipe={"migrate": []}, unready="2.0", why=ends(3))
    with pytest.raises(ProductNotReady) as caught:
        made.ends(2)
    assert (str(caught.value.what), caught.value.code) == ("shop@2.0: not ready", 3)
    assert (made.folder / "migrate.log").read_text() == "not ready\nno such column\n"


def test_a_product_that_was_killed_when_it_started_says_nothing_of_it(world: Callable[..., World]) -> None:
    with pytest.raises(ProductNotReady, match="not ready"):
        world(recipe={"migrate": []}, unready="2.0", why=ends(137)).ends(2)


def test_a_product_that_answers_otherwise_is_judged_by_what_is_seen_of_it(world: Callable[..., World]) -> None:
    made = world(recipe={"migrate": []}, unready="2.0", why=ends(None, 500))
    made.ends(2)
    assert made.told()[-3:] == ["product: gate", "ready?", "product: stop"]


def test_a_seed_that_fails_is_none_either(world: Callable[..., World]) -> None:
    with pytest.raises(ReplicaError, match="the seed of shop fails") as caught:
        world(recipe={"seed": SEED}, fails="fill").ends(2)
    assert not isinstance(caught.value, MigrationFailed)


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({"recipe": {"seed": [{"run": ["fill", "more"]}]}}, (True, True)),
        ({"recipe": {"seed": SEED, "data": ["/srv/other"]}}, (True, True)),
        ({"recipe": {"seed": SEED, "migrate": [["other"]]}}, (False, True)),
        ({"digest": "of other variables"}, (True, True)),
        ({"services": {"redis": ("7", "7")}}, (True, True)),
        ({"services": {"redis": ("7", "8")}}, (True, True)),
        ({"recipe": {"seed": SEED, "ready": {"path": "/health"}}}, (False, False)),
    ],
)
def test_a_state_is_known_by_all_that_it_depends_on(
    world: Callable[..., World], changes: dict[str, Any], differs: tuple[bool, bool]
) -> None:
    made = world(recipe={"seed": SEED})
    keys = made.states(2).keys
    assert keys == made.states(2).keys
    others = made.states(2, **changes).keys
    assert tuple(key != other for key, other in zip(keys, others, strict=True)) == differs


def test_a_state_whose_files_are_gone_is_made_again(world: Callable[..., World]) -> None:
    made = world(recipe={"seed": SEED})
    made.ends(1)
    made.told()
    for file in (made.folder / "cache/files").rglob("*"):
        if file.is_file():
            file.unlink()
    made.built.clear()
    made.ends(1)
    assert made.told()[0] == "replica of 1.0"


def test_folders_replace_what_the_image_has_there_for_the_user_that_it_has(world: Callable[..., World]) -> None:
    made = world(recipe={"seed": SEED, "data": ["/srv/my-data", "/var/lib/shop"]})
    made.states(1).images()
    (context,) = made.built
    assert context.dockerfile.splitlines() == [
        "FROM harness/plugins:1.0",
        "USER root",
        "RUN rm -rf /srv/my-data /var/lib/shop",
        'ADD ["1.tar", "/srv/"]',
        'ADD ["2.tar", "/var/lib/"]',
        "RUN chown -R seller /srv/my-data /var/lib/shop",
        "USER seller",
    ]
    assert [file.path for file in context.files] == ["1.tar", "2.tar"]


def test_a_volume_takes_in_its_folders_when_it_starts(world: Callable[..., World]) -> None:
    made = world(recipe={"seed": SEED, "data": ["/var/lib/shop/data", "/srv/x"]}, volumes=("/var/lib/shop",))
    made.states(1).images()
    (context,) = made.built
    *lines, start, arguments = context.dockerfile.splitlines()
    assert lines[1:] == [
        "USER root",
        "RUN rm -rf /opt/harness-state",
        'ADD ["1.tar", "/opt/harness-state/1/"]',
        'ADD ["2.tar", "/opt/harness-state/2/"]',
        "RUN chown -R seller /opt/harness-state",
        "USER seller",
    ]
    words = json.loads(start.removeprefix("ENTRYPOINT "))
    assert (words[:2], words[3:], arguments) == (["sh", "-euc"], ["sh", "serve", "it"], "CMD []")
    assert "cp -a /opt/harness-state/1/data/. /var/lib/shop/data/" in words[2]
    assert words[2].endswith('\nexec "$@"')


def test_the_script_of_a_volume_leaves_what_was_kept_and_nothing_else(tmp_path: Path) -> None:
    aside, there = tmp_path / "aside", tmp_path / "it's data"
    (aside / "1/it's data/deep").mkdir(parents=True)
    (aside / "1/it's data/deep/kept").touch()
    there.mkdir()
    (there / "new").touch()
    script = states._taken_in([str(there)]).replace(states.ASIDE, str(aside))
    done = subprocess.run(["sh", "-euc", script, "sh", "ls", "-R", there], capture_output=True, text=True, check=True)
    assert "kept" in done.stdout
    assert not (there / "new").exists()


def test_a_service_that_is_given_knows_where_its_data_began(world: Callable[..., World]) -> None:
    made = world(recipe={"seed": SEED})
    given = {"name": "store", "image": f"store@sha256:{'1' * 64}", "port": 1, "data": ["/data"]}

    def states_of(said: dict[str, Any]) -> States:
        def with_store(release: Release) -> Release:
            server = release.environment.server.model_copy(update={"services": (ServiceRef.model_validate(said),)})
            images = {**release.images, "services.store": Image(tag="harness/service:1", id="4")}
            environment = release.environment.model_copy(update={"server": server})
            return replace(release, environment=environment, images=images)

        plain = made.states(2)
        return replace(plain, lineage=[with_store(one) for one in plain.lineage])

    wanted = states_of(given)
    wanted.images()
    stores = [context for context in made.built if context.parent == "harness/service:1"]
    assert [bool(context.files) for context in stores] == [False, True, True]  # seeded, migrated, and the last
    assert {context.dockerfile.splitlines()[1] for context in stores} == {f"LABEL org.harness.lineage={wanted.keys[0]}"}
    assert 'ADD ["1.tar", "/"]' in stores[-1].dockerfile
    assert states_of({**given, "environment": {"A": "b"}}).keys[0] != wanted.keys[0]


def test_only_a_seed_with_a_scenario_needs_a_browser(tmp_path: Path) -> None:
    fields = {"name": "shop", "folder": tmp_path, "product": {"version": ["1"]}, "data": ["/srv/data"]}
    assert states.needs_browser(Recipe.model_validate(fields | {"seed": [{"scenario": "sign.yaml"}]}))
    assert not states.needs_browser(Recipe.model_validate(fields | {"seed": SEED}))
