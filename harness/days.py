"""Days on the command line. Imports little: a command's arguments need it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


def day(text: str) -> date:
    """A day as ISO 8601 writes it. ArgumentTypeError."""
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"{text!r} is no day, write it as 2027-03-31") from exc
