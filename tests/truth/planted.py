"""Cases that are planted: each breaks for one reason, which is known."""

from tests.truth.case import OPEN, Case, fetched, page, shows

ROWS = [{"id": 1, "title": "Emma", "price": 7, "state": "active", "day": "2026-11-29", "author": {"name": "Austen"}}]
NAMES = fetched("/api/rows", "data.map(row => row.title).join(', ')")
SEND = (
    "document.querySelector('#go').onclick = () => fetch('/api/orders', {method: 'POST', body: '{}'})"
    ".then(r => r.json()).then(data => { document.querySelector('#out').textContent = data.error; });"
)
BUTTON = "<button id=go onclick=\"document.querySelector('#out').textContent = 'done'\">Save</button>"
PRESS = {"click": "#go"}
STARTS = "import json, runpy; '/gone' in json.load(open('site.json')) and {}['gone']; runpy.run_path('serve.py')"


def api(
    name: str, old: object, new: object, plugin: str, text: str, words: str, cause: str = "", path: str = "/api/rows"
) -> Case:
    """A plug-in reads what the product's API answers; the answer has another shape after the upgrade."""
    return Case(
        name=name,
        before={"/": page(), path: {"json": old}},
        after={path: {"json": new}},
        plugin=plugin,
        steps=[OPEN, shows(text)],
        step=2,
        words=words,
        cause=cause and f"{cause} extra@1.0",
    )


def silent(name: str, old: object, new: object, plugin: str, text: str) -> Case:
    return api(name, old, new, plugin, text, "")


def row(**changes: object) -> list[dict[str, object]]:
    return [{key: value for key, value in {**ROWS[0], **changes}.items() if value is not ...}]


SHAPES = (
    api("array-to-object", ROWS, {"rows": ROWS}, NAMES, "Emma", "map is not a function", "envelope-added $, read by"),
    api("object-to-array", {"rows": ROWS}, ROWS, fetched("/api/rows", "data.rows[0].title"), "Emma", "reading '0'", "TypeError of the plugin"),
    api("became-null", ROWS, row(author=None), fetched("/api/rows", "data[0].author.name"), "Austen", "reading 'name'", "became-null $[*].author, read by"),
    api("field-renamed", ROWS, row(author=..., writer={"name": "Austen"}), fetched("/api/rows", "data[0].author.name"),
        "Austen", "reading 'name'", "field-renamed $[*].author, read by"),
    api("field-moved", ROWS, row(author=..., meta={"author": {"name": "Austen"}}),
        fetched("/api/rows", "data[0].author.name.trim()"), "Austen", "reading 'name'", "field-moved $[*].author, read by"),
    api("field-removed", ROWS, row(title=...), fetched("/api/rows", "data[0].title.toUpperCase()"), "EMMA",
        "reading 'toUpperCase'", "field-removed $[*].title, read by"),
    api("envelope", ROWS, {"data": ROWS, "total": 1}, fetched("/api/rows", "data.find(row => row.id === 1).title"), "Emma",
        "find is not a function", "envelope-added $, read by"),
    api("date-format", ROWS, row(day=1764374400), fetched("/api/rows", "data[0].day.split('-')[0]"), "2026",
        "split is not a function", "string-became-number $[*].day, read by"),
    silent("pagination", ROWS * 3, ROWS, fetched("/api/rows", "data.length + ' books'"), "3 books"),
    silent("number-to-string", ROWS, row(price="7"), fetched("/api/rows", "data[0].price + 1"), "8"),
    silent("enum-value", ROWS, row(state="ACTIVE"), fetched("/api/rows", "data[0].state === 'active' ? 'on' : 'off'"), "on"),
    silent("order", [1, 2, 3], [3, 2, 1], fetched("/api/rows", "'last ' + data[data.length - 1]"), "last 3"),
)  # fmt: skip

