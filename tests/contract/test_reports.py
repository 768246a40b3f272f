"""What every report does with every run."""

import json
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from harness.errors import InputError
from harness.evidence import RunFolder
from harness.language import LANGUAGES, Language
from harness.model import (
    Attempt,
    ConsoleMessage,
    Dom,
    LogLine,
    Outcome,
    Request,
    Said,
    Screenshot,
    ScriptError,
    Trace,
)
from harness.reports import REPORTS, write
from tests.stories import GALLERY, STORIES, Story, leave_run, with_fault

HOSTILE = (
    "</script></style><script>alert('hostile')</script><img src=x onerror=alert(1)>"
    "]]> & \"quoted\" 'single' {{ 7*7 }} {% raw %} \x1b[31m\x1b]0;title\x07 \x00\x08 \u202egnp \ud800 ￾ 图库"
)


WHOLE = HOSTILE.replace("\ud800", "")  # what a file can hold


def hostile_run(root: Path) -> RunFolder:
    """Every field that a page or a log fills says ``HOSTILE``."""

    def trace(old: Trace) -> Trace:
        outcomes = tuple(
            Outcome(
                number=item.number, action=item.action, description={"en": HOSTILE, "zh": HOSTILE},
                outcome=item.outcome, duration_s=1.0, matched=HOSTILE,
                reason=Said(text="{why}", values={"why": HOSTILE}) if item.outcome == "failed" else None,
                attempts=(Attempt(selector=HOSTILE, found=1, state="covered", detail=HOSTILE),),
                page_title=HOSTILE, page_url="javascript:alert(1)" + HOSTILE,
            )
            for item in old.outcomes
        )  # fmt: skip
        new = old.side == "after"
        observations = (
            ConsoleMessage(step=1, time_s=0.1, level="error", text=HOSTILE, url=HOSTILE, stack=HOSTILE),
            *([ScriptError(step=2, time_s=1.1, text="x " + HOSTILE, url=HOSTILE, stack=HOSTILE)] if new else []),
            Request(step=2, time_s=1.2, method=HOSTILE, url="javascript:" + HOSTILE, resource=HOSTILE, failure=HOSTILE,
                    mime_type=HOSTILE, body={HOSTILE: [HOSTILE]}, request_headers={HOSTILE: HOSTILE}),
            Request(step=2, time_s=1.3, method="GET", url="http://[" + HOSTILE, status=200, body_missing=HOSTILE),
            LogLine(step=2, time_s=1.4, source=HOSTILE, text="ERROR " + HOSTILE),
            Screenshot(step=3, time_s=2.0, path="../../" + HOSTILE),
            Dom(step=3, time_s=2.0, path=HOSTILE),
        )  # fmt: skip
        return old.model_copy(update={"outcomes": outcomes, "observations": observations, "browser": WHOLE})

    return leave_run(root, GALLERY, (trace(GALLERY.trace("before")), trace(GALLERY.trace("after"))), command=WHOLE)


@pytest.fixture(params=sorted(REPORTS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.environment)
def test_it_says_what_was_found(tmp_path: Path, name: str, story: Story, lang: Language) -> None:
    folder = leave_run(tmp_path, story)
    text = REPORTS[name].render(folder.path, lang)
    verdict = story.verdict().into(lang)
    assert story.environment in text
    assert story.scenario in text
    assert verdict.step is None or verdict.step.description in text
    for error in verdict.errors:
        assert error.text.split("'")[0] in text


def test_it_reads_the_run_folder_alone(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = leave_run(tmp_path / "made", GALLERY)
    moved = tmp_path / "elsewhere"
    first = REPORTS[name].render(folder.path, "en")
    folder.path.rename(moved)
    monkeypatch.chdir("/")
    assert REPORTS[name].render(moved, "en") == first


def test_two_renderings_are_the_same(tmp_path: Path, name: str) -> None:
    folder = leave_run(tmp_path, GALLERY)
    assert REPORTS[name].render(folder.path, "zh") == REPORTS[name].render(folder.path, "zh")


def test_what_strangers_say_is_text_and_nothing_else(tmp_path: Path, name: str) -> None:
    folder = hostile_run(tmp_path / "runs")
    (path,) = write(folder.path, "en", [name])
    CHECKS[name](harmless(path, name))


def harmless(path: Path, name: str) -> str:
    """The text of a report of something hostile, which has nothing in it that could move a cursor."""
    text = path.read_bytes().decode("utf-8")
    assert "hostile" in text
    assert "\x1b" not in text
    assert "\x00" not in text
    assert "\u202e" not in text or name == "json"
    return text


def test_a_run_without_a_verdict_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="did not get so far"):
        REPORTS[name].render(RunFolder.create(tmp_path, "a").path, "en")


def test_a_run_that_was_never_replayed_has_reports_too(tmp_path: Path, name: str) -> None:
    broken = Trace(
        side="after", browser="", outcomes=(), fault=with_fault(GALLERY.trace("after"), "no such image").fault
    )
    folder = leave_run(tmp_path, GALLERY, (GALLERY.trace("before"), broken))
    assert "no such image" in REPORTS[name].render(folder.path, "en")


def test_a_run_whose_traces_are_gone_has_reports_too(tmp_path: Path, name: str) -> None:
    folder = leave_run(tmp_path, GALLERY)
    for part in ("before/trace.jsonl", "after/trace.jsonl", "comparison.json", "lock.yaml"):
        (folder.path / part).unlink()
    assert "gallery-parallax" in REPORTS[name].render(folder.path, "en")


# ------------------------------------------------------- what a format asks for
class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.scripts = 0
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def check_html(text: str) -> None:
    elements = Elements()
    elements.feed(text)
    assert [tag for tag, _ in elements.found].count("script") == 1
    assert [tag for tag, _ in elements.found].count("style") == 1
    for tag, attributes in elements.found:
        assert not [key for key in attributes if key.startswith("on") or key == "style"], (tag, attributes)
        for key in ("src", "href"):
            value = attributes.get(key)
            assert value is None or value.startswith(("#", "data:image/")), (tag, attributes)
    assert "{{ 7*7 }}" in text


def check_junit(text: str) -> None:
    root = ET.fromstring(text)
    assert root.find(".//failure") is not None


def check_json(text: str) -> None:
    assert json.loads(text)["verdict"] == "regression"


def check_terminal(text: str) -> None:
    assert not [sign for sign in text if ord(sign) < 32 and sign != "\n"]


def only_ours(markdown: str) -> set[str]:
    """The kinds of what is in a text of Markdown, none of which a stranger's text may make."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    inner = [token for block in tokens for token in (block, *(block.children or []))]
    kinds = {token.type for token in inner}
    assert not kinds & {"link_open", "image", "html_inline", "hr", "blockquote_open"}
    assert {token.tag for token in inner if token.type == "heading_open"} <= {"h2", "h3"}
    blocks = {line for token in inner if token.type == "html_block" for line in token.content.strip().splitlines()}
    assert all(line == "</details>" or line.startswith("<details><summary>") for line in blocks)
    return kinds


def check_markdown(text: str) -> None:
    assert "html_block" not in only_ours(text)
    titles = [line for line in text.splitlines() if line.startswith("#")]
    assert titles[1:] == ["### Steps", "### New after the upgrade", "### Run it again"]


CHECKS = {
    "html": check_html,
    "junit": check_junit,
    "json": check_json,
    "markdown": check_markdown,
    "terminal": check_terminal,
}


def test_every_report_is_checked() -> None:
    assert set(CHECKS) == set(REPORTS)
