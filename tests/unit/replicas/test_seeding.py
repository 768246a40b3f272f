"""harness.replicas.seeding: what is put into a replica, in which order, and what becomes of what fails."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InputError, ReplicaError
from harness.language import Message
from harness.masking import Secrets
from harness.model import Fault, Outcome, Recipe, Said, Scenario, Trace
from harness.replicas import seeding
from harness.replicas.seeding import CommandLog
from harness.services import SERVICES
from harness.systems import SYSTEMS

SECRET = "b7f1c2d49e0a4c55"


@dataclass(kw_only=True)
class Container:
    """Remembers what was done to it; a command with `fail` in it fails."""

    name: str
    done: list[Any]

    def execute(self, *command: str, user: str = "") -> tuple[int, str]:
        self.done.append((self.name, *command))
        return (3, f"no such table, {SECRET}\n") if "fail" in command else (0, "well\n")

    def put(self, files: Any, to: str) -> None:
        self.done.append((self.name, "put", to, [(file.path, file.content.read_text()) for file in files]))


class Product(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[Any] = []


class Handler(BaseHTTPRequestHandler):
    server: Product

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.server.asked.append((self.command, self.path, body, self.headers["Cookie"]))
        self.send_response(201 if self.path == "/books" else 200)
        self.send_header("Set-Cookie", "session=1")
        self.end_headers()
        self.wfile.write(f"made, {SECRET}".encode())

    do_MKCOL = do_PUT = do_POST

    def log_message(self, format: str, *args: object) -> None:
        pass


def load(name: str, file: str) -> tuple[str, ...]:
    return SERVICES[name].load(SYSTEMS["debian:12"], file)


@dataclass(kw_only=True)
class Ground:
    folder: Path
    done: list[Any] = field(default_factory=list)
    secrets: Secrets = field(default_factory=Secrets)

    def recipe(self, *seed: dict[str, Any]) -> Recipe:
        fields = {"name": "shop", "folder": self.folder, "product": {"version": ["1"]}, "start": ["shop"], "port": 80}
        steps = [{"number": 1, "action": "open", "arguments": {}, "timeout_s": 1}]
        scenarios = {"sign.yaml": Scenario(path=self.folder / "sign.yaml", name="sign", steps=steps)}  # type: ignore[arg-type]
        return Recipe.model_validate(fields | {"seed": seed, "data": ["/srv/data"], "scenarios": scenarios})

    def before_start(self, *seed: dict[str, Any]) -> str:
        product, database = Container(name="product", done=self.done), Container(name="database", done=self.done)
        services: Any = {"postgresql": database}
        with CommandLog(self.folder / "seed.log", self.secrets) as log:
            seeding.before_start(self.recipe(*seed), commands, product, services, load, log)  # type: ignore[arg-type]
        return (self.folder / "seed.log").read_text()

    def after_start(self, address: tuple[str, int], *seed: dict[str, Any], ends: str = "", fault: str = "") -> str:
        """``ends`` is why the step of a scenario fails, ``fault`` what else keeps it from its end."""

        def replay(scenario: Scenario) -> Trace:
            self.done.append(("replay", scenario.name))
            reason = Said.of(Message("{why}", why=ends)) if ends else None
            outcome = Outcome(
                number=1, action="open", description={}, outcome="failed" if ends else "passed", reason=reason
            )
            at = Fault(reason=Said.of(Message("{why}", why=fault)), step=1) if fault else None
            return Trace(side="before", browser="", outcomes=(outcome,), fault=at)

        with CommandLog(self.folder / "seed.log", self.secrets) as log:
            seeding.after_start(self.recipe(*seed), address, replay, log)
        return (self.folder / "seed.log").read_text()

    def recorded(self, *seed: dict[str, Any]) -> list[Any]:
        return seeding.recorded(self.recipe(*seed), commands)


def commands(which: Any) -> list[list[str]]:
    return [[word.replace("{{ product.version }}", "1") for word in one] for one in which]


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    (tmp_path / "uploads/deep").mkdir(parents=True)
    (tmp_path / "uploads/deep/a.txt").write_text("one")
    (tmp_path / "dump.sql").write_text("CREATE TABLE a (b int);")
    (tmp_path / "sign.yaml").write_text("steps: []")
    made = Ground(folder=tmp_path)
    made.secrets.add(SECRET, "token")
    return made


@pytest.fixture
def product() -> Iterator[Product]:
    server = Product()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


FILES = {"files": {"from": "uploads", "to": "/srv/data"}}
SQL = {"sql": {"file": "dump.sql", "service": "postgresql"}}
SCENARIO = {"scenario": "sign.yaml"}


def test_entries_are_done_in_their_order(ground: Ground) -> None:
    log = ground.before_start(FILES, {"run": ["make", "v{{ product.version }}"]}, SQL)
    assert ground.done[:3] == [
        ("product", "put", "/srv/data", [("deep/a.txt", "one")]),
        ("product", "make", "v1"),
        ("database", "put", "/tmp", [("seed.sql", "CREATE TABLE a (b int);")]),
    ]
    who, program, *words = ground.done[3]
    assert (who, program) == ("database", "/usr/lib/postgresql/15/bin/psql")
    assert words[-2:] == ["/tmp/seed.sql", "app"]
    assert log.splitlines()[:4] == ["# uploads → /srv/data", "$ make v1", "well", "[exit code 0]"]


def test_a_request_is_left_for_when_the_product_runs(ground: Ground) -> None:
    assert ground.before_start({"request": {"path": "/books"}}) == ""
    assert ground.done == []


def test_a_command_that_fails_says_which_and_why_without_secrets(ground: Ground) -> None:
    with pytest.raises(ReplicaError) as caught:
        ground.before_start({"run": ["fail", SECRET]}, {"run": ["never"]})
    assert str(caught.value.what) == "the seed of shop fails: `fail •••••` ended with exit code 3".replace(
        "•••••", caught.value.log.split(", ")[1].strip()
    )
    assert SECRET not in caught.value.log + str(caught.value.what) + (ground.folder / "seed.log").read_text()
    assert ground.done == [("product", "fail", SECRET)]


def test_requests_are_sent_in_their_order_and_share_cookies(ground: Ground, product: Product) -> None:
    address = ("127.0.0.1", product.server_port)
    log = ground.after_start(
        address,
        {"request": {"path": "/books", "json": {"title": "Emma"}, "status": 201}},
        {"request": {"method": "PUT", "path": "/shelf", "form": {"a": "b c"}}},
    )
    assert product.asked == [
        ("POST", "/books", '{"title": "Emma"}', None),
        ("PUT", "/shelf", "a=b+c", "session=1"),
    ]
    assert log.splitlines()[0] == "> POST /books"
    assert log.splitlines()[1].startswith("< HTTP 201 made, ")
    assert SECRET not in log


def test_collections_of_webdav_can_be_made(ground: Ground, product: Product) -> None:
    request = {"request": {"method": "MKCOL", "path": "/books", "status": 201}}
    log = ground.after_start(("127.0.0.1", product.server_port), request)
    assert log.splitlines()[0] == "> MKCOL /books"


def test_a_request_that_is_answered_otherwise_says_how(ground: Ground, product: Product) -> None:
    with pytest.raises(ReplicaError) as caught:
        ground.after_start(("127.0.0.1", product.server_port), {"request": {"path": "/books"}})
    said = "POST /books should be answered with HTTP 200, and came to HTTP 201"
    assert str(caught.value.what) == f"the seed of shop fails: {said}"


def test_scenarios_and_requests_are_done_in_their_order(ground: Ground, product: Product) -> None:
    request = {"request": {"path": "/shelf"}}
    log = ground.after_start(("127.0.0.1", product.server_port), SCENARIO, request, SCENARIO)
    assert ground.done == [("replay", "sign"), ("replay", "sign")]
    assert [line for line in log.splitlines() if line[0] in "#>1"] == [
        *("# sign.yaml", "1 open: passed", "> POST /shelf", "# sign.yaml", "1 open: passed")
    ]


@pytest.mark.parametrize("how", ["ends", "fault"])
def test_a_scenario_that_does_not_come_to_its_end_says_where_and_why(ground: Ground, how: str) -> None:
    why: dict[str, Any] = {how: "it is not there"}
    with pytest.raises(ReplicaError) as caught:
        ground.after_start(("127.0.0.1", 1), SCENARIO, **why)
    assert str(caught.value.what) == "the seed of shop fails at step 1 of sign.yaml: it is not there"


def test_a_request_that_nobody_answers_is_the_seeds_failure(ground: Ground, product: Product) -> None:
    port = product.server_port
    product.server_close()
    with pytest.raises(ReplicaError, match="came to ConnectionError"):
        ground.after_start(("127.0.0.1", port), {"request": {"path": "/books"}})


@pytest.mark.parametrize(
    ("path", "entry"),
    [("uploads/deep/a.txt", FILES), ("uploads/new", FILES), ("dump.sql", SQL), ("sign.yaml", SCENARIO)],
)
def test_what_is_recorded_changes_with_what_is_put_there(ground: Ground, path: str, entry: dict[str, Any]) -> None:
    before = ground.recorded(entry)
    assert ground.recorded(entry) == before
    (ground.folder / path).write_text("another")
    assert ground.recorded(entry) != before


def test_each_kind_of_entry_is_recorded(ground: Ground) -> None:
    entries = [FILES, SQL, {"run": ["a", "b"]}, {"request": {"path": "/a"}}, SCENARIO]
    assert [row[0] for row in ground.recorded(*entries)] == ["files", "sql", "run", "request", "scenario"]
    others = [{"run": ["a", "c"]}, {"request": {"path": "/a", "status": 201}}]
    assert all(ground.recorded(one) != ground.recorded(other) for one, other in zip(entries[2:4], others, strict=True))


def test_a_link_that_leads_out_of_the_recipe_is_refused(ground: Ground) -> None:
    (ground.folder / "uploads/link").symlink_to("/etc/hostname")
    with pytest.raises(InputError, match="lies outside of the recipe"):
        ground.recorded(FILES)
