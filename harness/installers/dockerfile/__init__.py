"""dockerfile: a Dockerfile of the customer's own, in the place of the whole server image."""

from harness.installers.dockerfile.member import Dockerfile, DockerfileArguments

__all__ = ["Dockerfile", "DockerfileArguments"]
