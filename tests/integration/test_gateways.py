"""Gateways for real: an API that changes its shape is mended by what `suggest-compat` writes, or is said not to be."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness import cli
from harness.evidence import RunFolder
from harness.model import Request
from tests.integration.running import ROOT, Explain, Reproduce
from tests.truth.case import OPEN, Case, fetched, page, shows

pytestmark = pytest.mark.engine
ROWS = [
    {"id": 1, "title": "Emma", "price": 7, "author": {"name": "Austen"}},
    {"id": 2, "title": "Ivanhoe", "price": 9, "author": {"name": "Scott"}},
]
NAMES = fetched("/api/rows?page=1", "data.map(row => row.author.name + row.price.toFixed(2)).join(', ')")


def case(name: str, new: Any) -> Case:
    return Case(
        name=name,
        before={"/": page(), "/api/rows": {"json": ROWS, "headers": {"X-Total-Count": "2"}}},
        after={"/api/rows": {"json": new}},
        plugin=NAMES,
        steps=[OPEN, shows("Austen7.00, Scott9.00")],
    )


def suggested(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    capsys.readouterr()
    code = cli.main(["suggest-compat", str(folder), *options])
    return code, capsys.readouterr().out


def test_what_moved_is_given_back(reproduce: Reproduce, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In an envelope, a number as a text, a field with another name at another place, a total that left its header."""
    rows = [{**row, "price": str(row["price"]), "meta": {"author": row["author"]}} for row in ROWS]
    new = {"total_items": 2, "data": [{key: its for key, its in row.items() if key != "author"} for row in rows]}
    ran = reproduce(*case("moved", new).write(tmp_path))
    assert (ran.code, ran.verdict["verdict"]) == (1, "regression")
    code, out = suggested(ran.folder, capsys, "--json")
    found = json.loads(out)
    assert (code, found["outcome"], found["unmended"], found["others"]) == (0, "mended", [], [])
    assert found["gateway"] == "gateways/suggested.yaml"
    assert found["transforms"] == [
        "GET /api/rows: unwrap: $, from: data",
        "GET /api/rows: move: $[*].meta.author, to: $[*].author",
        "GET /api/rows: cast: $[*].price, to: number",
        "GET /api/rows: remove: $[*].meta",
        "GET /api/rows: header x-total-count = from: $.total_items",
    ]
    assert {one["shape"] for one in found["recorded"] if "/api/rows" in one["endpoint"]} == {"exact"}
    control = ran.folder / found["control"]["folder"]
    trace = RunFolder.open(control).read_trace("after")
    assert trace
    answer = next(one for one in trace.observations if isinstance(one, Request) and "/api/rows" in one.url)
    assert answer.response_headers["x-total-count"] == "2"
    assert answer.body == ROWS
    assert "GET /api/rows?page 200 changed: answer" in (control / "after/link-gateway.log").read_text("utf-8")
    assert found["control"]["folder"] + "/verdict.json" in RunFolder.open(ran.folder).read_seal().files


def test_what_is_gone_is_said_to_be_gone(
    reproduce: Reproduce, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The envelope is taken off, but nobody knows the authors any more."""
    new = {"data": [{key: its for key, its in row.items() if key != "author"} for row in ROWS], "total_items": 2}
    ran = reproduce(*case("gone", new).write(tmp_path))
    code, out = suggested(ran.folder, capsys, "--lang", "zh")
    assert code == 1
    assert out.startswith("未修复  gone × gone")
    assert "GET /api/rows?page: $[*].author 没有了" in out
    found = json.loads((ran.folder / "compat.json").read_text("utf-8"))
    assert (found["outcome"], found["control"]["outcome"]) == ("not-mended", "fails")
    assert [one["shape"] for one in found["recorded"] if "/api/rows" in one["endpoint"]] == ["other"]
    assert not (RunFolder.open(ran.folder).read_verdict().conclusion)


def test_a_gateway_of_the_file_is_tried_as_a_compat_layer(explain: Explain) -> None:
    """Pages are asked for by their number, and the total comes out of the envelope."""
    ran = explain(ROOT / "environments/customers-react-admin.yaml", ROOT / "scenarios/turn-the-page.yaml")
    found = ran.verdict["conclusion"]
    assert (found["cause"], found["mended_by"]) == ("plugin-incompatible", ["gateways/json-server-0.17.yaml"])
    assert "gateways/json-server-0.17.yaml" in (ran.folder / "report.html").read_text("utf-8")
    control = next(one for one in found["controls"] if one["kind"] == "compat")
    containers = json.loads((ran.folder / control["folder"] / "after/containers.json").read_text("utf-8"))
    gateway = next(one for one in containers if one["Name"].endswith("-gateway"))
    host = gateway["HostConfig"]
    assert host["CapDrop"] == ["ALL"]
    assert "no-new-privileges" in " ".join(host["SecurityOpt"])
    assert not host["PortBindings"]
