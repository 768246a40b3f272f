"""The container engine and this machine: the only package that touches Docker's SDK, Testcontainers or processes.

Modules that weigh something are imported inside the functions that need them.
"""

from harness.engine import images
from harness.engine.bases import base_reference, ensure_base, present_base
from harness.engine.build import build, built, tags
from harness.engine.client import Engine, connect
from harness.engine.doctor import Check, check, fix
from harness.engine.fetch import ContainerRegistry, fetch
from harness.engine.host import ca_bundle, proxies
from harness.engine.inventory import inventory
from harness.engine.owner import alive, labels, temporary_folder
from harness.engine.process import Completed, run
from harness.engine.relay import relay
from harness.engine.sweep import Leftover, Swept, leftovers, remove, sweep

__all__ = [
    "Check",
    "Completed",
    "ContainerRegistry",
    "Engine",
    "Leftover",
    "Swept",
    "alive",
    "base_reference",
    "build",
    "built",
    "ca_bundle",
    "check",
    "connect",
    "ensure_base",
    "fetch",
    "fix",
    "images",
    "inventory",
    "labels",
    "leftovers",
    "present_base",
    "proxies",
    "relay",
    "remove",
    "run",
    "sweep",
    "tags",
    "temporary_folder",
]
