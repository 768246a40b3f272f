"""mariadb: the MariaDB of the distribution, with a database and an account of one name."""

import re
from collections.abc import Mapping

from harness.model import Installation, Part, VersionSource
from harness.protocols import Convention
from harness.services.settings import DATA, DATABASE, HOME, Defaults
from harness.systems import System

_FILE = f"{HOME}/my.cnf"
_SETTINGS = f"""\
[mariadbd]
datadir = {DATA}
socket = /tmp/mariadb.sock
pid-file = /tmp/mariadb.pid
bind-address = *
skip-name-resolve
character-set-server = utf8mb4
log-warnings = 1
innodb-log-file-size = 16M
innodb-buffer-pool-size = 64M
innodb-flush-log-at-trx-commit = 0
[client]
socket = /tmp/mariadb.sock
user = root
"""
_LOAD = f'exec mariadb --user={DATABASE} --password="$MARIADB_PASSWORD" {DATABASE} < "$0"'


class MariaDb(Defaults):
    releases: Mapping[str, str] = {"debian:11": "10.5", "debian:12": "10.11", "debian:13": "11.8"}
    port = 3306
    user = "mysql"
    account = database = DATABASE
    stop_signal = "SIGTERM"
    keeps_format = True
    seeds = "sql"
    hello = b""  # the server speaks first
    ready = re.compile(rb".{3}\x00\x0a", re.DOTALL)  # the handshake of protocol 10, in the first packet
    convention: Convention | None = Convention(
        user="mysql",
        data=("/var/lib/mysql",),
        environment={
            "MARIADB_USER": "{{ service.user }}",
            "MARIADB_PASSWORD": "{{ service.password }}",
            "MARIADB_DATABASE": "{{ service.database }}",
            "MARIADB_ROOT_PASSWORD": "{{ service.password }}",
            "MARIADB_AUTO_UPGRADE": "1",
        },
        load=("sh", "-c", _LOAD),
    )

    def part(self, system: System) -> Part:
        entry = Installation(installer="apt", arguments=["mariadb-server={{ service.version }}"])
        source = VersionSource(installer="apt", package="mariadb-server")
        return Part(title="MariaDB", version=source, install=(entry,))

    def setup(self, system: System) -> str:
        return f"""\
cat > {_FILE} <<.
{_SETTINGS}.
mariadb-install-db --defaults-file={_FILE} --auth-root-authentication-method=normal --skip-test-db
"""

    def start(self, system: System) -> str:
        return f"""\
umask 077
cat > /tmp/init.sql <<.
CREATE DATABASE IF NOT EXISTS {DATABASE};
CREATE USER IF NOT EXISTS '{DATABASE}'@'%';
ALTER USER '{DATABASE}'@'%' IDENTIFIED BY '$PASSWORD';
GRANT ALL ON {DATABASE}.* TO '{DATABASE}'@'%';
.
unset PASSWORD
exec mariadbd --defaults-file={_FILE} --init-file=/tmp/init.sql
"""

    def url(self, host: str, password: str) -> str:
        return f"mysql://{self.account}:{password}@{host}:{self.port}/{self.database}"

    def load(self, system: System, file: str) -> tuple[str, ...]:
        return "sh", "-c", f'mariadb --defaults-file={_FILE} {DATABASE} < "$0"', file

    def upgraded(self, system: System) -> tuple[str, ...]:
        return "mariadb-upgrade", f"--defaults-file={_FILE}", "--skip-write-binlog", "--silent"
