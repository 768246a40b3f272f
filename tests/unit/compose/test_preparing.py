"""What is in a replica before anybody uses it, as services that run once."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.compose import running
from harness.compose.releases import Exported, Lineage
from harness.compose.services import Service
from harness.model import Context, ServiceRef
from tests.unit.compose.lineages import lineage, recipe, release

SEED = [
    {"run": ["fill", "a $b"]},
    {"files": {"from": "uploads", "to": "/srv/home/up"}},
    {"sql": {"file": "dump.sql", "service": "postgresql"}},
    {"run": ["index"]},
    {"request": {"path": "/api", "json": {"title": "ä"}, "status": 201}},
]
DONE, HEALTHY = "service_completed_successfully", "service_healthy"


def planned(of: Lineage) -> dict[str, Service]:
    return {one.name: one for one in running.planned(of)}


def waits_for(there: dict[str, Service], name: str) -> set[str]:
    """All that must have happened before a service starts."""
    direct = set(there[name].after) | ({there[name].within} - {""})
    return direct.union(*(waits_for(there, one) for one in direct))


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads/a.txt").write_text("a")
    (tmp_path / "dump.sql").write_text("select 1")
    return tmp_path


def test_a_product_without_any_of_it_has_nothing_that_runs_before(tmp_path: Path) -> None:
    there = planned(lineage(release(recipe(tmp_path), services={"redis": "7"})))
    assert list(there) == ["redis", "product", "browser", "door"]
    assert there["product"].after == {"redis": HEALTHY}
    assert there["redis"].networks == {"replica": ()}


def test_a_seed_is_done_in_its_order_each_where_it_belongs(beside: Path) -> None:
    one = release(recipe(beside, seed=SEED, data=["/srv/home"]), services={"postgresql": "15"})
    there = planned(lineage(one))
    order = ["postgresql", "seed-1", "seed-2", "seed-3", "seed-start", "seed-answers", "product", "browser", "door"]
    assert list(there) == order
    for earlier, later in pairwise(order[:7]):
        assert earlier in waits_for(there, later)
    assert there["seed-2"].within == "postgresql"
    assert there["seed-2"].shared.items() & there["postgresql"].shared.items() == {("postgresql-tmp", "/tmp")}
    assert there["product"].after == {"seed-start": DONE, "seed-answers": DONE, "postgresql": HEALTHY}
    run = there["seed-1"].image.files["seed-1/run"].content
    assert run == b"set -eu\nfill 'a $b'\nmkdir -p /srv/home/up && cp -R /opt/project/seed-1/2/. /srv/home/up\n"
    assert there["seed-1"].image.files["seed-1/2/a.txt"].content == beside / "uploads/a.txt"
    assert b"/opt/project/seed-2/1/seed.sql app" in bytes(there["seed-2"].image.files["seed-2/run"].content)


def test_a_request_is_written_as_it_goes_over_the_line(beside: Path) -> None:
    files = planned(lineage(release(recipe(beside, seed=SEED), services={"postgresql": "15"})))[
        "seed-answers"
    ].image.files
    head, _, body = bytes(files["seed-answers/1.http"].content).partition(b"\r\n\r\n")
    assert head.splitlines()[:2] == [b"POST /api HTTP/1.1", b"Host: product:8000"]
    assert {b"Content-Type: application/json", b"Connection: close", b"Content-Length: 19"} < set(head.splitlines())
    assert body == b'{"title": "\\u00e4"}'
    assert files["seed-answers/1.status"].content == b"201"


def test_hops_come_one_after_the_other_over_the_same_data(beside: Path) -> None:
    one = recipe(beside, seed=[{"run": ["fill"]}], data=["/srv/home"], migrate=[["migrate", "{{ product.version }}"]])
    there = planned(lineage(*(release(one, number, {"postgresql": "15"}) for number in (1, 2, 3))))
    order = ["postgresql", "seed-1", "seed-start", "seed-answers", "hop-1-owner", "hop-1-migrate", "hop-2-owner"]
    assert list(there) == [*order, "hop-2-migrate", "product", "browser", "door"]
    assert waits_for(there, "product") == {*order, "hop-2-migrate"}
    for name in ("seed-1", "seed-start", "hop-1-migrate", "hop-2-migrate", "product"):
        assert there[name].volumes["product-srv-home"] == "/srv/home"
    assert there["hop-1-migrate"].image.files["hop-1-migrate/run"].content == b"set -eu\nmigrate 2.0\n"
    assert there["product"].image is there["hop-2-migrate"].image
    assert [name for name, service in there.items() if service.fills] == ["postgresql", "seed-1"]
    assert {name for name, service in there.items() if service.owns} == {"hop-1-owner", "hop-2-owner"}


def test_without_a_command_of_its_own_a_hop_is_the_start_of_the_new_version(beside: Path) -> None:
    there = planned(lineage(*(release(recipe(beside, data=["/srv/home"]), number) for number in (1, 2))))
    assert list(there)[:5] == ["seed-start", "seed-answers", "hop-1-owner", "hop-1-start", "hop-1-answers"]
    assert there["hop-1-start"].command[:5] == ("sh", "/opt/project/until.sh", "hop-1-start", "TERM", "shop")
    assert there["hop-1-start"].networks == {"preparing": ("product",)}


def test_an_older_service_has_ended_when_a_newer_one_opens_its_data(beside: Path) -> None:
    one = recipe(beside, data=["/srv/home"], migrate=[["migrate"]])
    versions: list[dict[str, str]] = [{"mariadb": "10", "redis": "7"}, {"mariadb": "11", "redis": "7"}]
    there = planned(lineage(*(release(one, number, its) for number, its in enumerate(versions, start=1))))
    assert {"seed-mariadb", "hop-1-stop", "hop-1-mariadb-owner", "seed-start"} <= waits_for(there, "mariadb")
    assert there["hop-1-stop"].command == ("sh", "/opt/project/over.sh", "seed-mariadb")
    assert there["hop-1-mariadb-owner"].after == {"hop-1-stop": DONE, "seed-mariadb": DONE}
    assert there["seed-mariadb"].volumes["mariadb-data"] == there["mariadb"].volumes["mariadb-data"] == "/srv/data"
    assert there["seed-mariadb"].networks == {"preparing": ("mariadb",)}
    assert there["mariadb"].networks == {"preparing": (), "replica": ()}
    assert there["hop-1-mariadb-upgrade"].within == "mariadb"
    assert there["hop-1-migrate"].after == {"hop-1-mariadb-upgrade": DONE, "mariadb": HEALTHY, "redis": HEALTHY}
    assert "seed-redis" not in there, "one and the same runs through"
    assert there["redis"].after == {}


def test_who_hands_data_over_is_the_only_one_with_a_capability(beside: Path) -> None:
    one = recipe(beside, seed=SEED, data=["/srv/home"])
    for name, service in planned(lineage(*(release(one, number, {"postgresql": "15"}) for number in (1, 2)))).items():
        found: dict[str, Any] = service.document("shop", builds=True)
        assert found["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in found["security_opt"]
        assert found.get("cap_add", []) == (["CHOWN", "DAC_OVERRIDE"] if name.endswith("-owner") else [])
        assert ("user" in found) is name.endswith("-owner")


versions = st.lists(
    st.dictionaries(st.sampled_from(["mariadb", "redis"]), st.sampled_from(["1", "2"]), max_size=2),
    min_size=1,
    max_size=4,
)


@given(versions=versions, seeded=st.booleans(), migrates=st.booleans(), kept=st.booleans())
def test_every_lineage_can_be_started(
    tmp_path_factory: pytest.TempPathFactory, versions: list[dict[str, str]], seeded: bool, migrates: bool, kept: bool
) -> None:
    """No service waits for itself, all that it waits for is there, and who fills a volume comes first."""
    fields: dict[str, Any] = {"seed": [{"run": ["fill"]}]} if seeded else {}
    fields |= {"migrate": [["migrate"]]} if migrates else {}
    one = recipe(tmp_path_factory.mktemp("recipe"), **fields, data=["/srv/home"] if kept else [])
    there = planned(lineage(*(release(one, number, its) for number, its in enumerate(versions, start=1))))
    order = list(there)
    for name in there:
        assert all(order.index(earlier) < order.index(name) for earlier in waits_for(there, name))
    fillers = {volume: name for name, service in there.items() for volume in service.fills}
    for name, service in there.items():
        for volume in service.volumes:
            assert fillers[volume] == name or fillers[volume] in waits_for(there, name)
        newest = [its for its in service.after if its in versions[-1]]
        assert all(service.after[its] == HEALTHY for its in newest)


STORE: dict[str, Any] = {"name": "store", "image": f"store@sha256:{'1' * 64}", "port": 7070, "data": ["/data", "/more"]}


def with_store(one: Exported, **said: Any) -> Exported:
    """The same set-up with a service that is given as an image."""
    store = ServiceRef.model_validate({**STORE, **said})
    server = one.environment.server.model_copy(update={"services": (store,)})
    context = Context(name="service", parent=STORE["image"], dockerfile=f"FROM {STORE['image']}\n")
    return replace(
        one,
        environment=one.environment.model_copy(update={"server": server}),
        rendering=replace(one.rendering, services={"store": (context,)}),
        users={"store": "keeper"},
    )


def test_beside_an_image_that_is_given_something_of_ours_looks_whether_it_is_ready(tmp_path: Path) -> None:
    of = lineage(with_store(release(recipe(tmp_path)), environment={"KEY": "a {{ service.password }}"}))
    there = planned(of)
    assert there["store"].check is None
    assert there["store"].image.reference == STORE["image"]
    assert there["store"].volumes == {"store-data": "/data", "store-data-2": "/more"}
    assert there["store"].spec.environment == {"KEY": "a ${env:REPLICA_STORE_PASSWORD}"}
    assert "greet.pl 7070 '' ''" in there["store-ready"].command[-1]
    assert (there["store-ready"].within, there["product"].after) == ("store", {"store-ready": DONE})


def test_one_that_says_itself_whether_it_is_ready_needs_nobody(tmp_path: Path) -> None:
    there = planned(lineage(with_store(release(recipe(tmp_path)), ready={"command": ["is", "$it"]})))
    assert "store-ready" not in there
    check = there["store"].check
    assert check
    assert check.command == ("is", "$it")
    assert there["product"].after == {"store": HEALTHY}


def test_a_password_that_a_template_changes_is_kept_in_the_file_of_secrets(tmp_path: Path) -> None:
    of = lineage(with_store(release(recipe(tmp_path)), environment={"KEY": "{{ service.password | upper }}"}))
    assert planned(of)["store"].spec.environment == {"KEY": "${env:REPLICA_STORE_KEY}"}
    values = of.credentials.values
    assert values["REPLICA_STORE_KEY"] == values["REPLICA_STORE_PASSWORD"].upper()
