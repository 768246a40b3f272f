"""front: what answers in the product's place, over TLS, behind a login, or both."""

from harness.links import httpd
from harness.model import File, Link, Part
from harness.protocols import Crossing
from harness.systems import System

REALM = "front"
CERTIFICATE, KEY = "certificate.pem", "key.pem"
TLS_PORT = 8443


class Front:
    before_product = True
    user = "link"
    command: tuple[str, ...] = httpd.COMMAND
    ready = (httpd.READY_PORT, "/", 204)

    def wanted(self, link: Link) -> bool:
        return link.tls or link.basic_auth is not None

    def os(self, server: str) -> str:
        return server

    def part(self, system: System) -> Part:
        return httpd.PART

    def port(self, link: Link, product_port: int) -> int:
        return TLS_PORT if link.tls else product_port

    def files(self, crossing: Crossing) -> tuple[File, ...]:
        """An upgrade to a WebSocket is passed on; the product is told that the browser sees HTTPS."""
        link, login = crossing.link, crossing.login
        host = [
            "ProxyPreserveHost On",
            f"ProxyPass / {crossing.upstream}/ upgrade=websocket",
            f"ProxyPassReverse / {crossing.upstream}/",
            f"ProxyPassReverse / http://{crossing.name}:{crossing.port}/",
            f"RequestHeader set X-Forwarded-Proto {'https' if link.tls else 'http'}",
        ]
        files, modules = [], ["ssl", "socache_shmcb"] if link.tls else []
        if link.tls:
            host += ["SSLEngine on", f"SSLCertificateFile {httpd.HOME}/{CERTIFICATE}"]
            host += [f"SSLCertificateKeyFile {httpd.HOME}/{KEY}"]
            files += [File.of(CERTIFICATE, crossing.certificate), File.of(KEY, crossing.key)]
        if login:
            host += ["<Location />", *httpd.login(REALM), "RequestHeader unset Authorization", "</Location>"]
            modules += httpd.LOGIN_MODULES
            files.append(httpd.passwords(login.user, login.password))
        return (httpd.config(crossing.name, modules, host, port=crossing.port), *files)
