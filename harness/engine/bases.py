"""Base images: from a registry, pinned by digest, or bootstrapped from the distribution's own packages."""

import contextlib
import hashlib
import os
import platform
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from time import time
from typing import IO, TYPE_CHECKING

from harness.cache import Cache
from harness.engine import host, owner
from harness.engine.build import built, label
from harness.engine.client import Engine, failure, translated
from harness.engine.locks import only_one
from harness.engine.process import found, process
from harness.errors import EngineError
from harness.language import Message

if TYPE_CHECKING:
    from harness.model import Base
    from harness.systems import System

REMEMBERED_S = 24 * 3600  # how long the answer of a registry is taken for granted
REFUSAL_REMEMBERED_S = 600  # … where a lock names an image of that registry
REGISTRY_TIMEOUT_S = 5
TAIL_LINES = 20
_CHUNK = 1 << 20

# What makes the image; a change of it makes another tag. The machine's resolver and
# name are not the image's, and neither is how this machine reaches the packages.
MMDEBSTRAP = (
    "mmdebstrap",
    "--variant=minbase",
    "--format=tar",
    '--customize-hook=rm -f "$1/etc/apt/apt.conf.d/00harness-fetch" "$1/etc/resolv.conf" "$1/etc/hostname"',
)
_SET_UP = '--setup-hook=mkdir -p "$1/etc/apt/apt.conf.d"; printenv HARNESS_APT >"$1/etc/apt/apt.conf.d/00harness-fetch"'

_answers: dict[tuple[str, str], str] = {}  # endpoint and image -> digest, empty where no registry answers
_answers_lock = threading.Lock()


def base_reference(base: "Base") -> str:
    """What a Dockerfile's ``FROM`` names: ``debian@sha256:…``, or the tag of an image that was
    bootstrapped or brought by a bundle."""
    name, _, release = base.os.partition(":")
    if base.source == "registry":
        return f"{name}@{base.digest}"
    if base.source == "bundle":
        return f"harness/bundled:{name}-{release}-{base.digest}"
    key = hashlib.sha256("\0".join([base.os, *MMDEBSTRAP]).encode()).hexdigest()[:12]
    return f"harness/base:{name}-{release}-{key}"


def ensure_base(
    engine: Engine, system: "System", wanted: "Base | None" = None, on_line: Callable[[str], None] | None = None
) -> "Base":
    """The base image of a system, on the engine: the one a lock wants, else the best there is.

    Where the wanted one cannot be had, another is returned, so that the caller can
    compare and say so; nothing takes the place of one that a bundle brought. ``on_line``
    hears what a bootstrap prints. EngineError, with what to do, where there is none.
    """
    if wanted and wanted.source == "bundle":
        if built(engine, base_reference(wanted)):
            return wanted
        raise EngineError(
            Message("the base image of {system} that came with the bundle is gone", system=system.name),
            Message("replay the bundle again"),
        )
    for base in _candidates(engine, system, wanted):
        if built(engine, base_reference(base)):
            return base
        if base.source == "registry" and _pull(engine, system, base):
            return base
        if base.source == "bootstrap" and (_kept(base_reference(base)) or _can_bootstrap(engine)):
            _bootstrap(engine, system, base_reference(base), on_line)
            return base
    raise EngineError(
        Message(
            "there is no base image of {system}: no registry answers, and mmdebstrap is not here", system=system.name
        ),
        Message("run `harness doctor --fix`"),
    )


def present_base(engine: Engine, system: "System") -> "Base | None":
    """The base image of a system that is on the engine, if there is one. EngineError where the engine fails."""
    return next((base for base in _candidates(engine, system, None) if built(engine, base_reference(base))), None)


def registry_digest(engine: Engine, system: "System", *, remembered_s: float = REMEMBERED_S) -> str:
    """Digest of the system's image in the engine's registry; empty where none answers within 5 s.

    The answer holds for this process and, in the cache, for ``remembered_s`` (0: ask now).
    """
    key = (engine.endpoint, system.name)
    with _answers_lock:
        answer = _answers.get(key) if remembered_s else None
        if answer is None:
            record = Cache().record("registry-answers", *key)
            if isinstance(record, dict) and time() - record.get("at_s", 0) < remembered_s:
                answer = str(record.get("digest", ""))
        if answer is None:
            answer = _ask_registry(engine, system)
            Cache().remember("registry-answers", *key, value={"digest": answer, "at_s": time()})
        _answers[key] = answer
        return answer


def _candidates(engine: Engine, system: "System", wanted: "Base | None") -> "Iterator[Base]":
    from harness.model import Base

    if wanted:
        yield wanted
    if digest := registry_digest(engine, system):
        yield Base(os=system.name, source="registry", digest=digest)
    yield Base(os=system.name, source="bootstrap")


