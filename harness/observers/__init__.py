"""What is captured while steps run: one module a kind of fact, one line each in ``OBSERVERS``."""

from collections.abc import Callable

from harness.observers.client import ClientStates
from harness.observers.console import Console
from harness.observers.dom import DomSource
from harness.observers.errors import Errors
from harness.observers.network import Network
from harness.observers.screenshot import Screenshots
from harness.observers.seen import SeenElements
from harness.observers.source import Sources
from harness.protocols import Observer

OBSERVERS: dict[str, Callable[[], Observer]] = {
    "client": ClientStates,
    "console": Console,
    "errors": Errors,
    "screenshot": Screenshots,
    "dom": DomSource,
    "seen": SeenElements,
    "source": Sources,
    "network": Network,  # last: it may have to wait for what the others have already
}
