"""Facts of this machine that a fetch must know: extra CA certificates and proxies."""

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath

from harness.cache import cache_folder
from harness.engine.process import found, run

BUNDLE_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT")
EXTRA_VARIABLES = ("NODE_EXTRA_CA_CERTS",)
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
SYSTEM_BUNDLES = (
    Path("/etc/ssl/certs/ca-certificates.crt"),  # Debian, Ubuntu, Alpine, Arch
    Path("/etc/pki/tls/certs/ca-bundle.crt"),  # Fedora
    Path("/etc/ssl/ca-bundle.pem"),  # openSUSE
    Path("/etc/ssl/cert.pem"),  # macOS
)
LOCAL_FOLDER = Path("/usr/local/share/ca-certificates")  # what Debian's administrators added
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_APT_PROXY = re.compile(r'^(Acquire::https?::Proxy(?:::[^ ]+)?) "([^"]+)";$', re.MULTILINE)


def system_bundle() -> Path | None:
    """The certificates that the operating system trusts, in one PEM file."""
    return next((path for path in SYSTEM_BUNDLES if path.is_file()), None)


def extra_certificates() -> tuple[Path, ...]:
    """PEM files that somebody added on this machine: by a variable, or to the system."""
    named = [Path(os.environ[name]) for name in (*BUNDLE_VARIABLES, *EXTRA_VARIABLES) if os.environ.get(name)]
    added = sorted(LOCAL_FOLDER.rglob("*.crt")) if LOCAL_FOLDER.is_dir() else []
    system = {path.resolve() for path in SYSTEM_BUNDLES}
    files = [path for path in (*named, *added) if path.is_file() and path.resolve() not in system]
    return tuple(dict.fromkeys(files))


def ca_bundle() -> Path | None:
    """One PEM file with all that tools must trust here, or None where nothing was added.

    It is a file that is there already, where one holds everything; else they are put
    together in the cache folder.
    """
    extra = extra_certificates()
    chosen = next((Path(os.environ[name]) for name in BUNDLE_VARIABLES if _is_file(os.environ.get(name))), None)
    main = chosen or system_bundle()
    if not extra:
        return chosen
    certificates = _certificates([main]) if main else {}
    missing = {key: pem for key, pem in _certificates(extra).items() if key not in certificates}
    if main and not missing:
        return main
    content = b"\n".join([*certificates.values(), *missing.values(), b""])
    path = cache_folder() / "ca" / f"{hashlib.sha256(content).hexdigest()[:24]}.pem"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{os.getpid()}")
        part.write_bytes(content)
        part.replace(path)
    return path


def proxies(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """``http_proxy``, ``https_proxy``, ``all_proxy`` and ``no_proxy``, where they are set, in either case."""
    source = os.environ if environment is None else environment
    values = {name: source.get(name) or source.get(name.upper()) or "" for name in PROXY_VARIABLES}
    return {name: value for name, value in values.items() if value}


def in_both_cases(settings: Mapping[str, str]) -> dict[str, str]:
    """Proxy variables as programs read them: some know the small letters only, some the capitals."""
    return {**settings, **{name.upper(): value for name, value in settings.items()}}


def apt_settings(bundle: PurePath | None = None) -> dict[str, str]:
    """Settings for ``apt.conf`` by name: this machine's CA certificates (or ``bundle`` in their place) and the
    proxies that only its apt knows."""
    certificates = bundle or ca_bundle()
    settings = {"Acquire::https::CaInfo": str(certificates)} if certificates else {}
    if found("apt-config"):
        dump = run(["apt-config", "dump"], timeout_s=10).stdout
        settings |= {match[1]: match[2] for match in _APT_PROXY.finditer(dump)}
    return settings


def apt_conf(settings: Mapping[str, str]) -> str:
    """Settings in the form of apt.conf(5)."""
    return "".join(f'{name} "{value}";\n' for name, value in settings.items())


def _is_file(name: str | None) -> bool:
    return bool(name) and Path(str(name)).is_file()


def _certificates(files: Iterable[Path]) -> dict[bytes, bytes]:
    """Certificates by their content without white space, so that two spellings are one."""
    found: dict[bytes, bytes] = {}
    for path in files:
        for pem in _CERTIFICATE.findall(path.read_bytes()):
            found.setdefault(b"".join(pem.split()), pem)
    return found
