"""What a run says to the customer."""

import re
from typing import Any

import pytest

from harness.compare import compare
from harness.diagnose import diagnose
from harness.language import LANGUAGES, Language
from harness.model import (
    VERDICTS,
    Change,
    Conclusion,
    Evidence,
    FailedStep,
    Recognised,
    Repeats,
    SideSummary,
    Verdict,
    VerdictName,
)
from harness.writing.customer import customer
from tests.stories import DATASETTE, FLASK_ADMIN, GALLERY, SLIDES, STORIES, with_fault

KNOWN = Recognised(
    issue="parallax",
    title={"en": "Parallax stops", "zh": "视差停止"},
    mend={"en": "add jquery-migrate.", "zh": "加上 jquery-migrate。"},
)
JARGON = re.compile(r"css=|Traceback|TypeError|/srv/|https?://|\.harness|\.yaml|server\.log|server\.product")


def with_conclusion(verdict: Verdict, **fields: Any) -> Verdict:
    conclusion = Conclusion(**{"cause": "plugin-incompatible", "parts": ("stellar@0.6.2",), **fields})
    return verdict.model_copy(update={"conclusion": conclusion})


def named(name: VerdictName, **changes: Any) -> Verdict:
    """A verdict of that name, as far as the customer sees it."""
    return GALLERY.verdict().model_copy(update={"verdict": name, **changes})


def test_what_no_longer_works_since_which_change_and_what_to_do() -> None:
    said = customer(GALLERY.verdict(), "en")
    assert said.text == (
        "Since the upgrade (gallery 1.12.4 → 3.7.1), this no longer works: The parallax effect has started. "
        "What comes before it still works. "
        "Until it is mended, you may choose to go back to what was there before (gallery 1.12.4), with which it works; "
        "make a copy of your data first, as what was entered since the upgrade may be lost."
    )
    assert (said.broken, said.since) == ("The parallax effect has started", ("gallery 1.12.4 → 3.7.1",))
    assert said.text.endswith(said.meanwhile)
    assert (said.basis, said.mends) == ("before", ())


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("ended", "Since the upgrade (gallery 1.12.4 → 3.7.1), the product no longer starts. "),
        ("migration", "The upgrade (gallery 1.12.4 → 3.7.1) does not come to its end: taking over the data fails. "),
    ],
)
def test_where_nobody_gets_to_a_step_none_is_named(kind: Any, said: str) -> None:
    error = Evidence(side="after", layer="server", step=0, time_s=0, kind=kind, text="it printed much")
    first = FailedStep(number=1, description="open /")
    verdict = GALLERY.verdict().model_copy(update={"errors": (error,), "step": first})
    assert customer(verdict, "en").text.startswith(said)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.environment)
def test_no_stack_no_path_and_no_selector(story: Any, lang: Language) -> None:
    said = customer(story.verdict(), lang)
    assert not JARGON.search(said.text)
    assert said.language == lang
    assert ("升级" in said.text) is (lang == "zh")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", VERDICTS)
def test_every_verdict_has_a_paragraph(name: VerdictName, lang: Language) -> None:
    bare: dict[str, Any] = {"step": None, "environment_diff": (), "environments": {}}
    for changes in ({}, bare):
        said = customer(named(name, **changes), lang)
        assert said.title
        assert said.meanwhile
        assert "{" not in said.text
        assert (said.basis == "before") is (name == "regression")


def test_how_often_it_was_tried_is_said() -> None:
    conclusion = Conclusion(cause="not-reproduced", repeats=Repeats(runs=5, before_failed=0, after_failed=0))
    said = customer(SLIDES.verdict().model_copy(update={"conclusion": conclusion}), "en")
    assert "That was so each time it was tried (in number: 5)." in said.text


def test_a_product_is_not_blamed_for_what_moved_below_it() -> None:
    verdict = FLASK_ADMIN.verdict()
    axis = f"server.dependencies.{FLASK_ADMIN.dependency}"
    said = customer(with_conclusion(verdict, cause="product-regression", parts=(), axes=(axis,)), "en").text
    ref = str(verdict.environments["after"].server.dependencies[0]).replace("@", " ")
    assert f"does not go together with {ref}, not anything that you did." in said
    assert "itself" not in said


