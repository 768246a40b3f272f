"""HTTP Archive 1.2 from the requests of a trace. Imports nouns alone."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from harness import __version__
from harness.model import Request, Trace


def har(trace: Trace, started: datetime) -> dict[str, Any]:
    """The requests of a trace as HTTP Archive 1.2 (http://www.softwareishard.com/blog/har-12-spec/).

    A page is a step; what was not observed is -1 or empty, as the format says.
    """
    requests = [item for item in trace.observations if isinstance(item, Request)]
    name, _, version = trace.browser.partition(" ")
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "harness", "version": __version__},
            "browser": {"name": name, "version": version},
            "pages": [
                {
                    "id": f"step-{outcome.number}",
                    "title": outcome.description.get("en", outcome.action),
                    "startedDateTime": _at(started, outcome.start_s),
                    "pageTimings": {"onContentLoad": -1, "onLoad": -1},
                }
                for outcome in trace.outcomes
                if outcome.outcome != "not-run"
            ],
            "entries": [_entry(request, started) for request in requests],
        }
    }


def _entry(request: Request, started: datetime) -> dict[str, Any]:
    took_ms = -1 if request.duration_s is None else round(request.duration_s * 1000, 3)
    content: dict[str, Any] = {"size": request.size_bytes or 0, "mimeType": request.mime_type}
    if request.body is not None:
        content["text"] = json.dumps(request.body, ensure_ascii=False)
    elif request.body_missing:
        content["comment"] = request.body_missing
    page = {"pageref": f"step-{request.step}"} if request.step else {}
    return {
        **page,
        "startedDateTime": _at(started, request.time_s),
        "time": max(took_ms, 0),
        "request": {
            "method": request.method,
            "url": request.url,
            "httpVersion": "",
            "cookies": [],
            "headers": _pairs(request.request_headers.items()),
            "queryString": _pairs(parse_qsl(_query(request.url), keep_blank_values=True)),
            "headersSize": -1,
            "bodySize": -1,
        },
        "response": {
            "status": request.status or 0,
            "statusText": request.failure or "",
            "httpVersion": "",
            "cookies": [],
            "headers": _pairs(request.response_headers.items()),
            "content": content,
            "redirectURL": _header(request.response_headers, "location"),
            "headersSize": -1,
            "bodySize": -1 if request.size_bytes is None else request.size_bytes,
        },
        "cache": {},
        "timings": {"send": 0, "wait": max(took_ms, 0), "receive": 0},
    }


def _pairs(items: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in items]


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")


def _query(url: str) -> str:
    try:
        return urlsplit(url).query
    except ValueError:
        return ""


def _at(started: datetime, seconds: float) -> str:
    return (started + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
