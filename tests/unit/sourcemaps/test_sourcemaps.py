"""Places of errors looked up in the maps that a product serves, also where these are wrong or hostile."""

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any

import pytest

from harness import sourcemaps
from harness.model import ConsoleMessage, Mapped, ScriptError
from harness.sourcemaps import Served, mapped

CODE = "(()=>{function t(r){return r.rows.length}t()})();"
MAP: dict[str, Any] = {  # column 0 is of b.js, line 1; column 6 of a.js, line 7, column 10, called `rowsOf`
    "version": 3,
    "sources": ["node_modules/stellar/a.js", "../src/b.js"],
    "names": ["rowsOf"],
    "mappings": "ACAA,MDMSA",
}


@dataclass
class Site:
    """A product on this machine: what it answers by path, as (headers, content)."""

    served: Served
    answers: dict[str, tuple[dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def script(self, comment: str = "", **headers: str) -> None:
        self.answers["/static/app.js"] = (headers, f"{CODE}\n{comment}\n".encode())

    def map(self, content: object = MAP, **headers: str) -> None:
        self.script("//# sourceMappingURL=app.js.map")
        text = content if isinstance(content, (bytes, str)) else json.dumps(content)
        self.answers["/static/app.js.map"] = (headers, text if isinstance(text, bytes) else text.encode())


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site(served=Served(url="", address=("", 0)))

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            made.asked.append(self.path)
            headers, content = made.answers.get(self.path, ({"status": "404"}, b""))
            self.send_response(int(headers.get("status", 200)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    made.served = Served(url="http://product:8000", address=("127.0.0.1", server.server_port))
    yield made
    server.shutdown()
    server.server_close()


def error(column: int = 27, url: str = "http://product:8000/static/app.js") -> ScriptError:
    stack = f"t ({url}:1:{column})\n<anonymous> ({url}:1:3)"
    return ScriptError(step=2, time_s=1.5, text="TypeError: no", url=url, line=1, column=column, stack=stack)


def told(found: list[Mapped]) -> list[tuple[str, int, int, str]]:
    return [(one.source, one.source_line, one.source_column, one.name) for one in found]


BOTH = [
    ("http://product:8000/static/node_modules/stellar/a.js", 7, 10, "rowsOf"),
    ("http://product:8000/src/b.js", 1, 1, ""),
]


def test_a_map_in_a_file_of_its_own(site: Site) -> None:
    site.map()
    found = mapped([error()], site.served)
    assert told(found) == BOTH
    assert (found[0].url, found[0].line, found[0].column, found[0].step, found[0].time_s) == (
        "http://product:8000/static/app.js", 1, 27, 2, 1.5,
    )  # fmt: skip


def test_a_map_that_a_header_names_counts_first(site: Site) -> None:
    site.map()
    site.answers["/other.map"] = site.answers.pop("/static/app.js.map")
    site.script("//# sourceMappingURL=nowhere.map", SourceMap="/other.map")
    found = told(mapped([error()], site.served))
    assert found[0][0] == "http://product:8000/node_modules/stellar/a.js"


@pytest.mark.parametrize("guarded", [False, True])
def test_a_map_in_the_script(site: Site, guarded: bool) -> None:
    content = base64.b64encode((")]}'\n" * guarded + json.dumps(MAP)).encode()).decode()
    site.script(f"//# sourceMappingURL=data:application/json;charset=utf-8;base64,{content}")
    assert told(mapped([error()], site.served)) == BOTH
    assert site.asked == ["/static/app.js"]


def test_sources_have_a_root(site: Site) -> None:
    site.map(MAP | {"sourceRoot": "webpack://gallery/", "sources": ["./a.js", "webpack://shop/./b.js"]})
    assert [one[0] for one in told(mapped([error()], site.served))] == [
        "webpack://gallery/./a.js",
        "webpack://shop/./b.js",
    ]


def test_a_map_of_sections(site: Site) -> None:
    site.map({"version": 3, "sections": [{"offset": {"line": 0, "column": 0}, "map": MAP}]})
    assert [one[1:] for one in told(mapped([error()], site.served))] == [one[1:] for one in BOTH]


def test_errors_on_the_console_have_stacks_too(site: Site) -> None:
    site.map()
    one = error()
    message = ConsoleMessage(
        step=2, time_s=1.5, level="error", text="no", url=one.url, line=1, column=27, stack=one.stack
    )
    assert told(mapped([message], site.served)) == BOTH
    assert mapped([message.model_copy(update={"level": "warn"})], site.served) == []


@pytest.mark.parametrize(
    "url", ["http://cdn.example.com/app.js", "https://product:8000/", "chrome-extension://a/b.js", "http://[::bad/x.js"]
)
def test_only_the_product_is_asked(site: Site, url: str) -> None:
    mapped([error(url=url)], site.served)
    assert site.asked in ([], ["/"])


def test_no_map_of_another_host_is_fetched(site: Site) -> None:
    for other in ("http://cdn.example.com/app.js.map", "//evil.example/x", "http://[::bad", "file:///etc/passwd"):
        site.script(f"//# sourceMappingURL={other}")
        assert mapped([error()], site.served) == []
    assert set(site.asked) == {"/static/app.js"}


def test_a_redirect_is_not_followed(site: Site) -> None:
    site.map(status="302", Location="/static/app.js.map")
    assert mapped([error()], site.served) == []
    assert site.asked.count("/static/app.js.map") == 1


@pytest.mark.parametrize(
    "content",
    [
        "", "no map", "null", "[]", "3", '"text"', "{", b"\xff\xfe\x00", "[" * 100_000,
        MAP | {"version": 2},
        {key: value for key, value in MAP.items() if key != "sources"},
        MAP | {"mappings": "!!!!"},
        MAP | {"mappings": "g" * 100_000},
        MAP | {"mappings": 7},
        MAP | {"sources": [None, None]},
        MAP | {"sources": {}, "names": 3},
        MAP | {"mappings": "A" + "++++++++++9D" * 5},
        {"version": 3, "sections": [{"offset": {"line": -1e300, "column": 0}, "url": "app.js.map"}]},
        {"version": 3, "sections": [{}]},
    ],
    ids=lambda content: str(content)[:40],
)  # fmt: skip
def test_a_map_that_is_wrong_maps_nothing_that_is_false(site: Site, content: object) -> None:
    site.map(content)
    assert all(one[0] for one in told(mapped([error()], site.served)))


def test_what_is_no_base_64_is_no_mapping(site: Site) -> None:
    section = {"offset": {"line": 0, "column": 0}, "map": MAP | {"mappings": "A A"}}
    for content in (MAP | {"mappings": "!!!!"}, {"version": 3, "sections": [section]}):
        site.map(content)
        assert mapped([error()], site.served) == []


def test_sections_in_sections_do_no_harm(site: Site) -> None:
    opened = '{"version": 3, "sections": [{"offset": {"line": 0, "column": 0}, "map": '
    site.map(opened * 5000 + json.dumps(MAP) + "}]}" * 5000)
    mapped([error()], site.served)


def test_a_huge_map_is_left(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.sourcemaps.finding.MAP_BYTES", 1000)
    site.map(MAP | {"sourcesContent": ["x" * 2000]})
    assert mapped([error()], site.served) == []


def test_a_packed_answer_is_left(site: Site) -> None:
    site.map(**{"Content-Encoding": "gzip"})
    assert mapped([error()], site.served) == []


def test_a_product_that_is_gone_is_no_error() -> None:
    assert mapped([error()], Served(url="http://product:8000", address=("127.0.0.1", 9))) == []


def test_there_is_an_end_to_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sourcemaps, "LIMIT_S", -1.0)
    site.map()
    began = monotonic()
    assert mapped([error()], site.served) == []
    assert began <= monotonic()


def test_nothing_is_asked_where_nothing_went_wrong(site: Site) -> None:
    assert mapped([], site.served) == []
    assert site.asked == []
