"""npm: packages of an npm registry."""

from harness.installers.npm.member import Npm, NpmArguments

__all__ = ["Npm", "NpmArguments"]
