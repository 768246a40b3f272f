"""Python package indexes, as PEP 503 (HTML) and PEP 691 (JSON) have them: what is published, and its files."""

import configparser
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from harness.cache import Cache
from harness.engine import host, process, tools
from harness.errors import FetchError, GoneError, InputError
from harness.installers.pip.names import distribution
from harness.language import Message

if TYPE_CHECKING:
    import requests

PIP_CONFIGURATION = (Path("/etc/pip.conf"), Path("~/.pip/pip.conf"), Path("~/.config/pip/pip.conf"))
TIMEOUT_S = 60
CHUNK_BYTES = 1 << 20
AT_ONCE = 8  # downloads
_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_UV_KEPT = re.compile(
    r"UV_(DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|INDEX_.*_(USERNAME|PASSWORD)|CACHE_DIR|SYSTEM_CERTS|NATIVE_TLS"
    r"|INSECURE_HOST|HTTP_TIMEOUT|KEYRING_PROVIDER|CONFIG_FILE|NO_CACHE)"
)


@dataclass(frozen=True, kw_only=True)
class Published:
    """One file of an index. ``url`` is of the moment and is never kept."""

    name: str
    url: str
    sha256: str
    requires_python: str = ""
    yanked: bool = False

    @property
    def version(self) -> str | None:
        """Its version in PEP 440's normal form; None for files that are no package."""
        named = distribution(self.name)
        return named[1] if named else None

    def runs_on(self, python: str) -> bool:
        try:
            return python in SpecifierSet(self.requires_python)
        except InvalidSpecifier:
            return True  # what pip does, too


def environment() -> dict[str, str]:
    """Environment of the uv program: the user's index, certificates and proxies, and nothing else
    that could change what it resolves to."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("UV_", "PIP_")) or _UV_KEPT.fullmatch(k)}
    if not any(kept.get(name) for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL")) and (index := _index_of_pip()):
        kept["UV_DEFAULT_INDEX"] = index
    if bundle := host.ca_bundle():
        kept["SSL_CERT_FILE"] = str(bundle)
    return kept


@cache
def _session(_process: int) -> "requests.Session":
    import requests
    from requests.adapters import HTTPAdapter

    session = requests.Session()
    session.mount("https://", HTTPAdapter(pool_maxsize=AT_ONCE, max_retries=2))
    if bundle := host.ca_bundle():
        session.verify = str(bundle)
    return session


@cache
def indexes() -> tuple[str, ...]:
    """Addresses of the indexes that are in effect here, as uv and its configuration have them."""
    argv = [tools.uv(), "pip", "compile", "-", "--emit-index-url", "--no-header", "--quiet", "--python-version", "3.11"]
    shown = process.run(argv, env=environment(), timeout_s=TIMEOUT_S, error=FetchError)
    found = re.findall(r"^--(?:extra-)?index-url (\S+)$", shown.stdout, re.MULTILINE)
    if shown.code or not found:
        raise FetchError(Message("uv does not say which Python index it uses: {output}", output=shown.tail))
    return tuple(found)


def files(package: str, first: Sequence[str] = ()) -> tuple[Published, ...]:
    """All files of a package, from the first index that has it: of those in ``first``, then of this machine's.
    InputError where none has it, FetchError where one does not answer."""
    name = canonicalize_name(package)
    for index in (*first, *indexes()):
        answer = _get(f"{index.rstrip('/')}/{name}/", headers={"Accept": _ACCEPT})
        if answer.status_code == 404:
            continue
        if answer.status_code != 200:
            raise FetchError(
                Message("the Python index {host} answered {status}", host=_host(index), status=answer.status_code)
            )
        if "json" in answer.headers.get("Content-Type", ""):
            return tuple(_from_json(answer.json()["files"], answer.url))
        return tuple(_from_html(answer.text, answer.url))
    raise InputError(Message("no Python index has a package named {package}", package=package))


def download(wanted: Iterable[tuple[str, str, str]], kept: Cache, first: Sequence[str] = ()) -> dict[str, Path]:
    """Fetch files of the index into the cache; ``first`` as for ``files``.

    ``wanted`` are (package, file name, SHA-256); returns SHA-256 → path. GoneError names
    every file that is gone; FetchError a file that is not what it was.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(lambda one: _download(one[0], one[1], one[2], kept, first), wanted))
    gone = [name for name, path in found if path is None]
    if gone:
        raise GoneError(
            Message("the Python index no longer has {files}", files=", ".join(gone)),
            Message("`harness lock` finds versions that are there now"),
        )
    return {path.name: path for _, path in found if path}


def _download(package: str, name: str, sha256: str, kept: Cache, first: Sequence[str]) -> tuple[str, Path | None]:
    if (path := kept.find(sha256)) is not None:
        return name, path
    try:
        published = next((file for file in files(package, first) if file.name == name), None)
    except InputError:
        published = None
    if published is None:
        return name, None
    answer = _get(published.url, stream=True)
    if answer.status_code in (404, 410):
        return name, None
    if answer.status_code != 200:
        raise FetchError(Message("{file} cannot be fetched: HTTP {status}", file=name, status=answer.status_code))
    seen, path = kept.add(answer.iter_content(CHUNK_BYTES))
    if seen != sha256:
        raise FetchError(
            Message("{file} is not the file that was locked: its checksum is {seen}", file=name, seen=seen)
        )
    return name, path


def _get(url: str, **settings: Any) -> "requests.Response":
    import requests

    if urlsplit(url).scheme not in ("http", "https"):
        raise FetchError(Message("Python packages can only be fetched over HTTP, not from {url}", url=url))
    try:
        return _session(os.getpid()).get(url, timeout=TIMEOUT_S, **settings)
    except requests.RequestException as exc:
        raise FetchError(
            Message("the Python index {host} does not answer: {reason}", host=_host(url), reason=type(exc).__name__),
            Message("`harness doctor` shows which registries can be reached"),
        ) from exc


def _from_json(entries: Iterable[Mapping[str, Any]], base: str) -> Iterator[Published]:
    for entry in entries:
        yield Published(
            name=entry["filename"],
            url=urljoin(base, entry["url"]),
            sha256=entry.get("hashes", {}).get("sha256", ""),
            requires_python=entry.get("requires-python") or "",
            yanked=bool(entry.get("yanked")),
        )


def _from_html(text: str, base: str) -> Iterator[Published]:
    parser = _Links()
    parser.feed(text)
    for link in parser.links:
        url, fragment = urldefrag(urljoin(base, link["href"]))
        yield Published(
            name=unquote(urlsplit(url).path.rpartition("/")[2]),
            url=url,
            sha256=fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else "",
            requires_python=link.get("data-requires-python") or "",
            yanked="data-yanked" in link,
        )


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "a" and values.get("href"):
            self.links.append(values)


def _index_of_pip() -> str | None:
    """The index that pip is told to use, by its variable or its configuration file."""
    if index := os.environ.get("PIP_INDEX_URL"):
        return index
    named = os.environ.get("PIP_CONFIG_FILE")
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read([path.expanduser() for path in (*PIP_CONFIGURATION, *([Path(named)] if named else []))], "utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return None
    return parser.get("global", "index-url", fallback=None)


def _host(url: str) -> str:
    """Without credentials."""
    return urlsplit(url).hostname or url
