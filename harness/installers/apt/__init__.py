"""apt: packages of the distribution, with what they depend on."""

from harness.installers.apt.member import Apt, AptArguments

__all__ = ["Apt", "AptArguments"]