ANSWERS = (
    Case(
        name="error-envelope",
        before={
            "/": page("<button id=go>Order</button>", SEND),
            "/api/orders": {"status": 422, "json": {"error": "no stock"}},
        },
        after={"/api/orders": {"status": 422, "json": {"errors": [{"detail": "no stock"}]}}},
        steps=[OPEN, PRESS, shows("no stock")],
        step=3,
    ),
    Case(
        name="field-of-a-refusal",
        before={"/": page(), "/api/rows": {"status": 422, "json": {"errors": [{"dataPath": ".age"}]}}},
        after={"/api/rows": {"status": 422, "json": {"errors": [{"instancePath": "/age"}]}}},
        plugin=fetched("/api/rows", "data.errors[0].dataPath.slice(1)"),
        steps=[OPEN, shows("age")],
        step=2,
        words="reading 'slice'",
        cause="error-envelope-changed $.errors[*].dataPath, read by extra@1.0",
    ),
    Case(
        name="status-204",
        before={"/": page(), "/api/rows": {"json": ROWS}},
        after={"/api/rows": {"status": 204}},
        plugin=NAMES,
        steps=[OPEN, shows("Emma")],
        step=2,
        cause="content-type-changed GET /api/rows",
        words="JSON",
    ),
    Case(
        name="endpoint-moved",
        before={"/": page(), "/api/rows": {"json": ROWS}},
        after={"/api/rows": None, "/api/v2/rows": {"json": ROWS}},
        plugin=NAMES,
        steps=[OPEN, shows("Emma")],
        layer="server",
        step=2,
        cause="status-became-error GET /api/rows",
        words="HTTP 404",
    ),
    Case(
        name="field-of-a-form",
        before={
            "/": page("<form method=post action=/save><input name=title value=Emma><button id=go>Save</button></form>"),
            "POST /save": {**page("<p id=done>saved</p>"), "needs": ["title="], "else": {"status": 400, "text": "bad"}},
        },
        after={
            "POST /save": {**page("<p id=done>saved</p>"), "needs": ["name="], "else": {"status": 400, "text": "bad"}}
        },
        steps=[OPEN, PRESS, {"expect": {"target": "#done", "text": "saved"}}],
        layer="server",
        step=3,
        words="HTTP 400",
    ),
    Case(
        name="sent-to-the-login",
        before={"/": page("<a id=go href=/reports>Reports</a>"), "/reports": page("<p id=sum>12</p>")},
        after={"/reports": {"status": 302, "headers": {"Location": "/login"}}, "/login": page("<input name=password>")},
        steps=[OPEN, PRESS, {"expect": {"target": "#sum", "text": "12"}}],
        step=3,
    ),
    Case(
        name="cookie-refused",
        before={
            "/": page("<a id=go href=/cart>Cart</a>") | {"headers": {"Set-Cookie": "cart=7; Path=/"}},
            "/cart": {**page("<p id=sum>7 books</p>"), "needs": ["cart=7"], "else": page("<p id=sum>empty</p>")},
        },
        after={
            "/": page("<a id=go href=/cart>Cart</a>") | {"headers": {"Set-Cookie": "cart=7; Path=/; SameSite=None"}}
        },
        steps=[OPEN, PRESS, {"expect": {"target": "#sum", "text": "7 books"}}],
        step=3,
    ),
)

