"""redis: the Redis of the distribution, behind a password."""

import re
from collections.abc import Mapping

from harness.model import Installation, Part, VersionSource
from harness.protocols import Convention
from harness.services.settings import DATA, PASSWORD, Defaults
from harness.systems import System


class Redis(Defaults):
    releases: Mapping[str, str] = {"debian:11": "6.0", "debian:12": "7.0", "debian:13": "8.0"}
    port = 6379
    user = "redis"
    account, database = "default", "0"
    stop_signal = "SIGTERM"
    keeps_format = True
    hello = b"PING\r\n"
    ready = re.compile(rb"\+PONG|-NOAUTH")  # one that is loading its data answers with another error
    convention: Convention | None = Convention(
        user="redis",
        data=("/data",),
        environment={PASSWORD: "{{ service.password }}"},
        command=("sh", "-c", f'exec redis-server --requirepass "${PASSWORD}"'),
    )

    def part(self, system: System) -> Part:
        entry = Installation(installer="apt", arguments=["redis-server={{ service.version }}"])
        return Part(title="Redis", version=VersionSource(installer="apt", package="redis-server"), install=(entry,))

    def setup(self, system: System) -> str:
        return f"mkdir {DATA}\n"

    def start(self, system: System) -> str:
        return f"""\
settings="bind 0.0.0.0
dir {DATA}
save 3600 1
requirepass $PASSWORD"
unset PASSWORD
exec redis-server - <<.
$settings
.
"""

    def url(self, host: str, password: str) -> str:
        return f"redis://:{password}@{host}:{self.port}/{self.database}"
