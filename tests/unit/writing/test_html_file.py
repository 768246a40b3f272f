"""Files that need nothing but themselves: their policy, and that what is embedded stays in its place."""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.matrix_reports import MATRIX_REPORTS
from harness.reports import REPORTS
from harness.writing.html_file import embedded
from tests.matrices import leave_matrix, matrix
from tests.stories import GALLERY, leave_run

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def test_script_and_style_are_those_that_the_policy_names(tmp_path: Path) -> None:
    for text in (
        REPORTS["html"].render(leave_run(tmp_path, GALLERY).path, "en"),
        MATRIX_REPORTS["html"].render(leave_matrix(tmp_path, matrix()).path, "en"),
    ):
        (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
        for tag in ("script", "style"):
            (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            assert f"{tag}-src &#39;sha256-{digest}&#39;" in policy
        assert "default-src &#39;none&#39;" in policy


@given(VALUES)
def test_what_is_embedded_is_read_again_as_it_was(value: Any) -> None:
    assert json.loads(embedded(value)) == value


@given(st.text() | st.sampled_from(["</script>", "<!--", "]]>", "\u2028\u2029", "&lt;"]))
def test_nothing_embedded_ends_its_element_or_a_line(text: str) -> None:
    assert not set(embedded({text: text})) & set("<>&\n\r\u2028\u2029")