PLUGINS = (
    Case(
        name="function-removed",
        before={"/": page(script="window.App = {register: f => f()};")},
        after={"/": page(script="window.App = {};")},
        plugin="App.register(() => { document.querySelector('#out').textContent = 'ready'; });",
        steps=[OPEN, shows("ready")],
        step=2,
        cause="TypeError of the plugin extra@1.0",
        words="App.register is not a function",
    ),
    Case(
        name="global-removed",
        before={"/": page(script="var legacy = {name: 'x'};")},
        after={"/": page()},
        plugin="document.querySelector('#out').textContent = 'has ' + legacy.name;",
        steps=[OPEN, shows("has x")],
        step=2,
        cause="ReferenceError of the plugin extra@1.0",
        words="legacy is not defined",
    ),
    Case(
        name="plugin-not-loaded",
        before={"/": page(head="<script src=/static/addon.js defer></script>"),
                "/static/addon.js": {"text": "document.querySelector('#out').textContent = 'here'", "type": "text/javascript"}},
        after={"/static/addon.js": None},
        steps=[OPEN, shows("here")],
        layer="server",
        step=2,
        words="HTTP 404",
    ),
    Case(
        name="event-renamed",
        before={"/": page(script="onload = () => document.dispatchEvent(new Event('app:ready'));")},
        after={"/": page(script="onload = () => document.dispatchEvent(new Event('app-ready'));")},
        plugin="document.addEventListener('app:ready', () => { document.querySelector('#out').textContent = 'ready'; });",
        steps=[OPEN, shows("ready")],
        step=2,
    ),
    Case(
        name="duplicate-id",
        before={"/": page("<div id=slot></div>")},
        after={"/": page("<template><div id=slot></div></template>")},
        plugin="document.querySelector('#slot').textContent = 'drawn';",
        steps=[OPEN, {"expect": {"target": "#slot", "text": "drawn"}}],
        step=2,
        cause="TypeError of the plugin extra@1.0",
        words="textContent",
    ),
    Case(
        name="thrown-by-the-product",
        before={"/": page(BUTTON)},
        after={"/": page('<button id=go onclick="throw new Error(\'licence of plug-in extra is missing\')">Save</button>')},
        steps=[OPEN, PRESS, shows("done")],
        step=3,
        words="licence of plug-in extra is missing",
    ),
)  # fmt: skip

TELLS = "document.querySelector('#out').textContent = 'ready';"
FOLLOWERS = (
    Case(
        name="first-cause",  # the product's script fails, and then the plug-in for want of it
        before={"/": page(head="<script src=/static/tiny.js></script>"),
                "/static/tiny.js": {"text": "window.App = {register: f => f()};", "type": "text/javascript"}},
        after={"/static/tiny.js": {"text": "window.App = settings.app;", "type": "text/javascript"}},
        plugin=f"App.register(() => {{ {TELLS} }});",
        steps=[OPEN, shows("ready")],
        step=2,
        words="settings is not defined",
        cause="ReferenceError of the product tiny@2.0",
    ),
)  # fmt: skip

BUNDLE = (
    "(()=>{function t(r){return r.title.trim()}"
    + NAMES.replace("data.map(row => row.title).join(', ')", "t(data[0])")
    + "})();"
)
BUNDLE_MAP = {  # the first 6 characters are of the product's page, the rest is the plug-in's
    "version": 3,
    "sources": ["webpack://tiny/./src/page.js", "webpack://tiny/./node_modules/extra/src/titles.js"],
    "names": [],
    "mappings": "AAAA,MCMS",
}

BUNDLES = (
    Case(
        name="plugin-in-a-bundle",
        before={"/": page(head="<script src=/static/app.js defer></script>"), "/api/rows": {"json": ROWS},
                "/static/app.js": {"text": BUNDLE + "\n//# sourceMappingURL=app.js.map", "type": "text/javascript"},
                "/static/app.js.map": {"json": BUNDLE_MAP}},
        after={"/api/rows": {"json": row(title=...)}},
        plugin="/* put into the bundle */",
        steps=[OPEN, shows("Emma")],
        step=2,
        cause="field-removed $[*].title, read by extra@1.0",
        words="reading 'trim'",
    ),
)  # fmt: skip

