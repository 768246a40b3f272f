"""pip: packages of a Python index, installed into a virtual environment of the distribution's Python."""

from harness.installers.pip.member import Pip, PipArguments

__all__ = ["Pip", "PipArguments"]