# -------------------------------------------------------- what to do meanwhile
def test_a_mend_that_was_seen_comes_first() -> None:
    verdict = with_conclusion(GALLERY.verdict(), mended_by=("jquery-migrate@3.6.0", "stellar@0.7"))
    said = customer(verdict.model_copy(update={"known": (KNOWN,)}), "en")
    assert said.meanwhile == (
        "Until it is mended: with jquery-migrate 3.6.0 or stellar 0.7 it was seen to work, and nothing else got worse."
    )
    assert (said.basis, said.mends) == ("seen", ("jquery-migrate@3.6.0", "stellar@0.7"))
    assert "The reason lies in the plug-in stellar 0.6.2, not in anything that you did." in said.text


def test_a_known_mend_is_said_to_be_known_and_not_tried() -> None:
    verdict = with_conclusion(GALLERY.verdict()).model_copy(update={"known": (KNOWN,)})
    said = customer(verdict, "en")
    assert said.meanwhile == "Until it is mended: what is known to help, but was not tried here: add jquery-migrate."
    assert "This is a known issue: Parallax stops." in said.text
    assert said.basis == "known"
    chinese = customer(verdict, "zh")
    assert "未经验证的办法：加上 jquery-migrate。" in chinese.meanwhile
    assert chinese.mends == ("加上 jquery-migrate",)


def test_a_known_issue_without_a_mend_names_none() -> None:
    verdict = GALLERY.verdict().model_copy(update={"known": (KNOWN.model_copy(update={"mend": ""}),)})
    assert customer(verdict, "en").basis == "before"


def test_going_back_means_all_that_changed_though_less_is_to_blame() -> None:
    """Only all of it together was seen to work."""
    changes = (
        *GALLERY.verdict().environment_diff,
        Change(path="client.timezone", before="UTC", after="Asia/Shanghai"),
        Change(path="server.plugins.lightbox", before=None, after="2.0"),
    )
    verdict = with_conclusion(GALLERY.verdict(environment_diff=changes), axes=("server.product",))
    said = customer(verdict, "en")
    assert said.since == ("gallery 1.12.4 → 3.7.1",)
    assert "(gallery 1.12.4, the time zone: UTC, no lightbox), with which it works" in said.meanwhile


# -------------------------------------------------------------- other verdicts
def test_the_reason_is_that_of_the_conclusion() -> None:
    causes = {
        "product-regression": "in gallery 3.7.1 itself",
        "environment-change": "what the product runs on",
        "data-or-migration": "with new data it works",
        None: "has not been found out yet",
    }
    for cause, words in causes.items():
        assert words in customer(with_conclusion(GALLERY.verdict(), cause=cause, parts=()), "en").text


def test_what_is_inferred_is_most_likely_and_not_more() -> None:
    found = with_conclusion(GALLERY.verdict(), cause="plugin-incompatible", parts=("stellar@0.6.2",), inferred=True)
    assert "The reason most likely lies in the plug-in stellar 0.6.2, and not in" in customer(found, "en").text


def test_a_plugin_that_fails_beside_the_product_is_not_cleared() -> None:
    found = with_conclusion(GALLERY.verdict(), cause="product-regression", parts=("stellar@0.6.2",))
    said = customer(found, "en").text
    assert "in gallery 3.7.1 itself, and the plug-in stellar 0.6.2 does not get on with it either" in said


def test_same() -> None:
    said = customer(SLIDES.verdict(), "en").text
    assert said.startswith("This was tried before and after the upgrade (slides 3.9.2 → 4.6.1), and it works both")
    error = Evidence(side="after", layer="client", step=1, time_s=0, kind="console", text="oh /srv/x")
    noisy = customer(SLIDES.verdict().model_copy(update={"errors": (error,)}), "en").text
    assert "(in number: 1), but none kept a step from working" in noisy
    assert "/srv" not in noisy


def test_fixed() -> None:
    old, new = (GALLERY.trace(side) for side in ("after", "before"))
    old, new = old.model_copy(update={"side": "before"}), new.model_copy(update={"side": "after"})
    said = customer(diagnose(compare(old, new), old, new, GALLERY.about()), "en")
    assert said.text.startswith("This did not work, and does since the upgrade (gallery 1.12.4 → 3.7.1): The parallax")
    assert said.basis == "none"


