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


def test_quiet_says_nothing() -> None:
    with progress(lang="en", quiet=True, verbose=True) as shown:
        assert isinstance(shown, Silent)