LOOKS = (
    Case(name="hidden-by-css", before={"/": page(BUTTON)}, after={"/": page(BUTTON, head="<style>#go{display:none}</style>")},
         steps=[OPEN, PRESS, shows("done")], step=2),
    Case(name="covered", before={"/": page(BUTTON)},
         after={"/": page(BUTTON + "<div style='position:fixed;inset:0;background:#fffa'>Welcome</div>")},
         steps=[OPEN, PRESS, shows("done")], step=2),
    Case(name="element-removed", before={"/": page(BUTTON)}, after={"/": page()}, steps=[OPEN, PRESS, shows("done")], step=2),
    Case(name="renamed-button", before={"/": page(BUTTON)}, after={"/": page(BUTTON.replace("Save", "Store"))},
         steps=[OPEN, {"click": {"role": "button", "name": "Save"}}, shows("done")], step=2),
    Case(name="disabled", before={"/": page(BUTTON)}, after={"/": page(BUTTON.replace("<button", "<button disabled"))},
         steps=[OPEN, PRESS, shows("done")], step=2),
)  # fmt: skip

SERVERS = (
    Case(
        name="server-500",
        before={"/": page("<a id=go href=/report>Report</a>"), "/report": page("<p id=sum>12</p>")},
        after={"/report": {"raise": "{}['total']"}},
        steps=[OPEN, PRESS, {"expect": {"target": "#sum", "text": "12"}}],
        layer="server",
        step=3,
        cause="KeyError of the product tiny@2.0",
        words="HTTP 500",
    ),
    Case(
        name="api-500",
        before={"/": page(), "/api/rows": {"json": ROWS}},
        after={"/api/rows": {"raise": "import no_such_module"}},
        plugin=NAMES,
        steps=[OPEN, shows("Emma")],
        layer="server",
        step=2,
        cause="status-became-error GET /api/rows",
        words="HTTP 500",
    ),
    Case(
        name="migration-fails",
        before={"/": page("<p id=sum>12</p>")},
        after={},
        recipe={
            "data": ["/srv/data"],
            "seed": [{"run": ["sh", "-c", "echo 12 >/srv/data/sum"]}],
            "migrate": [["sh", "-c", "echo 'column total does not exist' >&2; exit 3"]],
            "setup": [["mkdir", "-p", "/srv/data"]],
        },
        in_place=True,
        steps=[OPEN, {"expect": {"target": "#sum", "text": "12"}}],
        layer="server",
        step=1,
        cause="sh -c 'echo '\"'\"'column total",
        words="exit code 3",
    ),
    Case(
        name="does-not-start-any-more",
        before={"/": page("<p id=sum>12</p>")},
        after={"/gone": {}},
        recipe={"start": ["python3", "-c", STARTS]},
        steps=[OPEN, {"expect": {"target": "#sum", "text": "12"}}],
        layer="server",
        step=1,
        cause="the product ended with exit code 1",
        words="KeyError: 'gone'",
    ),
    Case(
        name="answers-otherwise-when-it-starts",
        before={"/": page("<p id=sum>12</p>")},
        after={"/": {"raise": "{}['total']"}},
        recipe={"ready": {"path": "/", "timeout_s": 12}},
        steps=[OPEN, {"expect": {"target": "#sum", "text": "12"}}],
        layer="server",
        step=2,
        cause="KeyError of the product tiny@2.0",
        words="KeyError: 'total'",
    ),
    Case(
        name="never-answers",
        before={"/": page(), "/api/rows": {"json": ROWS}},
        after={"/api/rows": {"hang": True}},
        plugin=NAMES,
        steps=[OPEN, shows("Emma")],
        layer="server",
        step=2,
        words="no answer",
    ),
    Case(
        name="answers-late",
        before={"/": page(), "/api/rows": {"json": ROWS}},
        after={"/api/rows": {"json": ROWS, "delay_s": 8}},
        plugin=NAMES,
        steps=[OPEN, shows("Emma")],
        layer="server",
        step=2,
        words="no answer",
    ),
)

MEMORY = (
    Case(
        name="less-memory",
        before={
            "/": page("<a id=go href=/report>Report</a>"),
            "/report": {**page("<p id=sum>12</p>"), "raise": "bytearray(150 << 20)"},
        },
        after={},
        upgrade={"server": {"memory": "64MiB"}},
        steps=[OPEN, PRESS, {"expect": {"target": "#sum", "text": "12"}}],
        layer="server",
        step=3,
        cause="the product ended with exit code 137: the product ran out of the 64MiB",
        words="ran out of the 64MiB of memory that `server.memory` gives it",
    ),
)

