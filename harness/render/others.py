"""The images of services, and of what stands between browser and product."""

from harness.engine import base_reference
from harness.installers import INSTALLERS
from harness.links import LINKS
from harness.model import Context, File
from harness.model.lock import link_of, service_of
from harness.protocols import Contents
from harness.render.contents import context, exec_form, joined, with_user
from harness.render.image import ImageToBe
from harness.services import HOME, SERVICES, Terms

START = f"{HOME}/start"  # the script that starts a service


def service_chain(image: ImageToBe, agreed: Terms) -> tuple[Context, ...]:
    """Nothing is started while its packages are installed, policy-rc.d(8)."""
    if agreed.ref.image:
        return _given_service(image, agreed)
    name, site = service_of(image.name), image.site
    service = SERVICES[name]
    lower = with_user(image.product(INSTALLERS), site, site.workdir)
    lines = [
        r"RUN printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d",
        *lower.instructions,
        f'COPY ["start", "{START}"]',
        f"WORKDIR {site.workdir}",
        f"USER {site.user}",
        f"RUN {exec_form(['sh', '-euc', service.setup(site.system)])}",
        f"STOPSIGNAL {service.stop_signal}",
        f"CMD {exec_form(['sh', '-eu', START])}",
    ]
    files = (*lower.files, File.of("start", service.start(site.system).encode()))
    return (context(name, base_reference(site.base), Contents(files=files, instructions=tuple(lines))),)


def _given_service(image: ImageToBe, agreed: Terms) -> tuple[Context, ...]:
    """Nothing comes on top of it but who runs it, and what."""
    parent = image.product(["image"]).parent
    lines = [f"USER {agreed.user}"] if agreed.user else []
    lines += [f"CMD {exec_form(agreed.command)}"] if agreed.command else []
    return (context("service", parent, Contents(instructions=tuple(lines))),)


def link_chain(image: ImageToBe) -> tuple[Context, ...]:
    part = LINKS[link_of(image.name)]
    lower = with_user(image.product(INSTALLERS), image.site, image.site.workdir)
    lines = (f"WORKDIR {image.site.workdir}", f"USER {image.site.user}", f"CMD {exec_form(part.command)}")
    whole = joined([lower, Contents(instructions=lines)])
    return (context("link", base_reference(image.site.base), whole),)
