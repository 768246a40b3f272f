"""Where an error comes from, in words."""

import pytest

from harness.language import Language
from harness.model import Evidence, Origin
from harness.writing import origins


def error(origin: Origin | None, where: str = "server.log") -> Evidence:
    return Evidence(side="after", layer="server", step=1, time_s=0, kind="log", text="no", where=where, origin=origin)


FORM = Origin(
    exception="KeyError", file="/srv/site-packages/wtforms/form.py", line=79, package="wtforms", role="library"
)


@pytest.mark.parametrize(
    ("origin", "lang", "words"),
    [
        (FORM, "en", "KeyError · /srv/site-packages/wtforms/form.py:79 · code of the package wtforms"),
        (
            FORM.model_copy(update={"caller": "admin@1.5.8", "began_as": "ValueError"}),
            "en",
            "ValueError → KeyError · /srv/site-packages/wtforms/form.py:79 · code of the package wtforms, "
            "called by admin@1.5.8",
        ),
        (Origin(file="/srv/a.py", package="shop@2", role="product"), "zh", "/srv/a.py · 产品 shop@2 的代码"),
        (Origin(file="/srv/a.py", package="extra@2", role="plugin"), "en", "/srv/a.py · code of the plug-in extra@2"),
        (Origin(file="/srv/a.py", package="m@2", role="compat"), "en", "/srv/a.py · code of the compat layer m@2"),
        (Origin(exception="KeyError", file="<string>"), "en", ""),
        (None, "en", ""),
    ],
)
def test_one_line(origin: Origin | None, lang: Language, words: str) -> None:
    assert origins.told(error(origin), lang) == words


def test_what_the_error_says_itself_is_not_said_again() -> None:
    origin = Origin(exception="no", file="http://product/a.js", line=2, package="extra@1", role="plugin")
    assert origins.told(error(origin, "http://product/a.js:2:9"), "en") == "code of the plug-in extra@1"


def test_the_first_of_which_it_is_known() -> None:
    assert origins.first([error(None), error(Origin(exception="KeyError")), error(FORM)]) is FORM
    assert origins.first([error(None)]) is None


def test_a_request_without_an_answer_says_why_there_is_none() -> None:
    lost = error(None).model_copy(update={"kind": "request", "text": "NS_ERROR_UNKNOWN_HOST"})
    assert origins.told(lost, "en") == "DNS does not know the host"
    assert origins.told(lost, "zh") == "DNS 查不到该主机"
    assert origins.told(lost.model_copy(update={"text": "HTTP 500"}), "en") == ""
