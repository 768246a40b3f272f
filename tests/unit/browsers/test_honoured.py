"""docs/files.md says which fields of a client each browser honours, as the code has it."""

from pathlib import Path

from harness.browsers import BROWSERS
from harness.client import desktop
from harness.model import Client

PAGE = Path(__file__).parents[3] / "docs/files.md"
NAMES = {
    "Chromium": "chromium",
    "Chromium (headless shell)": "chromium@131.0.1",
    "Firefox": "firefox",
    "WebKit": "webkit",
}
UNUSUAL = {
    "languages": ["de"],
    "clock": "+3d",
    "screen": "1920x1080",
    "pixel_ratio": 2,
    "colour_scheme": "dark",
    "extensions": [{"apt": "webext-banner"}],
    "policies": {"A": 1},
    "preferences": {"a": 1},
    "certificates": ["replica"],
}


def word(browser: str, field: str) -> str:
    client = Client.model_validate({"browser": browser, field: UNUSUAL[field]})
    return "refused" if field in BROWSERS[client.browser.name].refusals(client) else "yes"


def test_the_table_is_what_the_code_does() -> None:
    assert set(UNUSUAL) == set(desktop.OPTIONAL)
    rows = [f"| field | {' | '.join(NAMES)} |", "|---" * (len(NAMES) + 1) + "|"]
    for field in desktop.OPTIONAL:
        rows.append(f"| `{field}` | {' | '.join(word(browser, field) for browser in NAMES.values())} |")
    assert "\n".join(["", *rows, ""]) in PAGE.read_text("utf-8")
