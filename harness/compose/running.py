"""The services of a project that stay: product, browser, what stands between them, and the door."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from harness.browsers import BROWSERS
from harness.client import certificates
from harness.compose.images import HOME
from harness.compose.preparing import Preparing, asked
from harness.compose.releases import Lineage, data_volumes
from harness.compose.services import HEALTHY, NETWORK, OUTSIDE, STARTED, Check, Condition, Service
from harness.links import HOME as LINK_HOME
from harness.links import LINKS, PASSWORDS
from harness.model import File, Side
from harness.model.links import REPLICA
from harness.replicas.crossings import Planned
from harness.replicas.specs import BROWSER, ORIGIN, PRODUCT

DOOR = "door"
PORTS: dict[Side, tuple[int, int]] = {"before": (8081, 9581), "after": (8082, 9582)}  # of product and browser
_DOOR_PORTS = (8000, 9000)  # inside
EVERY_S, TIMES = 5, 120


def planned(lineage: Lineage) -> tuple[Service, ...]:
    """All services of a side. InputError where a file or template of the recipe is wrong."""
    preparing = Preparing(lineage=lineage)
    preparing.plan()
    product = _product(lineage, preparing)
    links = [_link(lineage, one) for one in lineage.between.planned]
    browser = _browser(lineage, {link.name: HEALTHY for link in links} | {product.name: STARTED})
    return tuple(_filling((*preparing.services, product, *links, browser, _door(lineage, product.name))))


def _filling(services: Iterable[Service]) -> Iterator[Service]:
    """The same; the first that has a volume fills it, and no other: a later image has newer data."""
    filled: set[str] = set()
    for one in services:
        yield replace(one, fills=frozenset(one.volumes) - filled)
        filled |= set(one.volumes)


def _product(lineage: Lineage, preparing: Preparing) -> Service:
    image, spec = lineage.product(len(lineage.releases) - 1)
    name = ORIGIN if lineage.between.before_product else PRODUCT
    return Service(
        name=name,
        spec=replace(spec, alias=name),
        image=image,
        networks={NETWORK: ()},
        after=preparing.ready,
        volumes=data_volumes(lineage.newest.recipe),
    )


def _link(lineage: Lineage, planned: Planned) -> Service:
    """Something between browser and product; its password is in no file but ``.env``."""
    part, crossing = LINKS[planned.member], planned.crossing
    chain = lineage.newest.rendering.links[planned.member]
    image = lineage.images.of(chain, f"{lineage.side}/{planned.member}", part.user, f"{lineage.side} {planned.member}")
    image.add_templates("ask.pl")
    image.copied[LINK_HOME] = tuple(file for file in part.files(crossing) if file.path != PASSWORDS)
    spec = lineage.specs.link(planned.member, "", crossing.name, ())
    command: tuple[str, ...] = ()
    if crossing.login:
        image.add_templates("login.pl")
        command = "perl", f"{HOME}/login.pl", f"{LINK_HOME}/{PASSWORDS}", *part.command
        spec = replace(spec, environment=_login(lineage, planned))
    port, path, status = part.ready
    ready = "perl", f"{HOME}/ask.pl", f"127.0.0.1:{port}", "0", path, str(status), ""
    return Service(
        name=crossing.name,
        spec=spec,
        image=image,
        command=command,
        networks={NETWORK: ()},
        check=Check(command=ready, every_s=EVERY_S, times=TIMES),
    )


def _login(lineage: Lineage, planned: Planned) -> dict[str, str]:
    login = planned.crossing.login
    assert login
    name = next((name for name, token in lineage.asked.items() if token == login.password), "")
    if name:
        password = lineage.credentials.ask(f"${{env:{name}}}")
    else:
        password = lineage.credentials.keep(f"{planned.member}_PASSWORD", login.password)
    return {"LOGIN_USER": login.user, "LOGIN_PASSWORD": password}


def _browser(lineage: Lineage, after: dict[str, Condition]) -> Service:
    client, image = lineage.newest.environment.client, lineage.browser()
    wanted, authority = client.certificates, lineage.between.authority
    if REPLICA in wanted and authority:
        image.copied[certificates.FOLDER] = (File.of(REPLICA, authority),)
    there = [place for name, place in zip(wanted, certificates.places(client), strict=True)
             if name != REPLICA or authority]  # fmt: skip
    for command in BROWSERS[client.browser.name].trusting(there):
        image.as_user[f"RUN {json.dumps(command)}"] = None
    spec = lineage.specs.browser("", client)
    return Service(name=BROWSER, spec=spec, image=image, networks={NETWORK: ()}, after=after)


def _door(lineage: Lineage, product: str) -> Service:
    """The way in, which also tells when the product answers as its recipe says."""
    return Service(
        name=DOOR,
        spec=lineage.helper_spec,
        image=lineage.helper,
        command=("perl", f"{HOME}/door.pl", *_ways(lineage)),
        networks={NETWORK: (), OUTSIDE: ()},
        after={product: STARTED, BROWSER: STARTED},
        check=Check(command=asked(lineage.newest, product, 0), every_s=EVERY_S, times=TIMES),
        ports=tuple(_published(lineage.side)),
    )


def _ways(lineage: Lineage) -> Iterator[str]:
    browser = BROWSERS[lineage.newest.environment.client.browser.name]
    yield f"{_DOOR_PORTS[0]}={PRODUCT}:{lineage.between.port}"
    yield f"{_DOOR_PORTS[1]}={BROWSER}:{browser.port}"


def _published(side: Side) -> Iterator[str]:
    for name, host, inside in zip(("PRODUCT_PORT", "BROWSER_PORT"), PORTS[side], _DOOR_PORTS, strict=True):
        yield f"127.0.0.1:${{{name}:-{host}}}:{inside}"
