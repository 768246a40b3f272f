"""apt: packages of the distribution, with what they depend on.

Packages are chosen and downloaded in a throwaway container of the base image, so
that apt itself decides; the image installs the downloaded files without a network.
Only the packages that a recipe names are locked. A distribution drops old versions
within days, so what else they need is kept in the cache but not in the lock.
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.cache import Cache
from harness.errors import FetchError, GoneError, InputError, Mistake
from harness.language import Message
from harness.model import Base, File, Package
from harness.model.packages import PackageList
from harness.protocols import Contents, Site
from harness.systems import System

_ENTRY = re.compile(r"(?P<name>[a-z0-9][a-z0-9+.-]+)(?:=(?P<version>[A-Za-z0-9.+~:-]+))?")  # Debian Policy 5.6
_FIELD = re.compile(r"^(Package|Version|SHA256): (\S+)$", re.MULTILINE)

# What a container runs: `must` takes that version or fails, `may` takes it where it is still there.
_SCRIPT = """\
set -e
apt-get update -qq -o APT::Update::Error-Mode=any -o Acquire::Retries=3
: > /out/gone; : > /out/chosen; specs=''
pin() {
  source=$(apt-cache show "$1=$2" | sed -n 's/^Source: \\([^ ]*\\).*/\\1/p' | head -n 1)
  printf 'Package: %s src:%s\\nPin: version %s\\nPin-Priority: 1001\\n\\n' "$1" "${source:-$1}" "$2"
}
there() { apt-cache show --no-all-versions "$1" 2>/dev/null | grep -q '^SHA256: '; }
take() {
  if [ -n "$2" ] && there "$1=$2"; then
    pin "$1" "$2" >> /etc/apt/preferences.d/zz-locked; specs="$specs $1=$2"
  elif [ "$3" = must ]; then
    echo "$1=$2" >> /out/gone; apt-cache madison "$1" >> /out/gone
  elif there "$1"; then
    specs="$specs $1"
  else
    echo "$1=" >> /out/gone
  fi
}
"""
_DOWNLOAD = """\
if [ -s /out/gone ]; then exit 0; fi
for spec in $specs; do apt-cache show --no-all-versions "$spec" >> /out/chosen; echo >> /out/chosen; done
apt-get install -y -qq --no-install-recommends --print-uris $specs > /tmp/uris
cut -d ' ' -f 2 /tmp/uris | grep '[.]deb$' > /out/files || true
grep -vxFf /tmp/have /out/files > /tmp/missing || true
cd /out
sed -e 's/%3a/:/' \\
  -e 's/^\\(.*\\)_\\(.*\\)_all[.]deb$/\\1=\\2/' \\
  -e 's/^\\(.*\\)_\\(.*\\)_\\(.*\\)[.]deb$/\\1:\\3=\\2/' /tmp/missing |
  xargs -r apt-get download -qq -o Acquire::Retries=3
