"""harness.client.desktop: fonts, a clock that is wrong, and what a browser does not honour."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from harness.client import desktop
from harness.model import Client, Extension, Viewport
from harness.model.desktop import seconds_off


def test_the_usual_client_needs_nothing_more() -> None:
    assert desktop.packages(Client()) == ()
    assert list(desktop.instructions(Client())) == []
    assert list(desktop.last_instructions(Client())) == []
    assert desktop.variables(Client()) == desktop.files(Client()) == {}


def test_fonts_are_all_that_there_are() -> None:
    client = Client(fonts=("noto-cjk", "liberation", "ttf-ancient"))
    assert desktop.packages(client) == ("fonts-noto-cjk", "ttf-ancient")
    (line,) = desktop.instructions(client)
    assert "--purge" in line
    assert line.count("fonts-") == 2
    assert "fonts-dejavu-core fonts-wqy-microhei" in line


def test_a_font_may_be_named_as_its_package() -> None:
    assert Client(fonts=("fonts-noto-cjk",)) == Client(fonts=("noto-cjk",))


@pytest.mark.parametrize(
    ("clock", "seconds"), [("+3d", 259200), ("-90m", -5400), ("+2h", 7200), ("-20s", -20), ("+0s", 0), ("-0d", 0)]
)
def test_a_clock_is_off_by_seconds(clock: str, seconds: int) -> None:
    client = Client(clock=clock)
    assert seconds_off(client.clock) == seconds
    assert desktop.packages(client) == (("tcc",) if seconds else ())
    assert desktop.variables(client).get("CLOCK_OFF_S") == (str(seconds) if seconds else None)
    assert bool(desktop.files(client)) == bool(list(desktop.last_instructions(client))) == bool(seconds)


@given(st.text(max_size=12))
def test_what_is_no_clock_is_refused(text: str) -> None:
    try:
        clock = Client(clock=text).clock
    except ValidationError:
        return
    assert abs(seconds_off(clock)) <= 20 * 365 * 86400


def test_a_browser_refuses_what_it_does_not_honour_and_is_asked_for() -> None:
    client = Client(
        screen=Viewport(width=1920, height=1080),
        colour_scheme="dark",
        extensions=(Extension(source="apt", name="webext-banner"),),
    )
    refused = desktop.refusals(client, "fake 1", {"screen"})
    assert list(refused) == ["colour_scheme", "extensions"]
    assert str(refused["extensions"]) == "fake 1 cannot honour `extensions`"
    assert desktop.refusals(Client(), "fake 1", ()) == {}


def test_every_optional_field_is_a_client_s() -> None:
    assert set(desktop.OPTIONAL) <= set(Client.model_fields)
