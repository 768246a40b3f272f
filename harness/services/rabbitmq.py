"""rabbitmq: the RabbitMQ of the distribution, with an account and a virtual host of one name.

The broker is started as itself: the distribution's wrapper writes its output to files, and wants to be root.
"""

import re
from collections.abc import Mapping

from harness.model import Installation, Part, VersionSource
from harness.protocols import Convention
from harness.services.settings import DATA, DATABASE, HOME, Defaults
from harness.systems import System

_FILE = f"{HOME}/rabbitmq.conf"
_DEFINITIONS = "/tmp/definitions.json"  # taken in at each start, so that a password of older data is overwritten
_SETTINGS = f"""\
listeners.tcp.1 = 0.0.0.0:5672
loopback_users = none
load_definitions = {_DEFINITIONS}
disk_free_limit.absolute = 1MB
vm_memory_high_watermark.absolute = 256MiB
log.console = true
log.console.level = warning
log.file = false
"""
_ENVIRONMENT = {
    "HOME": HOME,  # of Erlang's cookie
    "RABBITMQ_NODENAME": "rabbit@localhost",
    "RABBITMQ_CONF_ENV_FILE": "/dev/null",
    "RABBITMQ_CONFIG_FILE": _FILE,
    "RABBITMQ_ENABLED_PLUGINS_FILE": f"{HOME}/plugins",
    "RABBITMQ_MNESIA_BASE": DATA,
    "RABBITMQ_PID_FILE": "/tmp/rabbitmq.pid",
    "RABBITMQ_LOGS": "-",
    "RABBITMQ_LOG_BASE": "/tmp",
    "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none",  # it would keep all cores busy waiting
}


class RabbitMq(Defaults):
    releases: Mapping[str, str] = {"debian:11": "3.8", "debian:12": "3.10", "debian:13": "4.0"}
    port = 5672
    user = "rabbitmq"
    account = database = DATABASE
    stop_signal = "SIGTERM"
    keeps_format = False  # one that is more than a minor version older wants feature flags switched on first
    hello = b"AMQP\x00\x00\x09\x01"
    ready = re.compile(rb"\x01\x00\x00.{4}\x00\x0a\x00\x0a", re.DOTALL)  # Connection.Start of AMQP 0-9-1
    convention: Convention | None = Convention(
        user="rabbitmq",
        data=("/var/lib/rabbitmq",),
        environment={
            "RABBITMQ_DEFAULT_USER": "{{ service.user }}",
            "RABBITMQ_DEFAULT_PASS": "{{ service.password }}",
            "RABBITMQ_DEFAULT_VHOST": "{{ service.database }}",
        },
    )

    def part(self, system: System) -> Part:
        entry = Installation(installer="apt", arguments=["rabbitmq-server={{ service.version }}"])
        source = VersionSource(installer="apt", package="rabbitmq-server")
        return Part(title="RabbitMQ", version=source, install=(entry,))

    def setup(self, system: System) -> str:
        return f"""\
mkdir {DATA}
echo '[].' > {HOME}/plugins
cat > {_FILE} <<.
{_SETTINGS}.
"""

    def start(self, system: System) -> str:
        given = "\n".join(f'export {name}="{value}"' for name, value in _ENVIRONMENT.items())
        return f"""\
{given}
umask 077
cat > {_DEFINITIONS} <<.
{{"users": [{{"name": "{DATABASE}", "password": "$PASSWORD", "tags": "administrator"}}],
 "vhosts": [{{"name": "{DATABASE}"}}],
 "permissions": [{{"user": "{DATABASE}", "vhost": "{DATABASE}", "configure": ".*", "write": ".*", "read": ".*"}}]}}
.
unset PASSWORD
exec /usr/lib/rabbitmq/bin/rabbitmq-server
"""

    def url(self, host: str, password: str) -> str:
        return f"amqp://{self.account}:{password}@{host}:{self.port}/{self.database}"
