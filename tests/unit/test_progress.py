"""What is seen while a run works."""

import io

from harness.language import Message
from harness.progress import PlainLines, Silent, progress


def test_plain_lines_say_who_and_what() -> None:
    out = io.StringIO()
    lines = PlainLines(lang="en", verbose=False, out=out)
    lines.stage("before", Message("building"))
    lines.line("before", "Step 1/4")
    assert "before" in out.getvalue()
    assert "building" in out.getvalue()
    assert "Step 1/4" not in out.getvalue()


def test_verbose_lines_show_builds() -> None:
    out = io.StringIO()
    PlainLines(lang="en", verbose=True, out=out).line("after", "Step 1/4")
    assert "Step 1/4" in out.getvalue()


def test_colours_of_a_build_are_left_out() -> None:
    out = io.StringIO()
    PlainLines(lang="en", verbose=True, out=out).line("after", "\x1b[91mdebconf: delaying\x1b[0m")
    assert "\x1b" not in out.getvalue()
    assert "debconf: delaying" in out.getvalue()


def test_after_a_silence_it_says_what_is_being_done() -> None:
    out = io.StringIO()
    lines = PlainLines(lang="zh", verbose=False, out=out)
    lines.stage("", Message("resolving versions"))
    lines.remind()
    assert out.getvalue().count("\n") == 1
    lines.printed -= PlainLines.SILENCE_S + 1
    lines.remind()
    assert out.getvalue().count(Message("resolving versions").into("zh")) == 2


def test_a_reminder_is_of_what_was_begun_last() -> None:
    out = io.StringIO()
    lines = PlainLines(lang="en", verbose=False, out=out)
    for who, what in (("after", "done"), ("trial", "building"), ("before", "done"), ("trial", "starting")):
        lines.stage(who, Message(what))
    lines.printed -= PlainLines.SILENCE_S + 1
    lines.remind()
    assert out.getvalue().splitlines()[4:] == [out.getvalue().splitlines()[-1]]
    assert out.getvalue().endswith("trial  starting …\n")


def test_quiet_says_nothing() -> None:
    with progress(lang="en", quiet=True, verbose=True) as shown:
        assert isinstance(shown, Silent)
