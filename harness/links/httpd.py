"""Apache httpd of the distribution, as what stands between browser and product is configured.

Format: https://httpd.apache.org/docs/2.4/mod/.
"""

import base64
import hashlib
from collections.abc import Iterable

from harness.model import File, Installation, Part, VersionSource

HOME = "/srv"  # where its files are put
CONFIG, PASSWORDS = "httpd.conf", "passwords"
READY_PORT = 9001
MODULES = ("mpm_event", "authn_core", "authz_core", "alias", "proxy", "proxy_http", "headers")
LOGIN_MODULES = ("authn_file", "authz_user", "auth_basic")
PART = Part(
    title="Apache httpd",
    version=VersionSource(installer="apt", package="apache2-bin"),
    install=(Installation(installer="apt", arguments=["apache2-bin"]),),
)
COMMAND = ("apache2", "-D", "FOREGROUND", "-f", f"{HOME}/{CONFIG}")


def config(name: str, modules: Iterable[str], host: Iterable[str], *, port: int) -> File:
    """The file that it is started with: one virtual host, and one that tells that it is ready."""
    lines = [
        "ServerRoot /usr/lib/apache2",
        f"ServerName {name}",
        "ServerTokens Prod",
        "PidFile /tmp/httpd.pid",
        "DefaultRuntimeDir /tmp",
        "Mutex file:/tmp default",
        *(f"LoadModule {module}_module modules/mod_{module}.so" for module in (*MODULES, *modules)),
        "StartServers 1",
        "ServerLimit 2",
        "ThreadsPerChild 64",
        "MaxRequestWorkers 128",
        "ErrorLog /dev/stderr",
        "LogLevel warn",
        'CustomLog /dev/stdout "%h %u \\"%r\\" %>s %b"',
        f"Listen {READY_PORT}",
        f"Listen {port}",
        f"<VirtualHost *:{READY_PORT}>",
        "RedirectMatch 204 ^/",
        "CustomLog /dev/null common",
        "</VirtualHost>",
        f"<VirtualHost *:{port}>",
        *host,
        "</VirtualHost>",
    ]
    return File.of(CONFIG, ("\n".join(lines) + "\n").encode())


def login(realm: str) -> list[str]:
    """Directives that ask for a login of ``passwords``."""
    return [
        "AuthType Basic",
        f'AuthName "{realm}"',
        "AuthBasicProvider file",
        f"AuthUserFile {HOME}/{PASSWORDS}",
        "Require valid-user",
    ]


def passwords(user: str, password: str) -> File:
    """Format: https://httpd.apache.org/docs/2.4/misc/password_encryptions.html, SHA1: it is as short-lived as its
    container, and is to be checked with each request."""
    digest = base64.b64encode(hashlib.sha1(password.encode(), usedforsecurity=False).digest()).decode()
    return File.of(PASSWORDS, f"{user}:{{SHA}}{digest}\n".encode())
