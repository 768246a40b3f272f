"""Replica: what a test in Python sees of a running environment."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.model import Environment, Side
    from harness.run import Up


class Replica:
    """One side of an environment file, running; its product is ready."""

    def __init__(self, up: "Up", side: "Side") -> None:
        self._up = up
        self._side = side

    @property
    def side(self) -> "Side":
        """`before` or `after`."""
        return self._side

    @property
    def environment(self) -> "Environment":
        """What runs, with exact versions."""
        return self._up.environment

    @property
    def url(self) -> str:
        """The product as the browser in the replica sees it."""
        return self._up.provisioned.replica.product_url

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the product as this process reaches it."""
        return self._up.provisioned.replica.product_address

    @property
    def local_url(self) -> str:
        """The same as a URL: for requests that the test itself makes."""
        host, port = self.address
        return f"http://{host}:{port}"

    @property
    def folder(self) -> Path:
        """Where the evidence of this side lies."""
        return self._up.folder.side(self._side)

    def logs(self) -> str:
        """What the product has printed so far. EngineError."""
        return self._up.provisioned.product.log_tail("all")

    def execute(self, *command: str, user: str | None = None) -> tuple[int, str]:
        """Run a command in the product's container, as the product's user or another: exit code and
        output. EngineError where the container has ended."""
        return self._up.provisioned.product.execute(*command, user=user or "")

    def __repr__(self) -> str:
        return f"<replica {self.side}: {self.environment.server.product} at {self.local_url}>"
