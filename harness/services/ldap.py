"""ldap: the OpenLDAP of the distribution, with a directory that its administrator may change and all may read."""

import re
from collections.abc import Mapping

from harness.model import Installation, Part, VersionSource
from harness.services.settings import DATA, DATABASE, HOME, Defaults
from harness.systems import System

_SUFFIX = f"dc={DATABASE}"
_ADMINISTRATOR = f"cn=admin,{_SUFFIX}"
_PORT = 1389  # who is not root may not have 389 on every engine
_FILE = f"{HOME}/slapd.conf"
_SECRET, _PLAIN = "/tmp/rootpw.conf", "/tmp/rootpw"
_SETTINGS = f"""\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile /tmp/slapd.pid
database mdb
suffix "{_SUFFIX}"
rootdn "{_ADMINISTRATOR}"
include {_SECRET}
directory {DATA}
dbnosync
maxsize 134217728
index objectClass eq
index uid,cn,mail eq
overlay memberof
access to attrs=userPassword by self write by anonymous auth
access to * by * read
"""
_ENTRIES = f"""\
dn: {_SUFFIX}
objectClass: organization
objectClass: dcObject
o: {DATABASE}
dc: {DATABASE}

dn: ou=people,{_SUFFIX}
objectClass: organizationalUnit
ou: people

dn: ou=groups,{_SUFFIX}
objectClass: organizationalUnit
ou: groups
"""


class Ldap(Defaults):
    releases: Mapping[str, str] = {"debian:11": "2.4", "debian:12": "2.5", "debian:13": "2.6"}
    port = _PORT
    user = "openldap"
    account, database = _ADMINISTRATOR, _SUFFIX
    stop_signal = "SIGTERM"
    keeps_format = False  # a release before may need its data exported and imported
    seeds = "ldif"
    hello = b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00"  # an anonymous bind, RFC 4511, 4.2
    ready = re.compile(rb"\x30.\x02\x01\x01\x61.\x0a\x01\x00", re.DOTALL)  # success

    def part(self, system: System) -> Part:
        version = "={{ service.version }}"
        entry = Installation(installer="apt", arguments=[f"slapd{version}", f"ldap-utils{version}"])
        return Part(title="OpenLDAP", version=VersionSource(installer="apt", package="slapd"), install=(entry,))

    def setup(self, system: System) -> str:
        return f"""\
mkdir {DATA}
cat > {_FILE} <<.
{_SETTINGS}.
: > {_SECRET}
slapadd -q -f {_FILE} <<.
{_ENTRIES}.
rm {_SECRET}
"""

    def start(self, system: System) -> str:
        return f"""\
umask 077
printf 'rootpw %s\\n' "$PASSWORD" > {_SECRET}
printf %s "$PASSWORD" > {_PLAIN}
unset PASSWORD
ulimit -n 1024
exec slapd -d stats -f {_FILE} -h ldap://0.0.0.0:{_PORT}/
"""

    def url(self, host: str, password: str) -> str:
        return f"ldap://{host}:{self.port}/{self.database}"

    def load(self, system: System, file: str) -> tuple[str, ...]:
        return "ldapadd", "-x", "-H", f"ldap://127.0.0.1:{_PORT}", "-D", _ADMINISTRATOR, "-y", _PLAIN, "-f", file
