"""What a container runs to choose and download packages, and what it leaves in ``/out``.

``gone``
    what cannot be had: ``name=version`` (as it was asked for), and then where else it is, as ``apt-cache madison``
    says it, or names that begin in the same way. Nothing is downloaded then.
``no-suite``
    a suite that the mirror does not have. Nothing is downloaded then.
``unmet``
    apt's own words where the packages do not go together. Nothing is downloaded then.
``chosen``
    the stanzas of the packages that were asked for, as ``apt-cache show`` has them
``files``
    the names of all files that install them; those that are not here yet lie beside it
"""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

_BEGIN = """\
set -e
: > /out/gone; : > /out/chosen; specs=''
"""
# A suite that this machine's sources have not: beside them, and nothing is taken from it that is not named.
_ORIGIN = r"""
cd /etc/apt; : > /tmp/sources
for file in sources.list sources.list.d/*.list; do
  [ ! -e "$file" ] || sed -n 's/^deb \(\[[^]]*\] *\)\{0,1\}\([^ ]*\)  *\([^ ]*\).*/\2 \3/p' "$file" >> /tmp/sources
done
for file in sources.list.d/*.sources; do
  [ ! -e "$file" ] || awk -v RS= -F '\n' '{
    uris = suites = ""
    for (i = 1; i <= NF; i++) {
      if ($i ~ /^URIs:/) uris = substr($i, 6)
      if ($i ~ /^Suites:/) suites = substr($i, 8)
    }
    n = split(uris, uri, " "); m = split(suites, suite, " ")
    for (i = 1; i <= n; i++) for (j = 1; j <= m; j++) print uri[i], suite[j]
  }' "$file" >> /tmp/sources
done
origin() {
  if grep -q " $1\$" /tmp/sources; then return; fi
  case "$1" in *-security) like='-security$' ;; *) like=" $2\$" ;; esac
  uri=$(sed -n "/$like/s/ .*//p" /tmp/sources | head -n 1)
  if [ -z "$uri" ]; then echo "$1" >> /out/no-suite; return; fi
  echo "deb [signed-by=KEYRING] $uri $1 main" >> /etc/apt/sources.list.d/zz-origins.list
  printf 'Package: *\nPin: release n=%s\nPin-Priority: -1\n\n' "$1" >> /etc/apt/preferences.d/zz-origins
}
""".replace("KEYRING", KEYRING)
_UPDATE = "apt-get update -qq -o APT::Update::Error-Mode=any -o Acquire::Retries=3\n"
_UPDATE_ORIGINS = """\
if [ -s /out/no-suite ]; then exit 0; fi
if ! apt-get update -qq -o APT::Update::Error-Mode=any -o Acquire::Retries=3 2> /tmp/said; then
  cat /tmp/said >&2
  sed -n "s/.*The repository '[^ ]* \\([^ ]*\\) .*' does not have a Release file.*/\\1/p" /tmp/said > /out/no-suite
  [ -s /out/no-suite ]; exit 0
fi
"""
_NEAR = 'near() { apt-cache pkgnames "$(printf %.5s "$1")"; }\n'
# `must` takes that version or fails, `may` takes it where it is still there.
_TAKE = """\
pin() {
  source=$(apt-cache show "$1=$2" | sed -n 's/^Source: \\([^ ]*\\).*/\\1/p' | head -n 1)
  printf 'Package: %s src:%s\\nPin: version %s\\nPin-Priority: 1001\\n\\n' "$1" "${source:-$1}" "$2"
}
there() { apt-cache show --no-all-versions "$1" 2>/dev/null | grep -q '^SHA256: '; }
chosen() { pin "$1" "$2" >> /etc/apt/preferences.d/zz-locked; specs="$specs $1=$2"; }
gone() { echo "$1=$2" >> /out/gone; apt-cache madison "$1" >> /out/gone; }
take() {
  if [ -n "$2" ] && there "$1=$2"; then
    chosen "$1" "$2"
  elif [ "$3" = must ]; then
    gone "$1" "$2"
  elif there "$1"; then
    specs="$specs $1"
  else
    echo "$1=" >> /out/gone; near "$1" | sed 's/$/ | |/' >> /out/gone
  fi
}
"""
_TAKE_FROM = """\
take_from() {
  apt-cache madison "$1" | grep -F " $4/" | cut -d '|' -f 2 | tr -d ' ' > /tmp/versions || true
  newest=$(head -n 1 /tmp/versions)
  if [ -n "$2" ] && grep -qxF -e "$2" /tmp/versions; then
    chosen "$1" "$2"
  elif [ "$3" = must ] || [ -z "$newest" ]; then
    gone "$1" "$2"
  else
    chosen "$1" "$newest"
  fi
}
"""
_DOWNLOAD = """\
if [ -s /out/gone ]; then exit 0; fi
for spec in $specs; do apt-cache show --no-all-versions "$spec" >> /out/chosen; echo >> /out/chosen; done
if ! apt-get install -y -qq --no-install-recommends --print-uris $specs > /tmp/uris 2> /tmp/said; then
  cat /tmp/said >&2
  LC_ALL=C apt-get install -s --no-install-recommends $specs > /tmp/said 2>&1 || true
  grep -q 'unmet dependencies' /tmp/said
  cp /tmp/said /out/unmet; exit 0
fi
cut -d ' ' -f 2 /tmp/uris | grep '[.]deb$' > /out/files || true
grep -vxFf /tmp/have /out/files > /tmp/missing || true
cd /out
sed -e 's/%3a/:/' \\
  -e 's/^\\(.*\\)_\\(.*\\)_all[.]deb$/\\1=\\2/' \\
  -e 's/^\\(.*\\)_\\(.*\\)_\\(.*\\)[.]deb$/\\1:\\3=\\2/' /tmp/missing |
  xargs -r apt-get download -qq -o Acquire::Retries=3
"""


@dataclass(frozen=True, kw_only=True)
class Take:
    """A package to take: at a version that it ``must`` or ``may`` have, from a suite or from wherever apt would."""

    kind: Literal["must", "may"]
    name: str
    version: str = ""
    origin: str = ""  # "bookworm-backports"


def versions(package: str) -> str:
    """The script that leaves ``apt-cache madison`` of a package in ``/out/versions``, or in ``/out/near`` names
    that begin in the same way."""
    name = shlex.quote(package)
    ask = f"apt-cache madison {name} > /out/versions\n[ -s /out/versions ] || near {name} > /out/near\n"
    return _BEGIN + _UPDATE + _NEAR + ask


def download(takes: Sequence[Take], suite: str, have: Iterable[str]) -> str:
    """The script that downloads all that ``takes`` need, but for the files in ``have``, on a system of ``suite``."""
    origins = sorted({take.origin for take in takes} - {""})
    lines = [_BEGIN.strip()]
    if origins:
        lines += [_ORIGIN.strip(), *(shlex.join(["origin", one, suite]) for one in origins), _UPDATE_ORIGINS.strip()]
    else:
        lines.append(_UPDATE.strip())
    lines += [_NEAR.strip(), _TAKE.strip(), *([_TAKE_FROM.strip()] if origins else [])]
    for take in takes:
        words = ["take_from" if take.origin else "take", take.name, take.version, take.kind]
        lines.append(shlex.join([*words, take.origin] if take.origin else words))
    known = "".join(f"{name}\n" for name in have)
    return "\n".join([*lines, f"cat > /tmp/have <<'.'\n{known}.", _DOWNLOAD])
