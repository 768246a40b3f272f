"""Cases in which something differs and nothing is broken by the upgrade, or nothing can be said."""

from tests.truth.case import OPEN, Case, fetched, page, shows
from tests.truth.planted import BUTTON, NAMES, PRESS, ROWS, row

WORKS = [OPEN, PRESS, shows("done")]
LIST = [OPEN, {"expect": {"target": "li", "count": 3}}]


def same(name: str, before: object, after: object, steps: object = None, **more: object) -> Case:
    fields = {"name": name, "before": before, "after": after, "steps": steps or WORKS, "verdict": "same", "layer": None}
    return Case(**{**fields, **more})  # type: ignore[arg-type]


def new_page(body: str, script: str = "", head: str = "") -> dict[str, object]:
    return {"/": page(body, script, head=head)}


OLD = {"/": page(BUTTON)}
HARMLESS = (
    same("new-text", OLD, new_page(BUTTON + "<p>Now with more colours</p>")),
    same("reordered-list", new_page("<ul><li>Ann</li><li>Bob</li><li>Cid</li></ul>"),
         new_page("<ul><li>Cid</li><li>Ann</li><li>Bob</li></ul>"), LIST),
    same("shuffled-list", new_page("<ul>@shuffled@</ul>"), new_page("<ul>@shuffled@</ul>"), LIST),
    same("ids-and-dates", new_page(BUTTON + "<p data-id=@id@>@now@</p>"), new_page(BUTTON + "<p data-id=@id@>@now@</p>")),
    same("extra-field", {"/": page(), "/api/rows": {"json": ROWS}}, {"/api/rows": {"json": row(rating=5)}},
         [OPEN, shows("Emma")], plugin=NAMES),
    same("animation", OLD, new_page(BUTTON.replace("<button", "<button style='animation: in .4s'"),
         head="<style>@keyframes in {from {transform: translateX(300px)}}</style>")),
    same("console-warning", OLD, new_page(BUTTON, "console.warn('this API is deprecated')")),
    same("console-error", OLD, new_page(BUTTON, "console.error('could not load the tour')")),
    same("uncaught-beside", OLD, new_page(BUTTON, "setTimeout(() => { null.tour }, 30)")),
    same("missing-favicon", OLD, new_page(BUTTON, head="<link rel=icon href=/favicon.ico>")),
    same("missing-image", OLD, new_page(BUTTON + "<img src=/banner.png alt=''>")),
    same("renamed-assets", new_page(BUTTON, head="<script src=/app.1f3a9c.js></script>") | {"/app.1f3a9c.js": {"text": ""}},
         new_page(BUTTON, head="<script src=/app.77b0e2.js></script>") | {"/app.77b0e2.js": {"text": ""}}),
    same("a-second-slower", OLD, {"/": page(BUTTON) | {"delay_s": 1}}, [{"open": "/", "timeout_s": 20}, *WORKS[1:]]),
    same("chatty-log", OLD, {"/": page(BUTTON) | {"log": ["WARNING cache is cold", "INFO 3 workers"]}}),
    same("error-in-the-log", OLD, {"/": page(BUTTON) | {"log": ["ERROR mail queue is full"]}}),
    same("another-mark-up", OLD, new_page(f"<main class=x><section>{BUTTON}</section></main>")),
    same("fails-as-before", {"/": page(BUTTON, "null.tour"), "/x": page()}, new_page(BUTTON + "<p>new</p>", "null.tour")),
)  # fmt: skip

OTHERWISE = (
    Case(name="never-worked", before={"/": page()}, after={"/": page("<p>new</p>")}, steps=WORKS, verdict="broken-both",
         layer=None, step=2),
    Case(name="never-worked-in-another-way", before={"/": page()}, after={"/": page(BUTTON.replace("done", "no"))},
         steps=WORKS, verdict="broken-both", layer=None, step=3),
    Case(name="mended", before={"/": page(script=fetched("/api/rows", "data.map(one => one.title)[0]")),
                                "/api/rows": {"json": {"rows": ROWS}}},
         after={"/api/rows": {"json": ROWS}}, steps=[OPEN, shows("Emma")], verdict="fixed", step=2,
         words="map is not a function", cause="envelope-removed $"),
    Case(name="does-not-build", before=OLD, after={"/broken": {"text": ""}}, steps=WORKS, verdict="no-verdict", layer=None,
         ends=3, recipe={"setup": [["sh", "-c", "! grep -q broken /srv/site.json"]]}),
    Case(name="out-of-our-memory", before={"/": page("<a id=go href=/a>A</a>"), "/a": page("<p id=sum>12</p>")},
         after={"/a": {**page("<p id=sum>12</p>"), "raise": "bytearray(3 << 30)"}}, verdict="no-verdict", layer=None, ends=3,
         steps=[OPEN, {**PRESS, "timeout_s": 60}, {"expect": {"target": "#sum", "text": "12"}}]),
    Case(name="does-not-start", before=OLD, after={}, steps=WORKS, verdict="no-verdict", layer=None, ends=3,
         recipe={"start": ["sh", "-c", "exit 4"]}),
)  # fmt: skip

DECOYS = (*HARMLESS, *OTHERWISE)