LINKS = (
    Case(
        name="connection-dropped",
        before={"/": page(), "/api/rows": {"json": ROWS}},
        after={"/api/rows": {"drop": True}},
        plugin=NAMES,
        steps=[OPEN, shows("Emma")],
        layer="link",
        step=2,
        cause="net::ERR_EMPTY_RESPONSE",
        words="ERR_EMPTY_RESPONSE",
    ),
    Case(
        name="cors",
        before={"/": page(), "/api/rows": {"json": ROWS, "headers": {"Access-Control-Allow-Origin": "*"}}},
        after={"/api/rows": {"json": ROWS}},
        plugin=NAMES.replace("fetch('", "fetch('http://product:8001"),
        steps=[OPEN, shows("Emma")],
        layer="link",
        step=2,
        cause="net::ERR_FAILED",
        words="ERR_FAILED",
    ),
    Case(
        name="content-security-policy",
        before={"/": page(script="document.querySelector('#out').textContent = 'inline';")},
        after={
            "/": page(script="document.querySelector('#out').textContent = 'inline';")
            | {"headers": {"Content-Security-Policy": "script-src 'self'"}}
        },
        steps=[OPEN, shows("inline")],
        layer="link",
        step=2,
        cause="Executing inline script violates",
        words="Content Security Policy",
    ),
    Case(
        name="redirects-for-ever",
        before={"/": page("<a id=go href=/a>A</a>"), "/a": page("<p id=sum>12</p>")},
        after={"/a": {"status": 302, "headers": {"Location": "/a"}}},
        steps=[OPEN, PRESS, {"expect": {"target": "#sum", "text": "12"}}],
        layer="link",
        step=3,
        cause="net::ERR_TOO_MANY_REDIRECTS",
        words="ERR_TOO_MANY_REDIRECTS",
    ),
    Case(
        name="name-not-found",
        before={"/": page(), "/api/rows": {"json": ROWS}},
        after={"/": page("<script>var host = 'http://api.example.org'</script>")},
        plugin=NAMES.replace("fetch('", "fetch((window.host || '') + '"),
        steps=[OPEN, shows("Emma")],
        layer="link",
        step=2,
        cause="net::ERR_NAME_NOT_RESOLVED",
        words="ERR_NAME_NOT_RESOLVED",
    ),
)

ENVIRONMENTS = (
    Case(
        name="time-zone-of-the-client",
        before={
            "/": page(script="document.querySelector('#out').textContent = new Date(0).toLocaleDateString('en-GB');")
        },
        after={},
        upgrade={"client": {"timezone": "America/New_York"}},
        steps=[OPEN, shows("01/01/1970")],
        step=2,
    ),
    Case(
        name="locale-of-the-client",
        before={"/": page(script="document.querySelector('#out').textContent = (1234.5).toLocaleString();")},
        after={},
        upgrade={"client": {"locale": "de_DE.UTF-8"}},
        steps=[OPEN, shows("1,234.5")],
        step=2,
    ),
    Case(
        name="smaller-viewport",
        before={"/": page(BUTTON, head="<style>@media (max-width: 800px) {#go {display: none}}</style>")},
        after={},
        upgrade={"client": {"viewport": "400x800"}},
        steps=[OPEN, PRESS, shows("done")],
        step=2,
    ),
    Case(
        name="browser-has-no-such-api",
        before={
            "/": page(script="document.querySelector('#out').textContent = typeof performance.memory.jsHeapSizeLimit;")
        },
        after={},
        upgrade={"client": {"browser": "firefox"}},
        steps=[OPEN, shows("number")],
        step=2,
        words="jsHeapSizeLimit",
    ),
)

PLANTED = (*SHAPES, *ANSWERS, *PLUGINS, *FOLLOWERS, *BUNDLES, *LOOKS, *SERVERS, *MEMORY, *LINKS, *ENVIRONMENTS)
