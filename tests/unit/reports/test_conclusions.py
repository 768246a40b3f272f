"""A conclusion in every report of a run, in both languages."""

from pathlib import Path

import pytest

from harness.evidence import RunFolder
from harness.language import LANGUAGES, Language, Message
from harness.model import Conclusion, Control, Repeats, Said
from harness.reports import REPORTS
from tests.stories import GALLERY, leave_run

STRANGE = "<script>alert(1)</script> | @all"
CONCLUSION = Conclusion(
    cause="plugin-incompatible",
    axes=("server.product",),
    parts=("stellar@0.6.2",),
    mended_by=("jquery-migrate@3.6.0",),
    because=("again",),
    sentences=(
        Said.of(Message("The plug-in {plugins} does not work with {what}.", plugins="stellar@0.6.2", what="gallery@3")),
        Said.of(Message("It works again with {mends}, and nothing else got worse.", mends="jquery-migrate@3.6.0")),
    ),
    repeats=Repeats(runs=2, before_failed=0, after_failed=2),
    noise=2,
    controls=(
        Control(
            name="again",
            kind="again",
            question=Said.of(Message("both sides again, with nothing changed")),
            outcome="fails",
            answer=Said.of(Message("fails again after the upgrade, at step {number}", number=3)),
            folder="controls/again",
        ),
        Control(
            name="with-jquery-migrate-3.6.0",
            kind="compat",
            question=Said.of(Message("after the upgrade, with {layer}", layer="jquery-migrate@3.6.0")),
            outcome="no-answer",
            answer=Said.of(Message("no answer: {why}", why=STRANGE)),
        ),
    ),
).into("en")
SAID: dict[Language, tuple[str, ...]] = {
    "en": (
        "The plug-in stellar@0.6.2 does not work with gallery@3.",
        "works again with jquery-migrate@3.6.0",
        "fails again after the upgrade, at step 3",
    ),
    "zh": (
        "插件 stellar@0.6.2 不能与 gallery@3 一起工作。",
        "使用 jquery-migrate@3.6.0 后恢复正常",
        "升级后再次失败，在第 3 步",
    ),
}


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    folder = leave_run(tmp_path, GALLERY)
    folder.write_verdict(folder.read_verdict().model_copy(update={"conclusion": CONCLUSION}))
    return folder


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", REPORTS)
def test_every_report_has_it(run: RunFolder, name: str, lang: Language) -> None:
    text = REPORTS[name].render(run.path, lang)
    for said in SAID[lang] if name != "json" else SAID[lang][:2]:
        assert said in text.replace("`", "")
    assert "again" in text


def test_what_strangers_say_stays_text(run: RunFolder) -> None:
    assert STRANGE not in REPORTS["html"].render(run.path, "en")
    (row,) = [line for line in REPORTS["markdown"].render(run.path, "en").splitlines() if "alert" in line]
    assert row.count("|") - row.count("\\|") == 5 or "&#124;" in row


def test_only_what_left_evidence_is_a_link(run: RunFolder) -> None:
    text = REPORTS["html"].render(run.path, "en")
    assert 'href="controls/again/report.html"' in text
    assert 'href="controls/with' not in text


def test_a_cause_that_is_not_known_is_said(run: RunFolder) -> None:
    unknown = CONCLUSION.model_copy(update={"cause": None})
    run.write_verdict(run.read_verdict().model_copy(update={"conclusion": unknown}))
    assert "not established" in REPORTS["terminal"].render(run.path, "en")
    assert 'value="not-established"' in REPORTS["junit"].render(run.path, "en")


def test_of_each_mend_it_is_said_whether_it_is_the_vendor_s_or_a_layer(run: RunFolder) -> None:
    mends = ("stellar@0.7.0", "jquery-migrate@3.6.0", "gateways/old-api.yaml")
    update = {"conclusion": CONCLUSION.model_copy(update={"mended_by": mends})}
    run.write_verdict(run.read_verdict().model_copy(update=update))
    told = ("stellar@0.7.0 (a newer version of the plug-in)", "jquery-migrate@3.6.0 (a compat layer)",
            "gateways/old-api.yaml (a gateway before the product)")  # fmt: skip
    for name in ("terminal", "html"):
        text = REPORTS[name].render(run.path, "en")
        assert [one for one in told if one not in text] == []
    assert "插件的新版本" in REPORTS["terminal"].render(run.path, "zh")
