"""The report for a browser: what is open, what is marked, what is left out."""

import re
from pathlib import Path

from harness.language import LANGUAGES
from harness.model import LogLine, Observation, Side, Trace
from harness.reports.html import Html
from harness.reports.html.pictures import Album
from harness.reports.html.view import BODY_MAX, ROWS_MAX, Line, StepView, Storyboard
from tests.stories import DATASETTE, FLASK_ADMIN, GALLERY, PNG, SIDES, SLIDES, Story, get, leave_run, with_fault


def steps(root: Path, story: Story, *more: Observation) -> tuple[StepView, ...]:
    old, new = story.trace("before"), story.trace("after")
    new = new.model_copy(update={"observations": (*new.observations, *more)})
    folder = leave_run(root, story, (old, new))
    traces: dict[Side, Trace | None] = {"before": old, "after": new}
    board = Storyboard(
        Album(folder),
        folder.read_verdict(),
        folder.read_comparison(),
        traces,
        "en",
    )
    return board.steps()


def test_the_step_that_decides_is_open_and_the_others_are_not(tmp_path: Path) -> None:
    text = Html().render(leave_run(tmp_path, GALLERY).path, "en")
    opened = re.findall(r'<details class="step[^"]*" id="step-(\d+)" open>', text)
    assert opened == ["3"]
    assert text.count('class="step"') == 4


def test_where_nothing_breaks_nothing_is_open(tmp_path: Path) -> None:
    assert not re.search(r'id="step-\d+" open', Html().render(leave_run(tmp_path, SLIDES).path, "en"))


def test_it_says_its_language(tmp_path: Path) -> None:
    folder = leave_run(tmp_path, GALLERY)
    found = {lang: re.findall(r'<html lang="([^"]*)"', Html().render(folder.path, lang)) for lang in LANGUAGES}
    assert found == {"en": ["en"], "zh": ["zh-CN"]}
    assert "视差效果已经启动" in Html().render(folder.path, "zh")


def test_what_is_new_is_marked_on_the_side_that_has_it(tmp_path: Path) -> None:
    view = steps(tmp_path, FLASK_ADMIN)
    third = next(step for step in view if step.number == 3)
    old, new = third.sides
    assert (third.new, third.gone) == (2, 0)  # the answer and the traceback
    assert not (old.requests.news or old.log.news)
    assert new.requests.news
    assert [line.text for line in new.log.rows if isinstance(line, Line) and line.new][-1].startswith("AttributeError")
    assert not [line for line in new.console.rows if line.new]  # the echo of the request


def test_an_uncaught_error_is_shown_once(tmp_path: Path) -> None:
    third = next(step for step in steps(tmp_path, DATASETTE) if step.number == 3)
    (line,) = third.sides[1].console.rows
    assert isinstance(line, Line)
    assert line.text == "TypeError: Cannot read properties of undefined (reading 'map')"
    assert "182:27" in line.rest


def test_addresses_of_the_product_are_shown_without_its_host(tmp_path: Path) -> None:
    other = get(1, 0.4, "/x").model_copy(update={"url": "https://cdn.example.com/x"})
    first = next(step for step in steps(tmp_path, GALLERY, other) if step.number == 1)
    assert {row.address for row in first.sides[1].requests.rows if not isinstance(row, Line)} >= {
        "/",
        "https://cdn.example.com/x",
    }


def test_what_came_before_the_first_step_has_a_place(tmp_path: Path) -> None:
    assert next(step.number for step in steps(tmp_path, FLASK_ADMIN)) == 0
    assert next(step.number for step in steps(tmp_path, GALLERY)) == 1


def test_large_answers_are_cut_and_it_is_said(tmp_path: Path) -> None:
    large = get(1, 0.4, "/big", 200, "fetch", body={"rows": ["x" * 50] * 500})
    first = next(step for step in steps(tmp_path, GALLERY, large) if step.number == 1)
    body = next(row.body for row in first.sides[1].requests.rows if not isinstance(row, Line) and row.body)
    assert len(body) < BODY_MAX + 60
    assert body.endswith("characters more")


def test_long_lists_are_cut_but_what_is_new_stays(tmp_path: Path) -> None:
    chatter = [LogLine(step=1, time_s=0.3 + n / 1000, text=f"chatter {n}") for n in range(3 * ROWS_MAX)]
    news = LogLine(step=1, time_s=0.9, text="ERROR at the very end")
    first = next(step for step in steps(tmp_path, GALLERY, *chatter, news) if step.number == 1)
    log = first.sides[1].log
    assert log.left_out == 2 * ROWS_MAX
    assert [row.new for row in log.rows] == [False] * ROWS_MAX + [True]