def test_broken_on_both_sides_at_one_step_or_at_two() -> None:
    one = SideSummary(failed_step=3)
    step = FailedStep(number=3, description="Press it")
    said = customer(named("broken-both", before=one, after=one, step=step, errors=()), "en")
    assert "neither before nor after the upgrade: Press it. So the upgrade is not the reason." in said.text
    assert "does not help" in said.meanwhile
    other = customer(named("broken-both", before=SideSummary(failed_step=1), after=one, step=step), "en")
    assert "before, it ends at step 1, and after, at step 3 (Press it)" in other.text
    assert "is not known" in other.meanwhile


def test_broken_on_both_sides_in_two_ways_clears_the_upgrade_of_nothing() -> None:
    one, step = SideSummary(failed_step=3), FailedStep(number=3, description="Press it")
    new = Evidence(
        side="after", layer="client", step=1, time_s=0.1, kind="error", text="TypeError: f is not a function"
    )
    said = customer(named("broken-both", before=one, after=one, step=step, errors=(new,)), "en")
    assert "So it cannot be said from this what the upgrade changed." in said.text
    assert "does not help" in said.meanwhile


def test_unstable_says_how_often() -> None:
    repeats = Repeats(runs=3, before_failed=0, after_failed=1)
    said = customer(with_conclusion(named("unstable"), cause="unstable", repeats=repeats, mended_by=("x@1",)), "en")
    assert "of 3 tries on each side, 1 failed after the upgrade and 0 before it" in said.text
    assert said.basis == "none"


def test_no_verdict_says_nothing_about_the_upgrade_and_not_why() -> None:
    old = GALLERY.trace("before")
    new = with_fault(GALLERY.trace("after"), "no such image: /var/lib/x")
    said = customer(diagnose(compare(old, new), old, new, GALLERY.about()), "en")
    assert "nothing can be said about the upgrade" in said.text
    assert "/var" not in said.model_dump_json()


def test_what_changed_is_named_plainly() -> None:
    def since(*changes: tuple[str, str | None, str | None]) -> tuple[str, ...]:
        diff = tuple(Change(path=path, before=old, after=new) for path, old, new in changes)
        return customer(named("regression", environment_diff=diff), "en").since

    assert since(
        ("server.product", "@app/shop@1.0", "@app/shop@2.0"),
        ("server.product", "shop@1.0", "store@2.0"),
        ("server.plugins.stellar", "0.6", None),
        ("server.services.store", "a@1", "b@2"),
        ("server.services.store.port", "1", "2"),
        ("server.os", "debian:12", "debian:13"),
        ("client.policies.Proxy", "a", "b"),
        ("client.strange", None, "x"),
        ("client.preferences.folder", "/home/anna", "/home/otto"),
    ) == (
        "@app/shop 1.0 → 2.0",
        "shop 1.0 → store 2.0",
        "stellar 0.6, which is gone",
        "store a@1 → b@2",
        "services.store.port: 1 → 2",
        "the server's operating system: debian:12 → debian:13",
        "the browser's policies (Proxy): a → b",
        "strange: – → x",
        "another value of the browser's settings (folder)",
    )
    many = [(f"server.plugins.p{number}", "1", "2") for number in range(6)]
    diff = tuple(Change(path=path, before=old, after=new) for path, old, new in many)
    assert "p3 1 → 2, 2 more)" in customer(named("regression", environment_diff=diff), "en").text


def test_words_of_strangers_go_through_the_escape() -> None:
    verdict = FLASK_ADMIN.verdict()
    assert customer(verdict, "en", lambda text: f"<{text}>").text.startswith("Since the upgrade (<wtforms> <3.1.2> → ")
    assert "<" not in customer(DATASETTE.verdict(), "en").text


def test_a_gateway_is_called_one() -> None:
    verdict = with_conclusion(GALLERY.verdict(), mended_by=("gateways/old-api.yaml", "stellar@0.7"))
    said = customer(verdict, "en")
    assert "with the gateway old-api or stellar 0.7 it was seen to work" in said.meanwhile
