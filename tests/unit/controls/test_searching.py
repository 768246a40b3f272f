"""Which control runs are made, and what is concluded from them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.controls.concluding import without_controls
from harness.controls.trials import Trial
from harness.model import Evidence, Origin, Repeats, Scenario, Step, Verdict, VerdictName
from harness.writing import words
from tests.unit.controls.lab import SAME, environment, regression, search, verdict

OLD, NEW = environment("shop@1", "coupon@1"), environment("shop@2", "coupon@1")


def test_a_plugin_that_does_not_fit() -> None:
    found, asked = search(OLD, NEW, again=regression())
    assert asked == ["again", "without-coupon"]
    assert (found.cause, found.parts, found.axes) == ("plugin-incompatible", ("coupon@1",), ("server.product",))
    assert found.because == ("again", "without-coupon")
    assert found.repeats is not None
    assert (found.repeats.runs, found.repeats.before_failed, found.repeats.after_failed) == (2, 0, 2)
    assert "The plug-in coupon@1 does not work with shop@2." in found.text
    assert "all 5 steps do" in found.text


def test_a_product_that_fails_without_its_plugin_too() -> None:
    found, _ = search(OLD, NEW, again=regression(), without_coupon=regression(2))
    assert found.cause == "product-regression"
    assert found.parts == ()


def test_a_product_without_plugins_can_only_be_at_fault_itself() -> None:
    found, asked = search(environment("shop@1"), environment("shop@2"), again=regression())
    assert (found.cause, asked) == ("product-regression", ["again"])
    assert "It is shop@2 itself: there is no plug-in that could be at fault." in found.text


def test_a_product_that_fails_and_a_plugin_that_fails_too_are_two_faults() -> None:
    """Quill 2 writes lists otherwise, and the plug-in for emojis does not even load."""
    of_plugin = Origin(role="plugin", package="coupon@1")
    error = Evidence(side="after", layer="client", step=1, time_s=1, kind="error", text="no", origin=of_plugin)
    main = regression().model_copy(update={"errors": (error,)})
    found, _ = search(OLD, NEW, again=regression(), without_coupon=regression(2), main=main)
    assert (found.cause, found.parts) == ("product-regression", ("coupon@1",))
    assert "An error of the plug-in coupon@1 is new as well" in found.text


def test_what_the_scenario_can_do_without_the_plugin_is_said() -> None:
    found, _ = search(OLD, NEW, again=regression(), without_coupon=verdict("broken-both", before=3, after=3))
    assert found.cause == "plugin-incompatible"
    assert "2 of 5 steps" in found.text


def test_a_plugin_that_nothing_names_is_said_to_be_inferred() -> None:
    """AngularJS 1.6 changed what its own links mean, and the router could only be suspected."""
    partly = verdict("broken-both", before=3, after=3)
    found, _ = search(OLD, NEW, again=regression(), without_coupon=partly)
    assert found.inferred
    assert "inferred and was not seen: step 3 cannot be done without it" in found.text
    found, _ = search(OLD, NEW, again=regression())
    assert not found.inferred, "without it, all works"
    newer = {"try_newer": True, "versions": ["2"], "newer_coupon_2": SAME}
    found, _ = search(OLD, NEW, again=regression(), without_coupon=partly, **newer)
    assert not found.inferred, "a newer one works"
    error = Evidence(
        side="after",
        layer="client",
        step=3,
        time_s=1,
        kind="error",
        text="no",
        origin=Origin(role="plugin", package="c@1"),
    )
    named = regression().model_copy(update={"errors": (error,)})
    found, _ = search(OLD, NEW, again=regression(), without_coupon=partly, main=named)
    assert not found.inferred, "its code fails"


def test_a_product_that_fails_before_the_scenario_needs_the_plugin() -> None:
    found, _ = search(OLD, NEW, again=regression(), without_coupon=verdict("broken-both", before=3, after=2))
    assert found.cause == "product-regression"


def test_where_nothing_can_be_done_without_the_plugin_the_cause_is_not_established() -> None:
    found, _ = search(OLD, NEW, again=regression(), without_coupon=verdict("broken-both", before=1, after=1))
    assert found.cause is None
    assert "not established" in found.text
    assert "without-coupon" not in found.because


SMOKE = Scenario(
    path=Path("smoke.yaml"), name="smoke", steps=(Step(number=1, action="open", arguments=None, timeout_s=1),)
)


def test_a_scenario_of_the_product_alone_says_what_the_customer_s_own_cannot() -> None:
    alone = verdict("broken-both", before=1, after=1)
    found, asked = search(OLD, NEW, again=regression(), without_coupon=alone, smoke=SMOKE)
    assert asked == ["again", "without-coupon", "smoke-coupon"]
    assert found.cause == "plugin-incompatible"
    found, _ = search(OLD, NEW, again=regression(), without_coupon=alone, smoke=SMOKE, smoke_coupon=regression(1))
    assert found.cause == "product-regression"


def test_it_is_not_asked_where_the_customer_s_own_gets_as_far_as_the_failure() -> None:
    _, asked = search(OLD, NEW, again=regression(), smoke=SMOKE)
    assert asked == ["again", "without-coupon"]


def test_a_newer_version_that_works_says_that_it_was_the_plugin() -> None:
    found, asked = search(
        OLD,
        NEW,
        again=regression(),
        without_coupon=verdict("broken-both", before=1, after=1),
        versions=["3", "2", "1.1"],
        try_newer=True,
        newer_coupon_3=regression(),
    )
    assert asked == ["again", "without-coupon", "newer-coupon-3", "newer-coupon-2"]
    assert (found.cause, found.mended_by) == ("plugin-incompatible", ("coupon@2",))


def test_newer_versions_that_are_not_known_are_said() -> None:
    found, _ = search(OLD, NEW, again=regression(), try_newer=True)
    assert "no registry" in found.text
    assert found.cause == "plugin-incompatible"


def test_what_mends_it() -> None:
    found, asked = search(OLD, NEW, compat=["bridge@1", "stilts@1"], again=regression(), with_stilts_1=regression())
    assert asked == ["again", "without-coupon", "with-bridge-1", "with-stilts-1"]
    assert found.mended_by == ("bridge@1",)
    assert "works again with bridge@1" in found.text


def test_the_vendor_s_mend_and_the_layers_are_both_named() -> None:
    layers = ["bridge@1", "gateways/old.yaml"]
    found, asked = search(OLD, NEW, compat=layers, again=regression(), versions=["2"], try_newer=True)
    assert asked == ["again", "without-coupon", "with-bridge-1", "with-gateways-old.yaml", "newer-coupon-2"]
    assert found.mended_by == ("bridge@1", "gateways/old.yaml", "coupon@2")
    assert "works again with bridge@1 / gateways/old.yaml / coupon@2" in found.text


def test_a_gateway_that_is_there_already_is_not_tried() -> None:
    after = NEW.model_copy(update={"link": NEW.link.model_copy(update={"gateways": ("gateways/old.yaml",)})})
    _, asked = search(OLD, after, compat=["gateways/old.yaml"], again=regression())
    assert "with-gateways-old.yaml" not in asked


def test_a_mend_that_makes_something_else_worse_is_none() -> None:
    found, _ = search(OLD, NEW, compat=["bridge@1"], again=regression(), with_bridge_1=verdict("same", errors=2))
    assert found.mended_by == ()
    assert found.controls[-1].outcome == "works"
    assert "does not mend it" in found.text


# ------------------------------------------------------------------ repeats
def test_a_failure_that_does_not_repeat_is_unstable_with_its_counts() -> None:
    found, asked = search(OLD, NEW, again=SAME, again_2=regression())
    assert asked == ["again", "again-2"]
    assert found.cause == "unstable"
    assert found.repeats is not None
    assert (found.repeats.runs, found.repeats.before_failed, found.repeats.after_failed) == (3, 0, 2)
    assert "of 3 runs, 2 failed after the upgrade and 0 before it" in found.text


def test_what_works_is_repeated_as_often_as_is_asked_for() -> None:
    found, asked = search(OLD, NEW, main=SAME, repeat=4)
    assert asked == ["again", "again-2", "again-3"]
    assert (found.cause, found.axes, found.repeats) == (
        "not-reproduced", (), Repeats(runs=4, before_failed=0, after_failed=0),
    )  # fmt: skip
    assert found.text.endswith("every step works before and after the upgrade. That is so in each of 4 runs.")


def test_and_is_unstable_where_it_fails_once() -> None:
    found, asked = search(OLD, NEW, main=SAME, repeat=4, again_2=regression(2))
    assert len(asked) == 3
    assert (found.cause, found.repeats) == ("unstable", Repeats(runs=4, before_failed=0, after_failed=1))
    assert "of 4 runs, 1 failed after the upgrade and 0 before it" in found.text
    assert found.text.endswith("In again-2 it failed so: so.")
    assert "this time it fails after the upgrade, at step 2" in [str(one.answer.message()) for one in found.controls]


@pytest.mark.parametrize("name", ["broken-both", "fixed"])
def test_whether_another_verdict_comes_every_time(name: VerdictName) -> None:
    main = verdict(name, before=2, after=2 if name == "broken-both" else None)
    found, asked = search(OLD, NEW, main=main, repeat=3, usual=lambda trial: main)
    assert asked == ["again", "again-2"]
    assert found.cause == ("fails-before-as-well" if name == "broken-both" else None)
    assert found.text.endswith("That is so in each of 3 runs.")
    found, _ = search(OLD, NEW, main=main, repeat=3, usual=lambda trial: main, again=SAME)
    assert found.cause == "unstable"


def test_a_regression_is_repeated_before_it_is_explained() -> None:
    found, asked = search(OLD, NEW, repeat=5, again=regression(), again_2=regression(), again_3=SAME, again_4=SAME)
    assert asked == ["again", "again-2", "again-3", "again-4"]
    assert found.repeats == Repeats(runs=5, before_failed=0, after_failed=3)


def test_a_side_before_that_fails_too_is_unstable() -> None:
    found, _ = search(OLD, NEW, again=verdict("broken-both", before=2, after=3), again_2=regression())
    assert found.cause == "unstable"
    assert found.repeats is not None
    assert (found.repeats.before_failed, found.repeats.after_failed) == (1, 3)


def test_a_repeat_that_breaks_for_our_reasons_weakens_and_changes_nothing() -> None:
    found, asked = search(OLD, NEW, again=None)
    assert asked == ["again", "without-coupon"]
    assert found.cause == "plugin-incompatible"
    assert found.because == ("without-coupon",)
    assert "Whether it fails every time is not established." in found.text


def test_a_control_without_an_answer_is_named() -> None:
    found, _ = search(OLD, NEW, compat=["bridge@1"], again=regression(), with_bridge_1=verdict("no-verdict"))
    assert found.controls[-1].outcome == "no-answer"
    assert "gave no answer: with-bridge-1" in found.text
    assert found.cause == "plugin-incompatible"


# --------------------------------------------------------------------- axes


def test_of_several_changes_the_one_that_breaks_it() -> None:
    after = environment("shop@2", "coupon@2", os="debian:13")

    def usual(trial: Trial) -> Verdict:
        return regression() if trial.kind == "axes" and trial.environments[-1].server.os == "debian:13" else SAME

    found, asked = search(OLD, after, again=regression(), usual=usual)
    assert (found.cause, found.axes) == ("environment-change", ("server.os",))
    assert "without-coupon" not in asked, "what it runs on is to blame whatever the plug-in does"
    assert "Of its 3 changes, this is enough to break it: server.os." in found.text


def test_a_new_plugin_alone() -> None:
    def usual(trial: Trial) -> Verdict:
        plugins = trial.environments[-1].server.plugins
        return regression() if trial.kind == "axes" and plugins[0].version == "2" else SAME

    found, _ = search(OLD, environment("shop@2", "coupon@2"), again=regression(), usual=usual)
    assert (found.cause, found.axes) == ("plugin-incompatible", ("server.plugins.coupon",))
    assert "has changed itself" in found.text


def test_a_mixture_that_breaks_in_another_way_or_cannot_be_built_is_unresolved() -> None:
    def usual(trial: Trial) -> Verdict | None:
        if trial.kind != "axes":
            return SAME
        return regression(1, "another") if "product" in trial.name else None

    found, asked = search(OLD, environment("shop@2", "coupon@2"), again=regression(), usual=usual)
    assert asked == ["again", "only-server.product", "only-server.plugins.coupon", "without-coupon"]
    assert found.axes == ("server.product", "server.plugins.coupon")
    assert [one.outcome for one in found.controls if one.kind == "axes"] == ["no-answer", "no-answer"]


def test_a_product_that_did_not_change_does_not_work_with_what_is_below_it() -> None:
    before, after = (environment("shop@1", dependencies=[f"forms@{one}"]) for one in ("1", "2"))
    found, _ = search(before, after, again=regression())
    assert (found.cause, found.axes) == ("product-regression", ("server.dependencies.forms",))
    assert "shop@1 does not work with forms@2." in found.text
    assert "It is shop@1 itself" not in found.text


def test_a_dependency_of_the_plugin_needs_no_run_without_it() -> None:
    def with_forms(version: str) -> object:
        return [{"name": "forms", "version": version}]

    before, after = (environment("shop@1", "coupon@1", dependencies=with_forms(one)) for one in ("1", "2"))
    found, asked = search(before, after, again=regression())
    assert asked == ["again"]
    assert (found.cause, found.axes) == ("plugin-incompatible", ("server.dependencies.forms",))
    assert "does not work with forms@2" in found.text


def test_what_a_product_is_built_on_is_not_the_product() -> None:
    def with_forms(version: str) -> object:
        return [{"name": "forms", "version": version}]

    before, after = (environment("shop@1", dependencies=with_forms(one)) for one in ("1", "2"))
    found, asked = search(before, after, again=regression())
    assert (found.cause, asked) == ("product-regression", ["again"])
    assert "shop@1 does not work with forms@2." in found.text
    assert words.cause(found).into("en") == "the product, with a package that it is built on"
    assert "any plug-in" not in found.text
    after = environment("shop@2", dependencies=with_forms("2"))
    found, _ = search(before, after, again=regression())
    assert words.cause(found).into("en") == "the product itself", "both together were seen to break it"
    found, _ = search(before, after, again=regression(), **{"only-server.dependencies.forms": regression()})
    assert words.cause(found).into("en") == "the product, with a package that it is built on"


def test_which_of_several_plugins_it_is() -> None:
    plugins = ("coupon@1", "badge@1")
    found, asked = search(
        environment("shop@1", *plugins),
        environment("shop@2", *plugins),
        again=regression(),
        without_coupon=regression(),
    )
    assert asked == ["again", "without-coupon-badge", "without-coupon", "without-badge"]
    assert found.parts == ("badge@1",)


# ---------------------------------------------------------------- old data
def test_what_works_when_it_is_set_up_anew_is_of_the_data() -> None:
    found, asked = search(
        OLD, NEW, kinds=("in-place",), compat=["bridge@1"], again=regression(), with_bridge_1=regression()
    )
    assert asked == ["again", "fresh", "with-bridge-1"]
    assert found.cause == "data-or-migration"


def test_what_fails_when_it_is_set_up_anew_is_not() -> None:
    found, asked = search(OLD, NEW, kinds=("in-place",), again=regression(), fresh=regression())
    assert asked == ["again", "fresh", "without-coupon"]
    assert found.cause == "plugin-incompatible"


# ------------------------------------------------------- without control runs
def test_what_needs_no_control_run() -> None:
    causes = {
        name: conclusion.cause if (conclusion := without_controls(verdict(name))) else ""
        for name in ("same", "broken-both", "no-verdict", "fixed", "regression")
    }
    assert causes == {
        "same": "not-reproduced",
        "broken-both": "fails-before-as-well",
        "no-verdict": "no-verdict",
        "fixed": "",
        "regression": "",
    }


def test_that_both_sides_fail_clears_the_upgrade_only_where_they_fail_alike() -> None:
    alike, apart = (without_controls(verdict("broken-both", before=2, after=after)) for after in (2, 3))
    assert alike
    assert apart
    assert "the upgrade is not its cause" in alike.text
    assert "not in the same way" in apart.text


def scenario(*actions: str) -> Scenario:
    steps = [Step(number=n, action=action, arguments=None, timeout_s=1) for n, action in enumerate(actions, 1)]
    return Scenario(path=Path("buy.yaml"), name="buy", steps=tuple(steps))


def failing_with(*needed: int) -> Callable[[Trial], Verdict]:
    """Fails as it did where these steps are done, and works where one is not."""

    def answer(trial: Trial) -> Verdict:
        done = len(trial.steps) if set(needed) <= set(trial.steps) else 0
        return SAME if trial.steps and not done else regression(done or 3)

    return answer


def test_the_fewest_steps_that_show_it() -> None:
    whole = scenario("open", "expect", "click", "expect", "click", "expect", "expect")
    found, asked = search(OLD, NEW, fewest=whole, usual=failing_with(1, 5), main=regression(6))
    assert found.steps == (1, 5, 6)
    assert asked[2] == "steps-1-3-5-6"  # without all that only look
    assert asked[-1] == "steps-1-5-6"
    assert len(asked) <= 8
    assert "These steps are enough to show it: 1, 5, 6." in found.text


def test_a_step_that_only_looks_may_be_needed_to_wait() -> None:
    found, _ = search(OLD, NEW, fewest=scenario("open", "expect", "click"), usual=failing_with(1, 2))
    assert found.steps == (1, 2, 3)


def test_another_failure_with_fewer_steps_is_not_the_one() -> None:
    other = regression(2, fingerprint="other")
    found, _ = search(OLD, NEW, fewest=scenario("open", "click", "expect"), again=regression(), usual=lambda _: other)
    assert found.steps == (1, 2, 3)


def test_where_the_first_step_fails_there_is_none_to_leave_out() -> None:
    found, asked = search(OLD, NEW, fewest=scenario("open", "click"), usual=lambda _: regression(1), main=regression(1))
    assert (found.steps, asked) == ((1,), ["again", "without-coupon"])
