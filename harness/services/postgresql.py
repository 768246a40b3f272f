"""postgresql: the PostgreSQL of the distribution, with a database and a role of one name.

Nothing of a replica outlives the machine's crash, so nothing is synced to disk.
"""

import re
from collections.abc import Mapping

from harness.model import Installation, Part, VersionSource
from harness.protocols import Convention
from harness.services.settings import DATA, DATABASE, Defaults
from harness.systems import System

_SOCKETS = "/tmp"
_SETTINGS = f"""\
listen_addresses = '*'
unix_socket_directories = '{_SOCKETS}'
fsync = off
synchronous_commit = off
full_page_writes = off
max_wal_size = 128MB
"""
_QUIETLY = ("--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1")
_PARAMETERS = f"user\0{DATABASE}\0database\0{DATABASE}\0\0".encode()
_HELLO = (8 + len(_PARAMETERS)).to_bytes(4) + (3 << 16).to_bytes(4) + _PARAMETERS


class PostgreSql(Defaults):
    releases: Mapping[str, str] = {"debian:11": "13", "debian:12": "15", "debian:13": "17"}
    port = 5432
    user = "postgres"
    account = database = DATABASE
    stop_signal = "SIGINT"
    keeps_format = False
    noise: re.Pattern[str] | None = re.compile(r"FATAL: +the database system is starting up")
    seeds = "sql"
    hello = _HELLO  # StartupMessage of protocol 3.0
    ready = re.compile(b"R")  # it asks who that is; one that is starting up answers with an error
    convention: Convention | None = Convention(
        user="postgres",
        data=("/var/lib/postgresql/data",),
        environment={
            "POSTGRES_USER": "{{ service.user }}",
            "POSTGRES_PASSWORD": "{{ service.password }}",
            "POSTGRES_DB": "{{ service.database }}",
            "PGDATA": "/var/lib/postgresql/data",
        },
        load=("psql", *_QUIETLY, "--username", DATABASE, "--dbname", DATABASE, "--file"),
    )

    def part(self, system: System) -> Part:
        name = f"postgresql-{self.releases[system.name]}"
        entry = Installation(installer="apt", arguments=[f"{name}={{{{ service.version }}}}"])
        return Part(title="PostgreSQL", version=VersionSource(installer="apt", package=name), install=(entry,))

    def setup(self, system: System) -> str:
        programs = self._programs(system)
        return f"""\
{programs}/initdb --pgdata {DATA} --encoding UTF8 --locale C.UTF-8 --no-sync --wal-segsize 1 \\
  --auth-local trust --auth-host scram-sha-256
echo 'host all all all scram-sha-256' >> {DATA}/pg_hba.conf
cat >> {DATA}/postgresql.conf <<.
{_SETTINGS}.
{programs}/postgres --single -D {DATA} postgres <<.
CREATE ROLE {DATABASE} LOGIN CREATEDB;
CREATE DATABASE {DATABASE} OWNER {DATABASE};
.
"""

    def start(self, system: System) -> str:
        programs = self._programs(system)
        return f"""\
echo "ALTER ROLE {DATABASE} PASSWORD '$PASSWORD'" | {programs}/postgres --single -D {DATA} postgres > /dev/null
unset PASSWORD
exec {programs}/postgres -D {DATA}
"""

    def url(self, host: str, password: str) -> str:
        return f"postgresql://{self.account}:{password}@{host}:{self.port}/{self.database}"

    def load(self, system: System, file: str) -> tuple[str, ...]:
        words = f"--host {_SOCKETS} --username {DATABASE} --file".split()
        return (f"{self._programs(system)}/psql", *_QUIETLY, *words, file, DATABASE)

    def _programs(self, system: System) -> str:
        return f"/usr/lib/postgresql/{self.releases[system.name]}/bin"
