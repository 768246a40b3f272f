"""README.md of a project: what it is, how it is started, and where what answers."""

from collections.abc import Iterator, Mapping, Sequence

from harness.compose.releases import Exported
from harness.compose.running import PORTS
from harness.language import Message
from harness.model import Side
from harness.references import names
from harness.replicas.specs import BROWSER, PRODUCT
from harness.states import needed


def readme(name: str, sides: Mapping[Side, Sequence[Exported]], archives: Mapping[str, str]) -> Iterator[Message]:
    """Its paragraphs; ``archives`` are files with images that are to be loaded first, by the image."""
    newest = [releases[-1] for releases in sides.values()]
    yield Message("# {name}", name=name)
    yield Message(
        "Written by `harness export compose`: the replicas of this environment for Docker Compose 2. Images, networks, "
        "limits and variables are those that harness itself uses; nothing needs a network to be built or to run."
    )
    for file in archives.values():
        yield Message("First of all: `docker load --input {file}`, an image that was given as this archive.", file=file)
    for side, releases in sides.items():
        yield from _side(side, releases)
    yield from dict.fromkeys(_browser(next(iter(sides)), newest))
    yield Message(
        "PRODUCT_PORT and BROWSER_PORT choose other ports of 127.0.0.1. A variable that Compose asks for is one that "
        "the recipe keeps out of images; set it, or write it into `.env`, whose passwords were made for this folder."
    )
    if any(needed([one.environment for one in releases], releases[0].recipe) for releases in sides.values()):
        yield Message(
            "What is in the replica before anybody uses it is made at the first start by services that run once: "
            "`seed-…` what the recipe seeds the oldest version with, `hop-1-…` and so on each upgrade in place, over "
            "the data of the version before. What they made is kept in volumes: `down --volumes` begins anew, which is "
            "also what to do where one of them fails. Those named `…-owner` hand data over to the user of a newer "
            "image, and are the only ones that have a capability (CHOWN, DAC_OVERRIDE)."
        )
    yield Message(
        "The service `door` is no part of the replica: it lets connections from this machine into its network, which "
        "has no way out and so none in. It is healthy when the product answers as it should."
    )


def _side(side: Side, releases: Sequence[Exported]) -> Iterator[Message]:
    newest = releases[-1]
    link = newest.environment.link
    scheme, port = ("https", 8443) if link.tls else ("http", newest.port)
    yield Message(
        "{side}: `docker compose -f {file} up --build`. The product is at {scheme}://127.0.0.1:{product}; the browser "
        "of the customer answers WebDriver at http://127.0.0.1:{browser}, and in it the product is {url}.",
        side=Message("Before") if side == "before" else Message("After"),
        file=f"{side}.yaml",
        scheme=scheme,
        product=PORTS[side][0],
        browser=PORTS[side][1],
        url=f"{scheme}://{PRODUCT}:{port}",
    )
    server = newest.environment.server
    parts = [str(server.product), *map(str, (*server.plugins, *server.services))]
    yield Message(
        "It holds {parts} on {os}, and {browser} on {client}.",
        parts=", ".join(parts),
        os=server.os,
        browser=newest.environment.client.browser,
        client=newest.environment.client.os,
    )


def _browser(side: Side, newest: Sequence[Exported]) -> Iterator[Message]:
    yield Message(
        "`curl --header 'Content-Type: application/json' --data @{file} http://127.0.0.1:{port}/session` opens the "
        "browser as the customer has it; any WebDriver client does it with the capabilities in that file.",
        file=f"{side}-{BROWSER}.json",
        port=PORTS[side][1],
    )
    if any(one.environment.link.blocked for one in newest):
        yield Message("What `link.blocked` names, a browser is kept from that is opened with these capabilities.")
    for one in newest:
        link = one.environment.link
        for login, what, own in (
            (link.proxy, "link.proxy", "REPLICA_PROXY_PASSWORD"),
            (link.basic_auth, "link.basic_auth", "REPLICA_FRONT_PASSWORD"),
        ):
            if login and login.user:
                yield Message(
                    "`{what}` asks for the user {user}; the password is the value of `{variable}`, in `.env` or in "
                    "your environment.",
                    what=what,
                    user=login.user,
                    variable=next(iter(names(login.password)), own),
                )