"""
# Nothing is synced to disk, and no manual pages: the image is thrown away before they could matter.
_INSTALL = (
    "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "
    "-o Dpkg::Options::=--force-unsafe-io "
    "-o 'Dpkg::Options::=--path-exclude=/usr/share/doc/*' -o 'Dpkg::Options::=--path-exclude=/usr/share/man/*'"
)
_LEFT_BEHIND = "/var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log"


class AptArguments(PackageList):
    """``[python3, chromium=156.0.8078.73-1~deb12u1]``"""

    @classmethod
    def check(cls, entry: str) -> None:
        super().check(entry)
        if not _ENTRY.fullmatch(entry):
            raise Mistake(
                Message("`{entry}` names no package of the distribution", entry=entry),
                Message("write a name, or name=version"),
            )


class Apt:
    Arguments = AptArguments
    drifts = True

    def needs(self, system: System) -> tuple[str, ...]:
        return ()

    def versions(self, package: str, site: Site) -> tuple[str, ...]:
        from harness.versions import in_order

        script = f"{_SCRIPT}apt-cache madison {shlex.quote(package)} > /out/versions\n"
        found = _text(site.registry.fetch(site.base, script), "versions")
        versions = _madison(found)
        if not versions:
            raise InputError(
                Message("{system} has no package named {package}", system=site.system.name, package=package)
            )
        return in_order(versions)

    def resolve(
        self, wanted: Sequence[AptArguments], held: Mapping[str, str], preferred: Sequence[Package], site: Site
    ) -> tuple[Package, ...]:
        asked = dict(_split(entry) for arguments in wanted for entry in arguments.root)
        known = {package.name: package.version for package in preferred}
        takes = [
            ("must", name, version) if version else ("may", name, known.get(name, ""))
            for name, version in sorted((asked | {name: held[name] for name in held if name in asked}).items())
        ]
        chosen, gone = _download(takes, site)
        if gone:
            raise _unknown(gone, site.system)
        return chosen.packages

    def has(self, packages: Sequence[Package], below: Sequence[Package], site: Site) -> bool:
        layers = ([*below, *packages], below)
        return all(_recorded(_exactly(layer), site) is not None for layer in layers if packages and layer)

    def fetch(self, packages: Sequence[Package], below: Sequence[Package], site: Site) -> tuple[File, ...]:
        if not packages:
            return ()
        under = {name for name, _ in self._kept(below, site).files} if below else set()
        cache = site.registry.cache
        files = []
        for name, sha256 in self._kept([*below, *packages], site).files:
            path = cache.find(sha256)
            assert path is not None  # `_kept` looked
            if name not in under:
                files.append(File(path=f"debs/{name}", sha256=sha256, content=path))
        return tuple(files)

    def contents(
        self, wanted: Sequence[AptArguments], packages: Sequence[Package], below: Sequence[Package], site: Site
    ) -> Contents:
        files = self.fetch(packages, below, site)
        if not files:  # the base image has them all
            return Contents()
        return Contents(
            files=files,
            instructions=("COPY debs /tmp/debs", f"RUN {_INSTALL} /tmp/debs/*.deb && rm -rf /tmp/debs {_LEFT_BEHIND}"),
        )

    def _kept(self, packages: Sequence[Package], site: Site) -> "_Fetched":
        """Everything the packages need, from the cache or fetched now. FetchError where a version is gone."""
        takes = _exactly(packages)
        fetched = _recorded(takes, site)
        if fetched is None:
            fetched, gone = _download(takes, site)
            if gone:
                raise _gone(gone, site.system)
        checksums = {package.name: package.checksum for package in fetched.packages}
        for package in packages:
            if checksums.get(package.name) != package.checksum:
                raise FetchError(
                    Message(
                        "{package} is not the file that was locked: its checksum differs",
                        package=f"{package.name} {package.version}",
                    )
                )
        return fetched


@dataclass(frozen=True, kw_only=True)
class _Fetched:
    """Named packages, and all files that install them: (file name, SHA-256)."""

    packages: tuple[Package, ...]
    files: tuple[tuple[str, str], ...]


def _split(entry: str) -> tuple[str, str]:
    match = _ENTRY.fullmatch(entry)
    assert match is not None  # the arguments were validated
    return match["name"], match["version"] or ""


def _sorted(packages: Sequence[Package]) -> list[Package]:
    return sorted({package.name: package for package in packages}.values(), key=lambda package: package.name)


def _exactly(packages: Sequence[Package]) -> list[tuple[str, str, str]]:
    return [("must", package.name, package.version) for package in _sorted(packages)]


def _key(base: Base, versions: Mapping[str, str]) -> tuple[str, ...]:
    return ("apt", base.model_dump_json(), *(f"{name}={versions[name]}" for name in sorted(versions)))


def _recorded(takes: Sequence[tuple[str, str, str]], site: Site) -> _Fetched | None:
    """What was fetched for exactly these versions, where all of it is still in the cache."""
    cache = site.registry.cache
    record = cache.record(*_key(site.base, {name: version for _, name, version in takes}))
    if record is None or any(cache.find(sha256) is None for _, sha256 in record["files"]):
        return None
    return _Fetched(
        packages=tuple(_package(*one) for one in record["packages"]),
        files=tuple((name, sha256) for name, sha256 in record["files"]),
    )


def _download(takes: Sequence[tuple[str, str, str]], site: Site) -> tuple[_Fetched, str]:
    """Choose and fetch in a container; second is what is gone, as the script writes it."""
    cache = site.registry.cache
    known = {name: sha256 for name, sha256 in _known(site, cache).items() if cache.find(sha256)}
    have = "".join(f"{name}\n" for name in sorted(known))
    lines = [shlex.join(["take", name, version, kind]) for kind, name, version in takes]
    script = "\n".join([_SCRIPT, *lines, f"cat > /tmp/have <<'.'\n{have}.", _DOWNLOAD])
    out = site.registry.fetch(site.base, script)
    if gone := _text(out, "gone"):
        return _Fetched(packages=(), files=()), gone
    packages = []
    for stanza in _text(out, "chosen").strip().split("\n\n"):
        fields = dict(reversed(_FIELD.findall(stanza)))
        packages.append(_package(fields["Package"], fields["Version"], fields["SHA256"]))
    known |= {name: _added(path, cache) for name, path in out.items() if name.endswith(".deb")}
    files = tuple((name, known[name]) for name in sorted(_text(out, "files").split()))
    fetched = _Fetched(packages=tuple(_sorted(packages)), files=files)
    _remember(fetched, site, cache)
    return fetched, ""


def _known(site: Site, cache: Cache) -> dict[str, str]:
    """Files of the distribution that were fetched before: name, which has the version in it → SHA-256."""
    return dict(cache.record("apt-files", site.system.name, site.machine) or {})


def _remember(fetched: _Fetched, site: Site, cache: Cache) -> None:
    # Two processes that do this at once may lose a file's entry; it is fetched again then.
    cache.remember("apt-files", site.system.name, site.machine, value=_known(site, cache) | dict(fetched.files))
    packages = [[one.name, one.version, one.checksum.removeprefix("sha256:")] for one in fetched.packages]
    key = _key(site.base, {package.name: package.version for package in fetched.packages})
    cache.remember(*key, value={"packages": packages, "files": fetched.files})


def _package(name: str, version: str, sha256: str) -> Package:
    return Package(installer="apt", name=name, version=version, checksum=f"sha256:{sha256}")


def _added(path: Path, cache: Cache) -> str:
    """Keep a file in the cache, unless that is where it lies."""
    if cache.find(path.name) == path:
        return path.name
    with path.open("rb") as file:
        return cache.add(iter(lambda: file.read(1 << 20), b""))[0]


def _text(out: Mapping[str, Path], name: str) -> str:
    return out[name].read_text("utf-8") if name in out else ""


def _madison(text: str) -> list[str]:
    """Versions in the table of ``apt-cache madison``: package | version | origin."""
    return [row[1].strip() for line in text.splitlines() if len(row := line.split("|")) == 3]


def _unknown(gone: str, system: System) -> InputError:
    """A recipe or an environment file asks for what the distribution does not have."""
    from harness.versions import choose

    asked = next(line for line in gone.splitlines() if "|" not in line)
    name, _, version = asked.partition("=")
    published = [row[1].strip() for row in map(_row, gone.splitlines()) if row and row[0].strip() == name]
    if version and published:
        try:
            choose(version, published)
        except InputError as exc:
            return InputError(
                Message("{system} has no {package}", system=system.name, package=f"{name} {version}"), exc.advice
            )
    return InputError(Message("{system} has no package named {package}", system=system.name, package=name))


def _gone(gone: str, system: System) -> GoneError:
    names = [line.replace("=", " ") for line in gone.splitlines() if "|" not in line]
    return GoneError(
        Message("{system} no longer has {packages}", system=system.name, packages=", ".join(names)),
        Message("`harness lock` finds versions that are there now"),
    )


def _row(line: str) -> list[str]:
    return line.split("|") if "|" in line else []
