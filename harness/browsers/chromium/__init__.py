"""Chromium, from the distribution or, by its major version, from npm."""

from harness.browsers.chromium.member import Chromium

__all__ = ["Chromium"]
