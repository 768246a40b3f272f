"""proxy: a forward proxy of the client's network, which refuses blocked hosts and may ask for a login."""

from harness.links import httpd
from harness.model import File, Link, Part
from harness.model.links import regex
from harness.protocols import Crossing
from harness.systems import System

REALM = "proxy"
PORT = 3128


class Proxy:
    before_product = False
    user = "link"
    command: tuple[str, ...] = httpd.COMMAND
    ready = (httpd.READY_PORT, "/", 204)

    def wanted(self, link: Link) -> bool:
        return link.proxy is not None

    def os(self, server: str) -> str:
        return server

    def part(self, system: System) -> Part:
        return httpd.PART

    def port(self, link: Link, product_port: int) -> int:
        return PORT

    def files(self, crossing: Crossing) -> tuple[File, ...]:
        """What it refuses itself says so by ``Proxy-Status`` (RFC 9209): its ``Via`` is in what it passes on alone."""
        link, login = crossing.link, crossing.login
        refused = f'{crossing.name}; error=http_request_denied; details="refused by the proxy"'
        own = f"expr=%{{REQUEST_STATUS}} in {{'403','407'}} && resp('Via') !~ /{crossing.name}/"
        host = [
            "ProxyRequests On",
            "ProxyVia On",
            "AllowCONNECT 1-65535",
            f'Header always set Proxy-Status "{refused.replace(chr(34), chr(92) + chr(34))}" "{own}"',
            '<Proxy "*">',
            *(httpd.login(REALM) if login else ["Require all granted"]),
            "</Proxy>",
        ]
        for pattern in link.blocked:
            host += [f'<ProxyMatch "^([a-z]+://)?{regex(pattern)}\\.?(:[0-9]+)?(/|$)">', "Require all denied"]
            host += ["</ProxyMatch>"]
        modules = ["proxy_connect", *(httpd.LOGIN_MODULES if login else ())]
        files = [httpd.passwords(login.user, login.password)] if login else []
        return (httpd.config(crossing.name, modules, host, port=crossing.port), *files)
