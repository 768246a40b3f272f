"""Where scenarios are replayed: one module a browser, one line each in ``BROWSERS``."""

from harness.browsers.chromium import Chromium
from harness.browsers.firefox import Firefox
from harness.browsers.remote import Remote
from harness.browsers.webkit import WebKit
from harness.protocols import Browser

BROWSERS: dict[str, Browser] = {
    "chromium": Chromium(),
    "firefox": Firefox(),
    "webkit": WebKit(),
    "remote": Remote(),
}
