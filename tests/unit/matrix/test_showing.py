"""A plan for people, for programs and for a CI service."""

import json

import pytest

from harness.errors import InputError
from harness.matrix.planning import CELLS_MAX, Plan
from harness.matrix.showing import data, jobs, words
from tests.unit.market import Market, market

__all__ = ["market"]  # a fixture

TEXT = "axes: {upgrade.server.product: [2.2.4, 3.10], client.viewport: {desk: 1366x768, phone: 390x844}}\n"
BEFORE = "shop@1.12.4 + stellar@0.6.2 + carousel@1.0 + forms@3.1"
AFTER = {version: BEFORE.replace("1.12.4", version) for version in ("2.2.4", "3.10")}
BROWSER = "browser  debian:12  chromium@156, en_US.UTF-8, UTC"


@pytest.fixture
def plan(market: Market) -> Plan:
    return market.plan(TEXT, skip=["*3.10*phone"])


def test_words_say_what_each_cell_builds_and_each_image_once(plan: Plan) -> None:
    assert words(plan, "en").splitlines() == [
        "m: 3 of 4 cells, 4 images at most",
        "",
        "  buy/product=2.2.4,viewport=desk   #1 #2 → #3 #2",
        "  buy/product=2.2.4,viewport=phone  #1 #2 → #3 #2",
        "  buy/product=3.10,viewport=desk    #1 #2 → #4 #2",
        "",
        "What is built, each once:",
        f"  #1   server   debian:12  {BEFORE}  (for 3 cell(s))",
        f"  #2   {BROWSER}  (for 3 cell(s))",
        f"  #3   server   debian:12  {AFTER['2.2.4']}  (for 2 cell(s))",
        f"  #4   server   debian:12  {AFTER['3.10']}  (for 1 cell(s))",
    ]


def test_a_budget_that_cut_is_said(market: Market) -> None:
    assert words(market.plan(TEXT + "budget: 3\n"), "en").splitlines()[0] == (
        "m: 3 of 3 cells, 1 more were cut by the budget, 4 images at most"
    )


def test_in_chinese(plan: Plan) -> None:
    lines = words(plan, "zh").splitlines()
    assert lines[0] == "m：4 个单元中的 3 个，最多 4 个镜像"
    assert lines[6] == "要构建的内容（每项只构建一次）："


def test_data_says_the_same(plan: Plan) -> None:
    found = json.loads(json.dumps(data(plan)))
    assert (found["name"], found["digest"], found["cut"]) == ("m", plan.digest, 0)
    assert [cell["id"] for cell in found["cells"]] == [cell.id for cell in plan.chosen]
    assert found["cells"][2] == {
        "id": "buy/product=3.10,viewport=desk",
        "scenario": "buy",
        "values": {"product": "3.10", "viewport": "desk"},
        "before": BEFORE,
        "after": AFTER["3.10"],
        "builds": [f"server   debian:12  {BEFORE}", BROWSER, f"server   debian:12  {AFTER['3.10']}"],
    }
    assert [image["cells"] for image in found["images"]] == [3, 3, 2, 1]
    assert [image["what"] for image in found["images"]][1] == BROWSER


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        ("client.os", "debian:13", "browser  debian:13  chromium@156, en_US.UTF-8, UTC"),
        ("client.browser", "150", "browser  debian:12  chromium@150, en_US.UTF-8, UTC"),
        ("client.locale", "zh_CN.UTF-8", "browser  debian:12  chromium@156, zh_CN.UTF-8, UTC"),
        ("client.timezone", "Asia/Tokyo", "browser  debian:12  chromium@156, en_US.UTF-8, Asia/Tokyo"),
        ("server.os", "debian:13", f"server   debian:13  {BEFORE}"),
        ("server.compat.bridge", "1.0", f"server   debian:12  {BEFORE} + bridge@1.0"),
    ],
)
def test_what_makes_another_image(market: Market, path: str, value: str, what: str) -> None:
    assert what in [image["what"] for image in data(market.plan(f"axes: {{{path}: ['{value}']}}\n"))["images"]]


# ------------------------------------------------------------------------ jobs
def test_a_job_a_cell(plan: Plan) -> None:
    assert jobs(plan) == {"include": [{"name": cell.id, "only": cell.id} for cell in plan.chosen]}
    assert len(plan.chosen) == 3


def test_a_job_a_shard_and_none_that_is_empty(plan: Plan) -> None:
    assert jobs(plan, 2) == {"include": [{"name": "1/2", "shard": "1/2"}, {"name": "2/2", "shard": "2/2"}]}
    assert [job["shard"] for job in jobs(plan, 5)["include"]] == ["1/3", "2/3", "3/3"]
    assert jobs(plan, 1) == {"include": [{"name": "1/1", "shard": "1/1"}]}


@pytest.mark.parametrize("shards", [0, -1, CELLS_MAX + 1])
def test_what_is_no_number_of_shards(plan: Plan, shards: int) -> None:
    with pytest.raises(InputError, match="--shards must be between 1 and 256"):
        jobs(plan, shards)


def test_more_jobs_than_a_service_takes_want_shards(market: Market) -> None:
    versions = ", ".join(f"'{number}.0'" for number in range(1, 129))
    plan = market.plan(
        f"axes: {{upgrade.server.product: [{versions}]}}\n", scenarios="[scenarios/*.yaml]", cells_max=400
    )
    with pytest.raises(InputError) as caught:
        jobs(plan)
    assert caught.value.into("en") == ("384 cells are more jobs than a CI service takes\n  → add --shards 256 or fewer")
    assert len(jobs(plan, 256)["include"]) == 256
