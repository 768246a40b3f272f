"""What every report for a customer or a vendor does with every run."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from harness.errors import InputError
from harness.evidence import RunFolder
from harness.language import LANGUAGES, Language
from harness.reports import FOR
from harness.schemas import schemas
from harness.writing.issues import LENGTH_MAX
from tests.contract.test_reports import Elements, hostile_run
from tests.stories import DATASETTE, GALLERY, STORIES, Story, leave_run, with_fault

OUTSIDE = [(audience, name) for audience in ("customer", "vendor") for name in FOR[audience]]


def rendered(folder: RunFolder, audience: str, name: str, lang: Language = "en") -> str:
    return FOR[audience][name].render(folder.path, lang)  # type: ignore[index]


pytestmark = pytest.mark.parametrize(("audience", "name"), OUTSIDE, ids=["-".join(one) for one in OUTSIDE])


def test_each_has_the_same_formats(audience: str, name: str) -> None:
    assert set(FOR["customer"]) == set(FOR["vendor"]) <= set(FOR["engineer"])
    assert FOR[audience][name].file.startswith(f"{audience}.")  # type: ignore[index]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.environment)
def test_it_says_what_was_found(tmp_path: Path, audience: str, name: str, story: Story, lang: Language) -> None:
    verdict = story.verdict().into(lang)
    text = rendered(leave_run(tmp_path, story), audience, name, lang)
    assert verdict.step is None or verdict.step.description in text
    assert story.old in text
    assert story.new in text
    stacks = [error.detail.splitlines()[0].split('"')[0] for error in verdict.errors if error.detail]
    assert all((stack in text) is (audience == "vendor") for stack in stacks)


def test_it_reads_the_run_folder_alone(
    tmp_path: Path, audience: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = leave_run(tmp_path / "made", DATASETTE)
    first = rendered(folder, audience, name)
    moved = folder.path.rename(tmp_path / "elsewhere")
    monkeypatch.chdir("/")
    assert rendered(RunFolder.open(moved), audience, name) == first
    for part in ("before/trace.jsonl", "after/trace.jsonl", "comparison.json", "lock.yaml"):
        (moved / part).unlink()
    assert "1.0a14" in rendered(RunFolder.open(moved), audience, name)


def test_what_strangers_say_is_text_and_nothing_else(tmp_path: Path, audience: str, name: str) -> None:
    text = rendered(hostile_run(tmp_path / "runs"), audience, name)
    assert "\x1b" not in text
    assert "\x00" not in text
    if name == "html":
        elements = Elements()
        elements.feed(text)
        assert [tag for tag, _ in elements.found].count("script") == 1
        assert not [tag for tag, _ in elements.found if tag in ("img", "a")]
    if name == "markdown":
        tokens = MarkdownIt("commonmark").enable("table").parse(text)
        inner = [token for block in tokens for token in (block, *(block.children or []))]
        assert not {token.type for token in inner} & {"link_open", "image", "html_inline", "hr", "blockquote_open"}
        assert {token.tag for token in inner if token.type == "heading_open"} <= {"h2", "h3"}
        for token in inner:
            assert token.type != "html_block" or set(token.content) <= set("</>\ntablerhdBefoA"), token.content


def test_it_fits_an_issue_however_much_there_is(tmp_path: Path, audience: str, name: str) -> None:
    folder = hostile_run(tmp_path / "runs")
    verdict = folder.read_verdict()
    (error, *_) = verdict.errors
    long = error.model_copy(update={"text": "@ " * 40_000, "where": "# " * 40_000, "detail": "`x\n" * 40_000})
    folder.write_verdict(verdict.model_copy(update={"errors": (long,) * 50}))
    text = rendered(folder, audience, name)
    assert len(text) <= (LENGTH_MAX if name == "markdown" else 100_000)


def test_json_fits_its_schema(tmp_path: Path, audience: str, name: str) -> None:
    if name != "json":
        return
    for story in STORIES:
        value = json.loads(rendered(leave_run(tmp_path, story), audience, name, "zh"))
        Draft202012Validator(schemas()[audience]).validate(value)
        assert value["audience"] == audience
        assert value["text"]


def test_a_run_without_a_verdict_is_said(tmp_path: Path, audience: str, name: str) -> None:
    with pytest.raises(InputError, match="did not get so far"):
        rendered(RunFolder.create(tmp_path, "a"), audience, name)


def test_a_run_that_was_never_replayed_has_one_too(tmp_path: Path, audience: str, name: str) -> None:
    broken = with_fault(GALLERY.trace("after"), "no such image").model_copy(update={"outcomes": (), "browser": ""})
    text = rendered(leave_run(tmp_path, GALLERY, (GALLERY.trace("before"), broken)), audience, name)
    assert ("no such image" in text) is (audience == "vendor")
