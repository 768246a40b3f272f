"""Firefox ESR, from the distribution."""

from harness.browsers.firefox.member import Firefox

__all__ = ["Firefox"]
