"""fetch: what registries have, brought by a throwaway container that has a network.

The container is never committed, so the host's CA certificates and proxies, which it
is given, remain in no image.
"""

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from harness.cache import Cache
from harness.engine import host, owner
from harness.engine.archive import members, tar
from harness.engine.bases import base_reference, ensure_base
from harness.engine.build import built
from harness.engine.client import Engine, connect, failure, translated
from harness.engine.images import pull, unpacked
from harness.engine.tunnel import reachable
from harness.errors import FetchError
from harness.language import Message

if TYPE_CHECKING:
    from harness.model import Base, File
    from harness.systems import System

TIMEOUT_S = 1800  # of a whole script
TAIL_LINES = 40
OUT = "out"  # folder of the container, at its root
BUNDLE = PurePosixPath("/run/harness/ca-certificates.pem")
APT_SETTINGS = "etc/apt/apt.conf.d/00harness-fetch"
CAPABILITIES = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID")  # what apt and dpkg need
CA_VARIABLES = (*host.BUNDLE_VARIABLES, *host.EXTRA_VARIABLES, "NPM_CONFIG_CAFILE", "GIT_SSL_CAINFO")


def fetch(
    engine: Engine, base: "Base", script: str, *, run_id: str = "", timeout_s: float = TIMEOUT_S
) -> Mapping[str, Path]:
    """Run a shell script (``sh -eu``) in a throwaway container of ``base`` that has a network.

    It has the host's CA certificates (for apt, and by the usual variables) and
    proxies. What it leaves in ``/out`` is kept in the cache: path relative to
    ``/out`` → file. FetchError, with the end of what it printed, where it fails; and
    where ``base`` came with a bundle, for a stranger's programs get no network this way.
    """
    if base.source == "bundle":
        raise FetchError(
            Message("the bundle does not bring all packages that it names, and none is fetched in their place"),
            Message("ask for it to be made again with --with-packages"),
        )
    run_id = run_id or f"fetch-{secrets.token_hex(6)}"
    bundle = host.ca_bundle() or host.system_bundle()
    with (
        translated(Message("the engine could not fetch from registries"), FetchError),
        reachable(host.proxies(), engine) as proxies,
        reachable(host.apt_settings(BUNDLE if bundle else None), engine) as apt,
        _container(engine, base, script, run_id, _environment(bundle, proxies)) as container,
    ):
        api = engine.calls
        given = tar(_given(bundle, apt), folders=[OUT], folder_mode=0o777)
        api.put_archive(container, "/", b"".join(given))
        api.start(container)
        code = int(api.wait(container, timeout=timeout_s)["StatusCode"])
        if code:
            printed = api.logs(container, tail=TAIL_LINES).decode("utf-8", "replace").strip()
            raise _failed(script, code, printed)
        chunks, _ = api.get_archive(container, f"/{OUT}")
        return _kept(chunks, Cache())


class ContainerRegistry:
    """``protocols.Registry`` by containers; finds the engine when it first needs one.

    ``bases`` are those a lock wants. May be used by several threads.
    """

    def __init__(
        self,
        cache: Cache | None = None,
        *,
        engine: Engine | Callable[[], Engine] = connect,
        run_id: str = "",
        bases: "tuple[Base, ...]" = (),
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        self.cache = cache or Cache()
        self.run_id = run_id
        self.on_line = on_line
        self._engine = engine
        self._wanted = {base.os: base for base in bases}
        self._bases: dict[str, Base] = {}
        self._lock = threading.Lock()

    @property
    def engine(self) -> Engine:
        """The engine. EngineError where none answers."""
        with self._lock:
            if not isinstance(self._engine, Engine):
                self._engine = self._engine()
            return self._engine

    def base(self, system: "System", wanted: "Base | None" = None) -> "Base":
        """The base image of a system, made or pulled where it is missing: the one that is wanted,
        another where that cannot be had. EngineError as ``ensure_base``."""
        engine = self.engine
        with self._lock:
            if system.name not in self._bases:
                wanted = wanted or self._wanted.get(system.name)
                self._bases[system.name] = ensure_base(engine, system, wanted, self.on_line)
            return self._bases[system.name]

    def image(self, name: str, *, archive: tuple[Path, str] | None = None) -> str:
        """See ``protocols.Registry``."""
        engine = self.engine
        if archive:
            return unpacked(engine, name, *archive)
        if built(engine, name) is None:
            pull(engine, name)
        return name

    def fetch(self, base: "Base", script: str) -> Mapping[str, Path]:
        """See ``fetch``."""
        return fetch(self.engine, base, script, run_id=self.run_id)


@contextlib.contextmanager
def _container(engine: Engine, base: "Base", script: str, run_id: str, environment: Mapping[str, str]) -> Iterator[str]:
    """A container that is created, not started; yields its name."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    api = engine.calls
    name = f"harness-fetch-{secrets.token_hex(8)}"
    try:
        api.create_container(
            base_reference(base),
            ["sh", "-eu", "-c", script],
            name=name,
            environment=dict(environment),
            labels=owner.labels(run_id, "fetch"),
            working_dir="/tmp",
            host_config=api.create_host_config(
                cap_drop=["ALL"], cap_add=list(CAPABILITIES), security_opt=["no-new-privileges"], pids_limit=1024
            ),
        )
        yield name
    finally:
        with contextlib.suppress(DockerException, RequestException):  # never made, or gone: good either way
            api.remove_container(name, force=True, v=True)


def _environment(bundle: Path | None, proxies: Mapping[str, str]) -> dict[str, str]:
    certificates = dict.fromkeys(CA_VARIABLES, str(BUNDLE)) if bundle else {}
    return {**certificates, **host.in_both_cases(proxies), "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}


def _given(bundle: Path | None, apt: Mapping[str, str]) -> "Iterator[File]":
    """Files of the host that the container gets before it starts."""
    from harness.model import File

    if bundle:
        yield File.of(str(BUNDLE.relative_to("/")), bundle.read_bytes())
    if apt:
        yield File.of(APT_SETTINGS, host.apt_conf(apt).encode())


def _kept(chunks: Iterator[bytes], cache: Cache) -> dict[str, Path]:
    kept: dict[str, Path] = {}
    for path, content in members(chunks):
        name = path.relative_to(OUT).as_posix()
        kept[name] = kept[content.relative_to(OUT).as_posix()] if isinstance(content, Path) else cache.add(content)[1]
    return kept


def _failed(script: str, code: int, printed: str) -> Exception:
    what = Message("fetching failed with exit code {code}: {script}", code=code, script=script.strip().splitlines()[-1])
    return failure(what, printed, FetchError)
