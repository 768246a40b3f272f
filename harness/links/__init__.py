"""What can stand between browser and product, each in a container of its own: one module a member, one line each in
``LINKS``, in the order in which a request passes them."""

from harness.links.front import Front
from harness.links.gateway import Gateway
from harness.links.httpd import HOME, PASSWORDS
from harness.links.proxy import Proxy
from harness.model import Environment
from harness.protocols import LinkPart

__all__ = ["HOME", "LINKS", "PASSWORDS", "wanted_links"]

LINKS: dict[str, LinkPart] = {
    "proxy": Proxy(),
    "front": Front(),
    "gateway": Gateway(),
}


def wanted_links(environment: Environment) -> tuple[str, ...]:
    """The members that an environment has, in the order in which a request passes them."""
    return tuple(name for name, part in LINKS.items() if part.wanted(environment.link))
