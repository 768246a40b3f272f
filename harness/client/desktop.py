"""What a client is whatever its browser is: fonts, a clock that may be wrong, and what a browser may not honour."""

from collections.abc import Collection, Iterator

from harness.language import Message
from harness.model import Client
from harness.model.desktop import FONTS, font_package, seconds_off

CLOCK_PACKAGE = "libfaketime"
CERTIFICATES_PACKAGE = "libnss3-tools"  # has certutil
CLOCK_LIBRARY = "/usr/$LIB/faketime/libfaketime.so.1"  # ld.so(8) knows $LIB


def packages(client: Client) -> tuple[str, ...]:
    """What the distribution has to give besides the browser and the usual fonts."""
    fonts = tuple(font_package(name) for name in client.fonts if name not in FONTS)
    certificates = [CERTIFICATES_PACKAGE] if client.certificates else []
    return (*fonts, *certificates, *([CLOCK_PACKAGE] if seconds_off(client.clock) else []))


def instructions(client: Client) -> Iterator[str]:
    """Lines of a Dockerfile that take the usual fonts away which the client has not."""
    unwanted = [font_package(name) for name in FONTS if name not in client.fonts]
    if unwanted:
        yield f"RUN dpkg --purge --force-depends {' '.join(unwanted)} && rm -f /var/log/dpkg.log"


def variables(client: Client) -> dict[str, str]:
    """Environment variables of the browser's container."""
    off_s = seconds_off(client.clock)
    if not off_s:
        return {}
    return {"LD_PRELOAD": CLOCK_LIBRARY, "FAKETIME": f"{off_s:+d}"}


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
