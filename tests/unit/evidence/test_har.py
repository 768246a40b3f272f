"""network.har against what HTTP Archive 1.2 asks for."""

import json
from datetime import UTC, datetime
from typing import Any

import jsonschema

from harness.evidence.har import har
from tests.stories import DATASETTE, FLASK_ADMIN, get

STARTED = datetime(2026, 11, 22, 20, 31, 4, tzinfo=UTC)

_TIME = r"^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$"
_PAIRS = {"type": "array", "items": {"type": "object", "required": ["name", "value"]}}
_SCHEMA = {
    "type": "object",
    "required": ["log"],
    "properties": {
        "log": {
            "type": "object",
            "required": ["version", "creator", "entries"],
            "properties": {
                "version": {"const": "1.2"},
                "creator": {"type": "object", "required": ["name", "version"]},
                "browser": {"type": "object", "required": ["name", "version"]},
                "pages": {
                    "type": "array",
                    "items": {"type": "object", "required": ["startedDateTime", "id", "title", "pageTimings"]},
                },
                "entries": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["startedDateTime", "time", "request", "response", "cache", "timings"],
                        "properties": {
                            "startedDateTime": {"type": "string", "pattern": _TIME},
                            "time": {"type": "number", "minimum": 0},
                            "request": {
                                "type": "object",
                                "required": [
                                    "method", "url", "httpVersion", "cookies", "headers", "queryString",
                                    "headersSize", "bodySize",
                                ],
                                "properties": {"headers": _PAIRS, "queryString": _PAIRS},
                            },
                            "response": {
                                "type": "object",
                                "required": [
                                    "status", "statusText", "httpVersion", "cookies", "headers", "content",
                                    "redirectURL", "headersSize", "bodySize",
                                ],
                                "properties": {
                                    "headers": _PAIRS,
                                    "content": {"type": "object", "required": ["size", "mimeType"]},
                                },
                            },
                            "timings": {"type": "object", "required": ["send", "wait", "receive"]},
                        },
                    },
                },
            },
        }
    },
}  # fmt: skip


def entries(*requests: Any) -> list[dict[str, Any]]:
    trace = DATASETTE.trace("after").model_copy(update={"observations": requests})
    found: list[dict[str, Any]] = har(trace, STARTED)["log"]["entries"]
    return found


def test_it_is_an_archive() -> None:
    for story in (DATASETTE, FLASK_ADMIN):
        document = json.loads(json.dumps(har(story.trace("after"), STARTED)))
        jsonschema.validate(document, _SCHEMA)
        pages = {page["id"] for page in document["log"]["pages"]}
        assert {entry["pageref"] for entry in document["log"]["entries"]} <= pages


def test_a_request_is_placed_in_time_and_its_query_is_taken_apart() -> None:
    (entry,) = entries(get(3, 2.25, "/a?q=sea&empty="))
    assert entry["startedDateTime"] == "2026-11-22T20:31:06.250+00:00"
    assert entry["time"] == 12
    assert entry["request"]["queryString"] == [{"name": "q", "value": "sea"}, {"name": "empty", "value": ""}]


def test_json_bodies_are_kept_and_missing_ones_explained() -> None:
    kept, missing = entries(
        get(1, 1.0, "/a", 200, "fetch", body={"ok": True}), get(1, 1.0, "/b", 200, "fetch", body_missing="too large")
    )
    assert json.loads(kept["response"]["content"]["text"]) == {"ok": True}
    assert missing["response"]["content"]["comment"] == "too large"


def test_a_request_without_an_answer_has_status_0_and_says_why() -> None:
    request = get(1, 1.0, "/a").model_copy(
        update={"status": None, "failure": "net::ERR_FAILED", "duration_s": None, "size_bytes": None}
    )
    (entry,) = entries(request)
    assert (entry["response"]["status"], entry["response"]["statusText"]) == (0, "net::ERR_FAILED")
    assert entry["time"] == 0


def test_what_came_before_the_first_step_has_no_page() -> None:
    (entry,) = entries(get(0, 0.0, "/"))
    assert "pageref" not in entry
