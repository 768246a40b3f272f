"""Where scenarios are replayed: one module a browser, one line each in ``BROWSERS``."""

from harness.browsers.chromium import Chromium
from harness.protocols import Browser

BROWSERS: dict[str, Browser] = {
    "chromium": Chromium(),
}
