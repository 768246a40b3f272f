"""Traces as the five shipped cases leave them, for tests of what comes after the replay."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.compare import compare
from harness.diagnose import diagnose
from harness.evidence import RunFolder
from harness.language import Message
from harness.model import (
    About,
    Attempt,
    Base,
    Client,
    ConsoleMessage,
    Environment,
    Fault,
    Lock,
    LockedEnvironment,
    LockedSet,
    LogLine,
    Observation,
    Outcome,
    Package,
    Ref,
    Request,
    Said,
    Screenshot,
    ScriptError,
    Server,
    Side,
    Trace,
    Verdict,
    difference,
)

ORIGIN = "http://product:8000"
SIDES: tuple[Side, Side] = ("before", "after")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cfc00000030101"
    "00c9fe92ef0000000049454e44ae426082"
)


@dataclass(frozen=True, kw_only=True)
class Story:
    """A case: its steps in both languages, the one that fails after the upgrade, and what was observed."""

    environment: str
    scenario: str
    product: str
    old: str
    new: str
    plugin: str
    steps: tuple[tuple[str, str, str], ...]  # action, English, Chinese
    failing: int | None
    dependency: str = ""  # what changed, where it is not the product
    why: Said | None = None
    attempts: tuple[Attempt, ...] = ()
    before: tuple[Observation, ...] = ()
    after: tuple[Observation, ...] = ()

    def trace(self, side: Side) -> Trace:
        broken = self.failing if side == "after" else None
        outcomes = tuple(self._outcome(number, broken) for number in range(1, len(self.steps) + 1))
        pictures = tuple(
            Screenshot(
                step=item.number, time_s=item.start_s + item.duration_s, path=f"{side}/screenshots/{item.number}.png"
            )
            for item in outcomes
            if item.outcome != "not-run"
        )
        seen = (*(self.before if side == "before" else self.after), *pictures)
        return Trace(
            side=side,
            browser="chromium 156.0.8078.73",
            outcomes=outcomes,
            observations=tuple(sorted(seen, key=lambda item: item.time_s)),
            duration_s=sum(item.duration_s for item in outcomes),
        )

    def _outcome(self, number: int, broken: int | None) -> Outcome:
        action, english, chinese = self.steps[number - 1]
        description = {"en": english, "zh": chinese}
        if broken is not None and number > broken:
            return Outcome(number=number, action=action, description=description, outcome="not-run")
        failed = number == broken
        return Outcome(
            number=number,
            action=action,
            description=description,
            outcome="failed" if failed else "passed",
            start_s=number - 1.0,
            duration_s=3.0 if failed else 0.4,
            matched=None if failed else "css=body",
            reason=self.why if failed else None,
            attempts=self.attempts if failed else (Attempt(selector="css=body", found=1, state="used"),),
            page_title=self.scenario,
            page_url=f"{ORIGIN}/",
        )

    def environments(self) -> dict[Side, Environment]:
        return {"before": self._environment(self.old), "after": self._environment(self.new)}

    def _environment(self, version: str) -> Environment:
        product = Ref(name=self.product, version="1.0" if self.dependency else version)
        dependencies = (Ref(name=self.dependency, version=version),) if self.dependency else ()
        plugins = (Ref.model_validate(self.plugin),)
        return Environment(client=Client(), server=Server(product=product, plugins=plugins, dependencies=dependencies))

    def about(self, **changes: object) -> About:
        sides = self.environments()
        about = About(
            environment=self.environment,
            scenario=self.scenario,
            environments=sides,
            environment_diff=difference(sides["before"], sides["after"]),
            run_folder=f".harness/runs/20261122-203102-{self.environment}",
            command=f"harness reproduce environments/{self.environment}.yaml scenarios/{self.scenario}.yaml",
            started="2026-11-22T20:31:02+01:00",
            seconds=9.4,
            harness_version="0.1.0",
        )
        return about.model_copy(update=changes)

    def verdict(self, **changes: object) -> Verdict:
        old, new = self.trace("before"), self.trace("after")
        return diagnose(compare(old, new), old, new, self.about(**changes))


def get(step: int, time_s: float, path: str, status: int = 200, resource: str = "document", **more: object) -> Request:
    fields: dict[str, object] = {
        "step": step,
        "time_s": time_s,
        "method": "GET",
        "url": ORIGIN + path,
        "status": status,
        "resource": resource,
        "duration_s": 0.012,
        "mime_type": "application/json" if resource == "fetch" else "text/html",
        "size_bytes": 2048,
        "layer": "server" if status >= 400 else "link",
    }
    return Request.model_validate(fields | more)


def log(step: int, time_s: float, *lines: str) -> tuple[LogLine, ...]:
    return tuple(LogLine(step=step, time_s=time_s + n / 1000, text=line) for n, line in enumerate(lines))


def said(text: str, **values: object) -> Said:
    return Said.of(Message(text, **values))


FAVICON = get(1, 0.2, "/favicon.ico", 404, "other")

_FOUND_ROWS = {"ok": True, "rows": [{"id": 1, "title": "The Sea Wolf"}, {"id": 7, "title": "The Old Man and the Sea"}]}

DATASETTE = Story(
    environment="datasette-search",
    scenario="search-every-table",
    product="datasette",
    old="0.64.8",
    new="1.0a14",
    plugin="search-all@1.0",
    steps=(
        ("open", "Open the library", "打开图书馆首页"),
        ("type", "Type “sea” into the search field", "在搜索框中输入“sea”"),
        ("click", "Press “Search”", "点击“Search”按钮"),
        ("expect", "Two books are found in the table “books”", "在“books”表中找到两本书"),
        ("expect", "“The Sea Wolf” is one of them", "其中一本是《The Sea Wolf》"),
    ),
    failing=4,
    why=said(
        "the text of {target} should be “{wanted}” and is “{seen}”",
        target="css=#search-all-results",
        wanted="2 results in library: books",
        seen="",
    ),
    attempts=(Attempt(selector="css=#search-all-results", found=1, state="hidden", detail="0 × 0 pixels"),),
    before=(
        FAVICON,
        get(1, 0.1, "/"),
        get(3, 2.1, "/-/search?q=sea"),
        get(3, 2.2, "/library/books.json?_search=sea&_shape=objects", 200, "fetch",
            body={"database": "library", "table": "books", "columns": ["id", "title"], "filtered_table_rows_count": 2,
                  "rows": _FOUND_ROWS["rows"]}),
        *log(3, 2.15, 'INFO:     172.18.0.3:40112 - "GET /-/search?q=sea HTTP/1.1" 200 OK'),
    ),
    after=(
        FAVICON,
        get(1, 0.1, "/"),
        get(3, 2.1, "/-/search?q=sea"),
        get(3, 2.2, "/library/books.json?_search=sea&_shape=objects", 200, "fetch", body=_FOUND_ROWS),
        *log(3, 2.15, 'INFO:     172.18.0.3:51644 - "GET /-/search?q=sea HTTP/1.1" 200 OK'),
        ConsoleMessage(step=3, time_s=2.25, level="error",
                       text="Uncaught TypeError: Cannot read properties of undefined (reading 'map')"),
        ScriptError(step=3, time_s=2.25, text="TypeError: Cannot read properties of undefined (reading 'map')",
                    url=f"{ORIGIN}/-/search?q=sea", line=182, column=27,
                    stack=f"render ({ORIGIN}/-/search?q=sea:182:27)\nasync search ({ORIGIN}/-/search?q=sea:160:9)"),
    ),
)  # fmt: skip

GALLERY = Story(
    environment="gallery-parallax",
    scenario="show-prices",
    product="gallery",
    old="1.12.4",
    new="3.7.1",
    plugin="stellar@0.6.2",
    steps=(
        ("open", "Open the travel agency's page", "打开旅行社的页面"),
        ("expect", "The headline “Summer tours” is there", "页面上有标题“Summer tours”"),
        ("wait_for", "The parallax effect has started", "视差效果已经启动"),
        ("click", "Press “Show prices”", "点击“Show prices”按钮"),
        ("expect", "The price of Lisbon appears", "显示里斯本的价格"),
    ),
    failing=3,
    why=said("{target} is not in the page", target="css=body.parallax-ready"),
    attempts=(Attempt(selector="css=body.parallax-ready", found=0, state="missing"),),
    before=(FAVICON, get(1, 0.1, "/"), get(1, 0.15, "/node_modules/jquery/dist/jquery.min.js", 200, "script")),
    after=(
        FAVICON,
        get(1, 0.1, "/"),
        get(1, 0.15, "/node_modules/jquery/dist/jquery.min.js", 200, "script"),
        ScriptError(step=1, time_s=0.31, text="TypeError: e.indexOf is not a function",
                    url=f"{ORIGIN}/node_modules/jquery/dist/jquery.min.js", line=1, column=82863,
                    stack=f"fn.load ({ORIGIN}/node_modules/jquery/dist/jquery.min.js:1:82863)"),
    ),
)  # fmt: skip

_NEW = "/admin/customer/new/?url=/admin/customer/"

FLASK_ADMIN = Story(
    environment="flask-admin",
    scenario="add-a-customer",
    product="crm",
    old="3.1.2",
    new="3.2.1",
    dependency="wtforms",
    plugin="flask-admin@1.6.1",
    steps=(
        ("open", "Open the list of customers", "打开客户列表"),
        ("expect", "Ann is in the list", "列表中有 Ann"),
        ("click", "Press “Create”", "点击“Create”"),
        ("type", "Type the name", "输入姓名"),
        ("type", "Type the address", "输入电子邮箱"),
        ("click", "Save", "保存"),
        ("expect", "Bob is in the list", "列表中有 Bob"),
    ),
    failing=4,
    why=said("{target} is not in the page", target="css=input[name=name] | css=#name"),
    attempts=(
        Attempt(selector="css=input[name=name]", found=0, state="missing"),
        Attempt(selector="css=#name", found=0, state="missing"),
    ),
    before=(
        get(1, 0.1, "/admin/customer/"),
        *log(0, 0.0, "WARNING: This is a development server. Do not use it in a production deployment."),
        *log(1, 0.11, '172.18.0.3 - - [22/Nov/2026 20:31:04] "GET /admin/customer/ HTTP/1.1" 200 -'),
        get(3, 2.1, _NEW),
        *log(3, 2.12, f'172.18.0.3 - - [22/Nov/2026 20:31:06] "GET {_NEW} HTTP/1.1" 200 -'),
    ),
    after=(
        get(1, 0.1, "/admin/customer/"),
        *log(0, 0.0, "WARNING: This is a development server. Do not use it in a production deployment."),
        *log(1, 0.11, '172.18.0.4 - - [22/Nov/2026 20:31:05] "GET /admin/customer/ HTTP/1.1" 200 -'),
        ConsoleMessage(step=3, time_s=2.09, level="error", url=ORIGIN + _NEW,
                       text="Failed to load resource: the server responded with a status of 500 (SERVER ERROR)"),
        get(3, 2.1, _NEW, 500),
        *log(3, 2.12,
             f"[2026-11-22 20:31:07,120] ERROR in app: Exception on {_NEW} [GET]",
             "Traceback (most recent call last):",
             '  File "/srv/venv/lib/python3.11/site-packages/flask/app.py", line 1473, in wsgi_app',
             "    response = self.full_dispatch_request()",
             '  File "/srv/venv/lib/python3.11/site-packages/wtforms/fields/choices.py", line 97, in iter_choices',
             "    for value, label, selected, render_kw in self.choices.items():",
             "                                             ^^^^^^^^^^^^^^^^^^",
             "AttributeError: 'tuple' object has no attribute 'items'",
             f'172.18.0.4 - - [22/Nov/2026 20:31:07] "GET {_NEW} HTTP/1.1" 500 -'),
    ),
)  # fmt: skip

TRAVEL = Story(
    environment="travel-select",
    scenario="pick-a-city",
    product="travel",
    old="4.6.2",
    new="5.3.3",
    plugin="bootstrap-select@1.13.18",
    steps=(
        ("open", "Open the booking form", "打开预订表单"),
        ("click", "Open the list of cities", "展开城市列表"),
        ("expect", "The list has opened and shows its search field", "列表已展开并显示搜索框"),
        ("type", "Type “lis” to narrow the list", "输入“lis”缩小范围"),
    ),
    failing=3,
    why=said("{target} is in the page and hidden", target="css=.bs-searchbox input"),
    attempts=(Attempt(selector="css=.bs-searchbox input", found=1, state="hidden"),),
    before=(FAVICON, get(1, 0.1, "/")),
    after=(FAVICON, get(1, 0.1, "/")),
)

SLIDES = Story(
    environment="slides-menu",
    scenario="open-the-menu",
    product="slides",
    old="3.9.2",
    new="4.6.1",
    plugin="menu@1.2.0",
    steps=(
        ("open", "Open the talk", "打开演示文稿"),
        ("expect", "The first slide says “Hello”", "第一张幻灯片显示“Hello”"),
        ("press", "Press the key “m”", "按下“m”键"),
        ("expect", "The menu lists the slide “Numbers”", "菜单中列出幻灯片“Numbers”"),
    ),
    failing=None,
    before=(FAVICON, get(1, 0.1, "/"), get(1, 0.2, "/node_modules/reveal.js/js/reveal.js", 200, "script")),
    after=(FAVICON, get(1, 0.1, "/"), get(1, 0.2, "/node_modules/reveal.js/dist/reveal.js", 200, "script")),
)

STORIES = (DATASETTE, GALLERY, FLASK_ADMIN, TRAVEL, SLIDES)


def with_fault(trace: Trace, text: str = "the browser stopped answering") -> Trace:
    return trace.model_copy(update={"fault": Fault(reason=Said(text=text), step=2)})


def lock_of(story: Story) -> Lock:
    def locked(version: str) -> LockedEnvironment:
        package = Package(installer="pip", name=story.product, version=version, checksum="sha256:" + "0" * 64)
        versions = {"server.product": version, "client.browser": "156.0.8078.73"}
        return LockedEnvironment(versions=versions, server=LockedSet(product=(package,)), browser=LockedSet())

    bases = (Base(os="debian:12", source="bootstrap"),)
    return Lock(
        digest="sha256:" + "0" * 64, machine="x86_64", bases=bases, environments=(locked(story.old), locked(story.new))
    )


def write_trace(folder: RunFolder, trace: Trace) -> None:
    """``trace.jsonl`` in the form that ``RunFolder.read_trace`` documents."""
    records: list[Mapping[str, object]] = [
        trace.model_dump(mode="json", exclude={"outcomes", "observations"}),
        *(item.model_dump(mode="json") for item in trace.observations),
        *(item.model_dump(mode="json") for item in trace.outcomes),
    ]
    folder.trace_path(trace.side).write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")


def leave_run(
    root: Path, story: Story, traces: Sequence[Trace] | None = None, picture: bytes = PNG, **changes: object
) -> RunFolder:
    """A run folder as ``run.py`` leaves it."""
    old, new = traces or (story.trace("before"), story.trace("after"))
    folder = RunFolder.create(root, story.environment)
    comparison = compare(old, new)
    folder.write_lock(lock_of(story))
    folder.write_comparison(comparison)
    for trace in (old, new):
        write_trace(folder, trace)
        folder.write_network(trace, datetime(2026, 11, 22, 20, 31, 4, tzinfo=UTC))
        lines = [item for item in trace.observations if isinstance(item, LogLine)]
        log_path = folder.side(trace.side) / "server.log"
        log_path.write_text("".join(f"2026-11-22T20:31:04.000Z {line.text}\n" for line in lines), "utf-8")
        for shot in trace.observations:
            if isinstance(shot, Screenshot) and shot.path.startswith(f"{trace.side}/screenshots/"):
                path = folder.path / shot.path
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(picture)
    folder.write_verdict(diagnose(comparison, old, new, story.about(run_folder=str(folder.path), **changes)))
    return folder
