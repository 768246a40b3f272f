"""gateway: a reverse proxy that makes the product's answers those that are expected, by the rules of gateway files.

mitmproxy in its reverse mode, with an addon of ours: https://docs.mitmproxy.org/stable/concepts/modes/#reverse-proxy.
"""

import json
from pathlib import Path

from harness import transforms
from harness.links.httpd import HOME, READY_PORT
from harness.model import File, Installation, Link, Part, VersionSource
from harness.protocols import Crossing
from harness.systems import System

ADDON, RULES, CONFIG = "addon.py", "rules.json", "config.yaml"
_ADDON = Path(__file__).parents[1] / "templates/gateway-addon.py.txt"
_TRANSFORMS = sorted(Path(transforms.__file__).parent.glob("*.py"))
_PACKAGES = ("mitmproxy>=11,<13", "pyperclip==1.9.0", "jsonpath-rfc9535>=1,<3")  # what needs it takes that one alone
_SYSTEMS = {"debian:11": "debian:12"}  # whose Python it does not run on


class Gateway:
    """mitmproxy takes no script for new that is of 1970, as all files are that are put into a container."""

    before_product = True
    user = "link"
    command: tuple[str, ...] = ("sh", "-c", f"touch {HOME}/{ADDON} && exec mitmdump --set confdir={HOME}")
    ready = (READY_PORT, "/", 204)

    def wanted(self, link: Link) -> bool:
        return bool(link.gateways)

    def os(self, server: str) -> str:
        return _SYSTEMS.get(server, server)

    def part(self, system: System) -> Part:
        return Part(
            title="mitmproxy",
            version=VersionSource(installer="pip", package="mitmproxy"),
            install=(Installation(installer="pip", arguments=list(_PACKAGES)),),
        )

    def port(self, link: Link, product_port: int) -> int:
        return product_port

    def files(self, crossing: Crossing) -> tuple[File, ...]:
        """Its settings (https://docs.mitmproxy.org/stable/concepts/options/; YAML, of which JSON is a part), the
        rules, and what follows them. It connects to the product alone, and only when it is asked something."""
        settings = {
            "mode": [f"reverse:{crossing.upstream}@{port}" for port in (crossing.port, READY_PORT)],
            "scripts": [f"{HOME}/{ADDON}"],
            "keep_host_header": True,
            "connection_strategy": "lazy",
            "flow_detail": 0,
            "termlog_verbosity": "error",
        }
        return (
            File.of(CONFIG, json.dumps(settings).encode()),
            File.of(RULES, json.dumps(list(crossing.rules)).encode()),
            File.of(ADDON, _ADDON.read_bytes()),
            *(File.of(f"transforms/{path.name}", path.read_bytes()) for path in _TRANSFORMS),
        )
