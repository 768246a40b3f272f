"""The summary for a ticket."""

import re
from pathlib import Path

from harness.model import Drift, ScriptError, Verdict
from harness.reports import REPORTS
from harness.reports.terminal import details, summary
from harness.writing.words import columns
from tests.stories import DATASETTE, FLASK_ADMIN, GALLERY, SLIDES, leave_run


def test_a_regression_in_full() -> None:
    assert summary(GALLERY.verdict(), "en") == (
        "REGRESSION  gallery-parallax × show-prices\n"
        "Step 3 works before the upgrade and fails after it: css=body.parallax-ready is not in the page\n"
        "\n"
        "  Shows in    client (browser and page)\n"
        "  Product     gallery@3.7.1 + stellar@0.6.2\n"
        "  Browser     chromium 156.0.8078.73, debian:12, 1366x768, en_US.UTF-8, UTC\n"
        "  Upgrade     server.product: gallery@1.12.4 → gallery@3.7.1\n"
        "  Step        3 of 5: The parallax effect has started\n"
        "  New errors  TypeError: e.indexOf is not a function\n"
        "                http://product:8000/node_modules/jquery/dist/jquery.min.js:1:82863 (step 1, client)\n"
        "                code of the package jquery\n"
        "  Before      5 of 5 steps work, 2.0 s\n"
        "  After       2 of 5 steps work, 3.8 s\n"
        "  Evidence    .harness/runs/20261122-203102-gallery-parallax/report.html\n"
        "  Again       harness reproduce environments/gallery-parallax.yaml scenarios/show-prices.yaml"
    )


def test_the_details_are_the_rest_of_it() -> None:
    first, rest = summary(GALLERY.verdict(), "zh").split("\n", 1)
    assert "gallery-parallax × show-prices" in first
    assert details(GALLERY.verdict(), "zh") == rest


def test_values_stand_in_one_column_in_chinese_too() -> None:
    lines = summary(GALLERY.verdict(), "zh").splitlines()[3:]
    starts = {columns(line) - columns(line.lstrip().split("  ", 1)[-1].lstrip()) for line in lines if line[2] != " "}
    assert len(starts) == 1


def test_same_with_new_errors_says_how_to_make_them_count(tmp_path: Path) -> None:
    new = SLIDES.trace("after")
    error = ScriptError(step=2, time_s=1.0, text="TypeError: no")
    noisy = new.model_copy(update={"observations": (*new.observations, error)})
    verdict = leave_run(tmp_path, SLIDES, (SLIDES.trace("before"), noisy)).read_verdict()
    assert "- expect: no_errors" in summary(verdict, "en")
    assert "no_errors" not in summary(SLIDES.verdict(), "en")


def test_many_errors_are_cut_and_it_is_said() -> None:
    verdict = FLASK_ADMIN.verdict()
    errors = [verdict.errors[0].model_dump() | {"text": f"Error: of {name}"} for name in "abcdefghi"]
    many = Verdict.model_validate(verdict.model_dump() | {"errors": errors})
    assert "4 more in the report" in summary(many, "en")


def test_where_both_sides_fail_the_errors_of_both_are_there(tmp_path: Path) -> None:
    old = SLIDES.trace("before")
    failed = old.outcomes[0].model_copy(update={"outcome": "failed"})
    error = ScriptError(step=1, time_s=1.0, text="Error: no zoom")
    broken = old.model_copy(update={"outcomes": (failed,), "observations": (*old.observations, error)})
    run = leave_run(tmp_path, SLIDES, (broken, broken.model_copy(update={"side": "after"})))
    told = summary(run.read_verdict(), "en")
    assert re.search(r"Errors before +Error: no zoom", told)
    assert "New errors" not in told, "the side after has it as well"
    for name in ("html", "markdown"):
        assert "Errors before the upgrade" in REPORTS[name].render(run.path, "en"), name


def test_what_is_not_as_locked_is_said() -> None:
    drift = Drift(package="chromium", locked="156.0.1", used="156.0.2")
    assert "Not as locked  chromium 156.0.1 → 156.0.2" in summary(GALLERY.verdict(drifts=(drift,)), "en")


def test_an_error_is_followed_to_the_answer() -> None:
    line = (
        "  Follows from  likely: the answer to GET /library/books.json?_search&_shape at step 3 changed: $.columns is "
        "gone; search?q=sea:182:27 read `.map`"
    )
    assert line in summary(DATASETTE.verdict(), "en").splitlines()
    assert "起因" in summary(DATASETTE.verdict(), "zh")
    assert "Follows from" not in summary(GALLERY.verdict(), "en")
