"""The addon in a gateway's container, on flows as mitmproxy gives them; mitmproxy itself is a container's."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from harness import transforms
from harness.links import gateway

RULES = [
    {"match": {"path": "/rows", "query": {"from": True}}, "request": {"query": {"page": "{from}", "from": None}}},
    {
        "match": {"path": "/rows", "status": [200]},
        "response": {"headers": {"X-Total": {"from": "$.total"}}, "body": [{"unwrap": "$", "from": "data"}]},
    },
]
JSON = [("Content-Type", "application/json"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]


class Headers(list[tuple[str, str]]):
    """As much of mitmproxy's as is used."""

    def __init__(self, pairs: list[Any]) -> None:
        plain = (tuple(one if isinstance(one, str) else one.decode() for one in pair) for pair in pairs)
        super().__init__(plain)  # type: ignore[arg-type]

    def items(self, multi: bool = False) -> list[tuple[str, str]]:
        assert multi
        return list(self)

    def get(self, name: str, other: str) -> str:
        return next((value for key, value in self if key.lower() == name), other)


class Message(SimpleNamespace):
    """A request or a response, whose content is not touched unless it is set."""

    def get_content(self) -> bytes:
        return bytes(self.raw_content)


@pytest.fixture
def addon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[list[Any]], Any]:
    http = SimpleNamespace(
        Headers=Headers, Response=SimpleNamespace(make=lambda status: SimpleNamespace(status=status))
    )
    module = ModuleType("mitmproxy")
    module.http = http  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mitmproxy", module)
    monkeypatch.setitem(sys.modules, "transforms", transforms)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def loaded(rules: list[Any]) -> Any:
        path = tmp_path / "addon.py"
        shutil.copy(gateway._ADDON, path)
        (tmp_path / "rules.json").write_text(json.dumps(rules))
        there: dict[str, Any] = {"__file__": str(path), "__name__": "addon"}
        exec(compile(path.read_text("utf-8"), str(path), "exec"), there)
        return there["addons"][0]

    return loaded


def flow(path: str, body: Any, port: int = 8000, kind: str = "application/json") -> Any:
    headers = Headers([("Content-Type", kind), *JSON[1:]])
    return SimpleNamespace(
        client_conn=SimpleNamespace(sockname=("0.0.0.0", port)),
        metadata={},
        request=Message(method="GET", path=path, headers=Headers([]), raw_content=b""),
        response=Message(status_code=200, headers=headers, raw_content=body, stream=False),
    )


def passed(addon: Any, one: Any) -> Any:
    for hook in (addon.request, addon.responseheaders, addon.response):
        hook(one)
    return one


def test_it_says_that_it_is_ready(addon: Any) -> None:
    one = flow("/", b"", port=9001)
    addon(RULES).request(one)
    assert one.response.status == 204


def test_request_and_answer_are_changed_and_told_without_values(addon: Any, capsys: pytest.CaptureFixture[str]) -> None:
    one = passed(addon(RULES), flow("/rows?from=secret&q=", b'{"total": 3, "data": ["\\u00e9"]}'))
    assert one.request.path == "/rows?q=&page=secret"
    assert one.response.content == '["é"]'.encode()
    assert list(one.response.headers) == [*JSON, ("X-Total", "3")]
    assert capsys.readouterr().out == "GET /rows?from&q 200 changed: request, answer\n"


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/other?a=%20b", b'{"data": 1}', "application/json"),
        ("/rows", b'{ "data" : broken', "application/json"),
        ("/rows", b"data", "text/event-stream"),
        ("/rows", b'{ "rows" : [ ] }', "application/json"),
    ],
)
def test_what_no_rule_changes_stays_byte_by_byte(path: str, body: bytes, kind: str, addon: Any) -> None:
    one = passed(addon(RULES[1:]), flow(path, body, kind=kind))
    assert (one.request.path, one.response.raw_content) == (path, body)
    assert not hasattr(one.response, "content")
    assert one.response.stream is (path != "/rows" or kind == "text/event-stream")


def test_a_fault_of_its_own_ends_it(addon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    codes: list[int] = []
    monkeypatch.setattr("os._exit", codes.append)
    addon([{"request": {}}]).request(flow("/rows", b""))
    assert codes == [70]
