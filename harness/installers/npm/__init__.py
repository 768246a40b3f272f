"""npm: packages of an npm registry; node: Node.js itself, which has its home there."""

from harness.installers.npm.member import Npm, NpmArguments
from harness.installers.npm.node import Node, NodeArguments

__all__ = ["Node", "NodeArguments", "Npm", "NpmArguments"]
