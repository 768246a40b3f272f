"""What a client is whatever its browser is: fonts, a clock that may be wrong, and what a browser may not honour."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from harness.language import Message
from harness.model import Client
from harness.model.desktop import FONTS, font_package, seconds_off

COMPILER = "tcc"
CLOCK = "/usr/local/lib/clock.so"
CLOCK_SOURCE = "/usr/local/src/clock.c"
_COMPILE = f"{COMPILER} -shared -nostdlib -o {CLOCK} {CLOCK_SOURCE} /lib/*-linux-gnu/libdl.so.2"
CERTIFICATES_PACKAGE = "libnss3-tools"  # has certutil


def packages(client: Client) -> tuple[str, ...]:
    """What the distribution has to give besides the browser and the usual fonts."""
    fonts = tuple(font_package(name) for name in client.fonts if name not in FONTS)
    certificates = [CERTIFICATES_PACKAGE] if client.certificates else []
    return (*fonts, *certificates, *([COMPILER] if seconds_off(client.clock) else []))


def instructions(client: Client) -> Iterator[str]:
    """Lines of a Dockerfile that take the usual fonts away which the client has not."""
    unwanted = [font_package(name) for name in FONTS if name not in client.fonts]
    if unwanted:
        yield f"RUN dpkg --purge --force-depends {' '.join(unwanted)} && rm -f /var/log/dpkg.log"


def files(client: Client) -> Mapping[str, str]:
    """Texts in the image of any browser that are the client's, by path."""
    if not seconds_off(client.clock):
        return {}
    return {CLOCK_SOURCE: (Path(__file__).parents[1] / "templates/clock.c").read_text("utf-8")}


def last_instructions(client: Client) -> Iterator[str]:
    """Lines of a Dockerfile that come after ``files``."""
    if seconds_off(client.clock):
        yield f"RUN {_COMPILE}"


def variables(client: Client) -> dict[str, str]:
    """Environment variables of the browser's container."""
    off_s = seconds_off(client.clock)
    if not off_s:
        return {}
    return {"LD_PRELOAD": CLOCK, "CLOCK_OFF_S": str(off_s)}


OPTIONAL = (
    "languages",
    "clock",
    "screen",
    "pixel_ratio",
    "colour_scheme",
    "extensions",
    "policies",
    "preferences",
    "certificates",
)
"""Fields of a client that are its browser's to honour."""


def refusals(client: Client, browser: str, honoured: Collection[str]) -> dict[str, Message]:
    """The fields that are asked for and that a browser, named as people know it, does not honour; each with why."""
    usual = Client()
    return {
        field: Message("{browser} cannot honour `{field}`", browser=browser, field=field)
        for field in OPTIONAL
        if field not in honoured and getattr(client, field) != getattr(usual, field)
    }