def _ask_registry(engine: Engine, system: "System") -> str:
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    api = engine.calls
    kept, api.timeout = api.timeout, REGISTRY_TIMEOUT_S
    try:
        found = api.inspect_distribution(system.name)
    except (DockerException, RequestException):
        return ""
    finally:
        api.timeout = kept
    return str(found["Descriptor"]["digest"])


def _pull(engine: Engine, system: "System", base: "Base") -> bool:
    """Pull a base by its digest; False where the registry is not there or no longer has it."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    if not registry_digest(engine, system, remembered_s=REFUSAL_REMEMBERED_S):
        return False
    with only_one("base", engine.endpoint, base_reference(base)):
        try:
            for _ in engine.calls.pull(system.name.partition(":")[0], tag=base.digest, stream=True, decode=True):
                pass
        except (DockerException, RequestException):
            return False
        return built(engine, base_reference(base)) is not None


def _can_bootstrap(engine: Engine) -> bool:
    """mmdebstrap is here, and makes what the engine's processor runs."""
    return found(MMDEBSTRAP[0]) is not None and engine.info.get("Architecture") in (None, platform.machine())


def _bootstrap(engine: Engine, system: "System", reference: str, on_line: Callable[[str], None] | None) -> None:
    repository, _, tag = reference.partition(":")
    with only_one("base", engine.endpoint, reference):
        if built(engine, reference):
            return
        what = Message("the engine did not take the base image of {system}", system=system.name)
        with (
            contextlib.suppress(_Beaten),
            translated(what),
            contextlib.closing(_unless_beaten(engine, reference, _whole(system, reference, on_line))) as packed,
        ):
            labels = label(owner.image_labels("base"))
            said = engine.calls.import_image_from_data(packed, repository=repository, tag=tag, changes=[labels])
            if '"errorDetail"' in said:
                raise failure(what, str(said))


class _Beaten(Exception):
    """Somebody with another cache folder, and so another lock, made the same base meanwhile."""


def _unless_beaten(engine: Engine, reference: str, chunks: Generator[bytes]) -> Generator[bytes]:
    with contextlib.closing(chunks):
        yield from chunks
        if built(engine, reference):
            raise _Beaten  # the engine forgets what it got; otherwise their image would lose its tag


def _kept(reference: str) -> Path | None:
    """The tar of a base image that was bootstrapped before, so that an engine that has lost it, or another machine
    that has the cache, needs no network."""
    cache = Cache()
    return cache.find(str(cache.record(*_key(reference)) or ""))


def _key(reference: str) -> tuple[str, ...]:
    return "base-images", reference, platform.machine()


def _whole(system: "System", reference: str, on_line: Callable[[str], None] | None) -> Generator[bytes]:
    """The tar out of the cache, made before where it is not there. EngineError where it fails, or is damaged."""
    path = _kept(reference)
    if path is None:
        cache = Cache()
        with contextlib.closing(_packed(system, on_line)) as packed:
            sha256, path = cache.add(packed)
        cache.remember(*_key(reference), value=sha256)
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            yield chunk
    if digest.hexdigest() != path.name:
        raise EngineError(
            Message("{path} is not what was fetched: its checksum differs", path=path),
            Message("remove the file, or all that was fetched with `harness clean --cache`, and try again"),
        )


def _packed(system: "System", on_line: Callable[[str], None] | None) -> Generator[bytes]:
    """The tar that mmdebstrap makes, as it comes. EngineError where it fails, so that the engine keeps nothing."""
    settings = host.apt_conf(host.apt_settings())
    hooks = (_SET_UP,) if settings else ()
    with owner.temporary_folder("bootstrap") as folder:
        folder.chmod(0o755)  # others than root must reach what is in it
        env = {**os.environ, **host.proxies(), "TMPDIR": str(folder), "HARNESS_APT": settings, "LC_ALL": "C"}
        with process([*_alone(), *MMDEBSTRAP, *hooks, system.suite, "-"], env=env) as child:
            assert child.stdout is not None
            tail: deque[str] = deque(maxlen=TAIL_LINES)
            listener = threading.Thread(target=_listen, args=(child.stderr, tail, on_line), daemon=True)
            listener.start()
            while chunk := child.stdout.read(_CHUNK):
                yield chunk
            code = child.wait()
            listener.join()
    if code:
        raise EngineError(
            Message(
                "mmdebstrap could not make a base image of {system} (exit code {code})", system=system.name, code=code
            ),
            Message("what it printed at last:\n{log}", log="\n".join(tail)),
        )


def _alone() -> tuple[str, ...]:
    """As root mmdebstrap mounts in the machine's own tree; in a mount namespace these go with the processes."""
    return ("unshare", "--mount", "--") if hasattr(os, "geteuid") and os.geteuid() == 0 and found("unshare") else ()


def _listen(stream: IO[bytes], tail: "deque[str]", on_line: Callable[[str], None] | None) -> None:
    for raw in stream:
        line = raw.decode("utf-8", "replace").rstrip()
        tail.append(line)
        if on_line:
            on_line(line)
