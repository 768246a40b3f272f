"""How somebody opens the browser of a project so that it is the customer's: language, viewport, proxy and all."""

import json

from harness.browsers import BROWSERS
from harness.compose.releases import Lineage
from harness.replicas.specs import PRODUCT


def opening(lineage: Lineage) -> str:
    """The body of ``POST /session``, https://www.w3.org/TR/webdriver2/#new-session."""
    client, way = lineage.newest.environment.client, lineage.between.way
    proxy = way.proxy.partition(":")[0]
    hosts = [host for host in (PRODUCT, proxy) if host] if lineage.isolated else None
    asked = BROWSERS[client.browser.name].capabilities(client, hosts=hosts, way=way)
    return json.dumps({"capabilities": {"alwaysMatch": asked}}, indent=1, ensure_ascii=False) + "\n"
