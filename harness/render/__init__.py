"""render: a locked environment → the build contexts of its images. Same input, same bytes.

Every image is a chain of contexts from the shared to the particular, so that ten
environments of one product build its lower layers once:

- server: ``os`` (base image, packages of the distribution, user) → ``product`` (its
  packages and files) → ``plugins`` (what plug-ins and compat layers add; then, because
  they may depend on these, templates, environment variables, set-up commands and the
  start command);
- browser: ``browser`` (base image, browser, user) → ``client`` (locale, time zone, command);
- each service: one, with its data as it is when it is new.
"""

import re

from harness.browsers import BROWSERS
from harness.errors import InputError
from harness.language import Message
from harness.links import HOME as LINK_HOME
from harness.links import LINKS, wanted_links
from harness.model import Environment, Lock, LockedEnvironment, LockedSet, Recipe, Rendering
from harness.model.lock import LINKS as OF_LINK
from harness.model.lock import SERVICES as OF_SERVICE
from harness.model.lock import link_of, service_of
from harness.protocols import Registry, Site
from harness.render.browser import BUILT, browser_chain
from harness.render.files import write, write_chain, write_file
from harness.render.image import ImageToBe
from harness.render.others import link_chain, service_chain
from harness.render.server import server_chain
from harness.services import HOME, SERVICES, terms
from harness.wanted import ImageName, has_browser, system, wanted

__all__ = ["BUILT", "render", "write", "write_chain", "write_file"]

_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")  # useradd(8)


def render(
    environment: Environment, recipe: Recipe, locked: LockedEnvironment, lock: Lock, registry: Registry
) -> Rendering:
    """The contexts of the images of ``environment``, which ``locked`` resolves.

    What packages need is taken from the cache, and fetched where it is not there.
    InputError where a template or a file of the recipe is wrong; FetchError.
    """
    exact = locked.exact(environment)
    asked = wanted(exact, recipe)

    def image(name: ImageName, packages: LockedSet) -> ImageToBe:
        where = system(exact, name)
        service, link = service_of(name), link_of(name)
        given = next((ref for ref in exact.server.services if ref.name == service and ref.image), None)
        user = BROWSERS[exact.client.browser.name].user
        user = SERVICES[service].user if service and not given else user
        user = LINKS[link].user if link else user
        user = recipe.user if name == "server" else user
        if not _USER.fullmatch(user) or user == "root":
            raise InputError(Message("`{user}` cannot be the user that a product runs as", user=user))
        if name == "server" and "user" not in recipe.model_fields_set and asked["server"].is_given:
            user = "root"  # files belong to; it runs as its image says
        site = Site(
            system=where,
            base=lock.base(where.name),
            machine=lock.machine,
            registry=registry,
            folder=recipe.folder if name == "server" else recipe.folder.parent.parent,  # of the environment file
            user=user,
            workdir=recipe.workdir if name == "server" else HOME if service else LINK_HOME if link else f"/home/{user}",
        )
        return ImageToBe(name=name, layers=asked[name], packages=packages, site=site)

    return Rendering(
        server=server_chain(image("server", locked.server), exact, recipe),
        browser=browser_chain(image("browser", locked.browser), exact.client) if has_browser(exact) else (),
        services={
            ref.name: service_chain(image(f"{OF_SERVICE}{ref.name}", locked.services[ref.name]), terms(ref))
            for ref in exact.server.services
        },
        links={name: link_chain(image(f"{OF_LINK}{name}", locked.links[name])) for name in wanted_links(exact)},
    )