# ----------------------------------------------------------------- pictures
def test_pictures_that_do_not_fit_are_named_instead(tmp_path: Path) -> None:
    folder = leave_run(tmp_path, GALLERY)
    album = Album(folder, budget_bytes=len(PNG))
    assert album.picture("after/screenshots/3.png").uri.startswith("data:image/png;base64,")
    assert album.picture("after/screenshots/2.png").uri == ""


def test_the_step_that_decides_gets_its_pictures_first(tmp_path: Path) -> None:
    folder = leave_run(tmp_path, GALLERY)
    traces: dict[Side, Trace | None] = {"before": GALLERY.trace("before"), "after": GALLERY.trace("after")}
    album = Album(folder, budget_bytes=2 * len(PNG))
    view = Storyboard(album, folder.read_verdict(), None, traces, "en").steps()
    shown = {(step.number, part.side) for step in view for part in step.sides if part.picture and part.picture.uri}
    assert shown == {(3, "before"), (3, "after")}


def test_what_only_the_side_before_has_is_gone_and_not_new(tmp_path: Path) -> None:
    old, new = GALLERY.trace("before"), GALLERY.trace("after")
    warning = LogLine(step=2, time_s=1.2, text="DeprecationWarning: pkg_resources goes away")
    noisy = old.model_copy(update={"observations": (*old.observations, warning)})
    folder = leave_run(tmp_path, GALLERY, (noisy, new))
    traces: dict[Side, Trace | None] = {"before": noisy, "after": new}
    view = Storyboard(Album(folder), folder.read_verdict(), folder.read_comparison(), traces, "en").steps()
    second = next(step for step in view if step.number == 2)
    assert (second.new, second.gone) == (0, 1)
    assert [row.level for row in second.sides[0].log.rows if isinstance(row, Line)] == ["warn"]
    assert '<span class="gone">' in Html().render(folder.path, "en")


def test_only_pictures_of_the_run_are_embedded(tmp_path: Path) -> None:
    folder = leave_run(tmp_path / "runs", GALLERY)
    (tmp_path / "secret.png").write_bytes(PNG)
    (folder.path / "page.svg").write_text("<svg onload='alert(1)'/>")
    album = Album(folder)
    for path in ("../../secret.png", "page.svg", "missing.png"):
        assert album.picture(path).uri == ""


# --------------------------------------------------------------- no verdict
def test_without_a_verdict_the_ends_of_the_logs_are_shown(tmp_path: Path) -> None:
    broken = with_fault(GALLERY.trace("after").model_copy(update={"outcomes": (), "observations": ()}))
    folder = leave_run(tmp_path, GALLERY, (GALLERY.trace("before"), broken))
    (folder.side("after") / "build-product.log").write_text("E: Unable to locate package <nope>\n")
    text = Html().render(folder.path, "en")
    assert "after/build-product.log" in text
    assert "E: Unable to locate package &lt;nope&gt;" in text


def test_with_a_verdict_the_logs_are_left_in_the_folder(tmp_path: Path) -> None:
    folder = leave_run(tmp_path, GALLERY)
    (folder.side("after") / "build-product.log").write_text("Successfully built\n")
    assert "Successfully built" not in Html().render(folder.path, "en")


def test_the_file_stays_small(tmp_path: Path) -> None:
    assert len(Html().render(leave_run(tmp_path, FLASK_ADMIN).path, "en")) < 80_000


def test_answers_that_changed_are_shown_side_by_side_and_the_linked_one_is_open(tmp_path: Path) -> None:
    text = Html().render(leave_run(tmp_path, DATASETTE).path, "en")
    assert re.search(r'<article class="link likely">.*?\$\.columns is gone', text, re.S)
    (linked,) = re.findall(r'<li class="breaking linked">(.*?)</li>', text, re.S)
    assert "<details open>" in linked
    old, new = re.findall(r"<pre[^>]*>(.*?)</pre>", linked, re.S)
    assert "columns" in old
    assert "columns" not in new
    assert "Answers that changed" not in Html().render(leave_run(tmp_path, GALLERY).path, "en")


def test_what_an_answer_says_is_text(tmp_path: Path) -> None:
    old, new = (DATASETTE.trace(side) for side in SIDES)
    evil = [get(3, 2.2, "/evil", 200, "fetch", body={"<script>alert(1)</script>": side}) for side in (1, "x")]
    traces = [trace.model_copy(update={"observations": (*trace.observations, one)})
              for trace, one in zip((old, new), evil, strict=True)]  # fmt: skip
    text = Html().render(leave_run(tmp_path, DATASETTE, traces).path, "en")
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert(1)" not in text
