"""A proxy that listens on this machine's loopback only, made reachable for a container while it fetches."""

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit, urlunsplit

from harness.engine.client import Engine

_CHUNK = 1 << 16
_HOST_NAMES = {"docker": "host.docker.internal", "podman": "host.containers.internal"}
_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}


@contextlib.contextmanager
def reachable(settings: Mapping[str, str], engine: Engine) -> Iterator[dict[str, str]]:
    """Proxy settings (see ``host.proxies``) as a container of the default bridge can use them.

    A proxy on the loopback is passed on from our address on the engine's bridge, where
    there is one, until the end; elsewhere the engine has a name for this machine.
    """
    with contextlib.ExitStack() as stack:
        yield {
            name: value if name == "no_proxy" or not on_loopback(value) else _passed_on(value, engine, stack)
            for name, value in settings.items()
        }


def on_loopback(proxy: str) -> bool:
    """Whether a proxy's URL means the machine that reads it."""
    host = urlsplit(_with_scheme(proxy)).hostname or ""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


def _passed_on(proxy: str, engine: Engine, stack: contextlib.ExitStack) -> str:
    parts = urlsplit(_with_scheme(proxy))
    port = parts.port or _PORTS.get(parts.scheme, 80)
    if engine.local and engine.bridge_address:
        passing_on = listening(engine.bridge_address, ("localhost", port))
        host, port = engine.bridge_address, stack.enter_context(passing_on)
    else:
        host = _HOST_NAMES[engine.kind]
    login = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{login}@{host}:{port}" if login else f"{host}:{port}"))


@contextlib.contextmanager
def listening(address: str, to: tuple[str, int]) -> Iterator[int]:
    """Pass connections to any free port of ``address`` (empty: of all that this machine has) on; yields the free
    port. OSError where the address is not ours."""
    server = socket.create_server((address, 0))
    thread = threading.Thread(target=_accept, args=(server, to), name="tunnel", daemon=True)
    thread.start()
    try:
        yield int(server.getsockname()[1])
    finally:
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)  # wakes the thread
        server.close()
        thread.join()


def _accept(server: socket.socket, to: tuple[str, int]) -> None:
    while True:
        try:
            near, _ = server.accept()
        except OSError:
            return
        try:
            far = socket.create_connection(to)
        except OSError:
            near.close()
            continue
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=_copy, args=(source, target), daemon=True).start()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK):
            target.sendall(data)
    for end, how in ((target, socket.SHUT_WR), (source, socket.SHUT_RD)):
        with contextlib.suppress(OSError):
            end.shutdown(how)


def _with_scheme(proxy: str) -> str:
    return proxy if "://" in proxy else f"http://{proxy}"
