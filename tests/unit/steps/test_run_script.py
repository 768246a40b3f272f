import pytest

from harness.protocols import StepFailure
from tests.unit.steps.steps import FakePage, arguments, run, words


def test_the_value_is_noted() -> None:
    page = run("run_script", "return 1", FakePage(value={"a": [1, None, "中"]}))
    assert page.calls == [("run", "return 1")]
    assert page.notes == ['the script returned {"a": [1, null, "中"]}']


@pytest.mark.parametrize("expected", [1, None, {"a": []}, False])
def test_an_expected_value_must_come(expected: object) -> None:
    raw = {"script": "return x", "expect": expected}
    run("run_script", raw, FakePage(value=expected))
    with pytest.raises(StepFailure, match='the script returned "other" instead of'):
        run("run_script", raw, FakePage(value="other"))


def test_no_expectation_is_none() -> None:
    run("run_script", {"script": "return x"}, FakePage(value="anything"))
    assert arguments("run_script", "return 1") == arguments("run_script", {"script": "return 1"})


def test_it_describes_itself_by_its_first_line() -> None:
    assert words("run_script", "\n  one();\n  two();") == "run the script one();"
    assert len(words("run_script", "x" * 500)) < 100
    assert words("run_script", "  ") == "run the script "
