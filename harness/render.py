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

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness import templating
from harness.browsers import BROWSERS
from harness.client import certificates, desktop, extensions
from harness.engine import base_reference
from harness.errors import InputError
from harness.installers import INSTALLERS, WHOLE
from harness.language import Message
from harness.links import HOME as LINK_HOME
from harness.links import LINKS, wanted_links
from harness.model import Client, Context, Environment, File, Lock, LockedEnvironment, LockedSet, Recipe, Rendering
from harness.model.links import REPLICA
from harness.model.lock import LINKS as OF_LINK
from harness.model.lock import SERVICES as OF_SERVICE
from harness.model.lock import link_of, service_of
from harness.protocols import Contents, Registry, Site
from harness.services import HOME, SERVICES, Terms, terms
from harness.wanted import ImageName, Layers, has_browser, source_of, system, wanted

_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")  # useradd(8)
_LOCALE = re.compile(r"(?P<language>[\w]+)(?:\.(?P<codeset>[\w-]+))?(?P<modifier>@\w+)?")  # setlocale(3)
BUILT = "browser-images"  # records of the cache: tag -> operating system, browser, version
START = f"{HOME}/start"  # the script that starts a service
BUILT_IN_LOCALES = ("C", "POSIX", "C.UTF-8")
ALWAYS = {"LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}  # so that a product's log comes line by line


def render(
    environment: Environment, recipe: Recipe, locked: LockedEnvironment, lock: Lock, registry: Registry
) -> Rendering:
    """The contexts of the images of ``environment``, which ``locked`` resolves.

    What packages need is taken from the cache, and fetched where it is not there.
    InputError where a template or a file of the recipe is wrong; FetchError.
    """
    exact = locked.exact(environment)
    asked = wanted(exact, recipe)

    def image(name: ImageName, packages: LockedSet) -> "_Image":
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
        return _Image(name=name, layers=asked[name], packages=packages, site=site)

    return Rendering(
        server=_server(image("server", locked.server), exact, recipe),
        browser=_browser(image("browser", locked.browser), exact.client) if has_browser(exact) else (),
        services={
            ref.name: _service(image(f"{OF_SERVICE}{ref.name}", locked.services[ref.name]), terms(ref))
            for ref in exact.server.services
        },
        links={name: _link(image(f"{OF_LINK}{name}", locked.links[name])) for name in wanted_links(exact)},
    )


@dataclass(frozen=True, kw_only=True)
class _Image:
    """One image to be: what is asked for, what it became, and where it goes."""

    name: ImageName
    layers: Layers
    packages: LockedSet
    site: Site

    def product(self, installers: Iterable[str]) -> Contents:
        """What the lower layer gets by these installers."""
        return _joined(
            INSTALLERS[name].contents(self.layers.product.get(name, ()), self._of(name, "product"), (), self._at(name))
            for name in INSTALLERS
            if name in installers
        )

    def plugins(self) -> Contents:
        """What the upper layer gets."""
        return _joined(
            installer.contents(
                self.layers.plugins.get(name, ()), self._of(name, "plugins"), self._of(name, "product"), self._at(name)
            )
            for name, installer in INSTALLERS.items()
        )

    def fetched(self, installer: str) -> tuple[File, ...]:
        """The files of its packages of the upper layer."""
        below = self._of(installer, "product")
        return INSTALLERS[installer].fetch(self._of(installer, "plugins"), below, self._at(installer))

    def _at(self, installer: str) -> Site:
        return replace(self.site, asked=self.layers.both(installer))

    def _of(self, installer: str, layer: str) -> list[Any]:
        return [package for package in getattr(self.packages, layer) if package.installer == installer]


def _server(image: _Image, environment: Environment, recipe: Recipe) -> tuple[Context, ...]:
    if given := next((name for name in WHOLE if name in image.layers.product), None):
        return _on_given(image, given, environment, recipe)
    os = _context(
        "os", base_reference(image.site.base), _with_user(image.product(["apt"]), image.site, image.site.workdir)
    )
    chain = [os]
    product = image.product([name for name in INSTALLERS if name != "apt"])
    if product.instructions:
        chain.append(_context("product", os.tag, product))
    last = _joined([image.plugins(), _particular(environment, recipe, image.site)])
    return (*chain, _context("plugins", chain[-1].tag, last))


def _on_given(image: _Image, name: str, environment: Environment, recipe: Recipe) -> tuple[Context, ...]:
    """What comes on top of an image that is given: of user, folder and command only what the recipe says."""
    given = image.product([name])
    said = recipe.model_fields_set
    particular = _particular(environment, recipe, image.site, variables={})
    silent = [word for word, field in (("WORKDIR", "workdir"), ("USER", "user"), ("CMD", "start")) if field not in said]
    lines = tuple(line for line in particular.instructions if line.partition(" ")[0] not in silent)
    if "start" in said:
        lines = (*lines[:-1], "ENTRYPOINT []", lines[-1])
    above = [image.product([one for one in INSTALLERS if one not in WHOLE]), image.plugins()]
    last = _joined([*above, replace(particular, instructions=lines)])
    return (*given.below, _context("plugins", given.parent, last))


def _particular(
    environment: Environment, recipe: Recipe, site: Site, variables: Mapping[str, str] = ALWAYS
) -> Contents:
    """What may depend on everything in the environment."""
    seen = templating.context(environment)

    def filled(text: str) -> str:
        return templating.expand(text, seen, path=recipe.path, line=recipe.line(text)) if "{" in text else text

    files, lines = [], []
    for number, template in enumerate(recipe.templates, start=1):
        path = recipe.folder / template.source
        if not path.resolve().is_relative_to(recipe.folder.resolve()):
            raise InputError(Message("{path} lies outside of the recipe", path=path))
        place = f"templates/{number}"
        files.append(File.of(place, templating.render_file(path, seen).encode()))
        lines.append(f"COPY --chown={site.user} {_json([place, filled(template.to)])}")
    plain = {name: variable.value for name, variable in recipe.environment.items() if not variable.is_secret}
    there = {**variables, **{name: filled(value) for name, value in plain.items()}}
    lines += [f"ENV {name}={_quoted(value, name)}" for name, value in there.items()]
    lines += [f"WORKDIR {_word(site.workdir)}", f"USER {site.user}"]
    lines += [f"RUN {_json([filled(word) for word in command])}" for command in recipe.setup]
    lines.append(f"CMD {_json([filled(word) for word in recipe.start])}")
    return Contents(files=tuple(files), instructions=tuple(lines))


def _browser(image: _Image, client: Client) -> tuple[Context, ...]:
    browser = BROWSERS[client.browser.name]
    source = source_of(client.browser)
    ours = {f"browser{place}": File.of(f"browser{place}", file.read_bytes(), executable=True)
            for place, file in source.files.items()}  # fmt: skip
    copied = [f"COPY {_json([name, _word(name.removeprefix('browser'))])}" for name in ours]
    setup = Contents(
        files=tuple(ours.values()),
        instructions=(*copied, *(f"RUN {_json(command)}" for command in source.setup)),
    )
    lower = _joined([_with_user(image.product(INSTALLERS), image.site, image.site.workdir), setup])
    first = _context("browser", base_reference(image.site.base), lower)
    image.site.registry.cache.remember(BUILT, first.tag, value=[client.os, client.browser.name, client.browser.version])
    texts = {**desktop.files(client), **browser.files(client)}
    added = _extensions(client, image, browser.extension_folder)
    files = [File.of(f"client{path}", text.encode()) for path, text in texts.items()]
    files += [
        File.of(f"client{place}", certificates.read(name, image.site.folder))
        for name, place in zip(client.certificates, certificates.places(client), strict=True)
        if name != REPLICA
    ]
    lines = [
        *desktop.instructions(client),
        *added.instructions,
        *([f"RUN mkdir {certificates.FOLDER}"] if client.certificates else []),
        *(f"COPY {_json([file.path, _word(file.path.removeprefix('client'))])}" for file in files),
        *desktop.last_instructions(client),
        *_locale(client.locale),
        f"ENV LANG={_quoted(client.locale, 'LANG')} TZ={_quoted(client.timezone, 'TZ')}",
        f"RUN {_json(['ln', '-snf', f'/usr/share/zoneinfo/{client.timezone}', '/etc/localtime'])}",
        f"WORKDIR {image.site.workdir}",
        f"USER {image.site.user}",
        f"CMD {_json(browser.command)}",
    ]
    last = _joined([image.plugins(), Contents(files=(*added.files, *files), instructions=tuple(lines))])
    return first, _context("client", first.tag, last)


def _given_service(image: _Image, agreed: Terms) -> tuple[Context, ...]:
    """Nothing comes on top of it but who runs it, and what."""
    parent = image.product(["image"]).parent
    lines = [f"USER {agreed.user}"] if agreed.user else []
    lines += [f"CMD {_json(agreed.command)}"] if agreed.command else []
    return (_context("service", parent, Contents(instructions=tuple(lines))),)


def _service(image: _Image, agreed: Terms) -> tuple[Context, ...]:
    """Nothing is started while its packages are installed, policy-rc.d(8)."""
    if agreed.ref.image:
        return _given_service(image, agreed)
    name, site = service_of(image.name), image.site
    service = SERVICES[name]
    lower = _with_user(image.product(INSTALLERS), site, site.workdir)
    lines = [
        r"RUN printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d",
        *lower.instructions,
        f'COPY ["start", "{START}"]',
        f"WORKDIR {site.workdir}",
        f"USER {site.user}",
        f"RUN {_json(['sh', '-euc', service.setup(site.system)])}",
        f"STOPSIGNAL {service.stop_signal}",
        f"CMD {_json(['sh', '-eu', START])}",
    ]
    files = (*lower.files, File.of("start", service.start(site.system).encode()))
    context = _context(name, base_reference(site.base), Contents(files=files, instructions=tuple(lines)))
    return (context,)


def _link(image: _Image) -> tuple[Context, ...]:
    part = LINKS[link_of(image.name)]
    lower = _with_user(image.product(INSTALLERS), image.site, image.site.workdir)
    lines = (f"WORKDIR {image.site.workdir}", f"USER {image.site.user}", f"CMD {_json(part.command)}")
    whole = _joined([lower, Contents(instructions=lines)])
    return (_context("link", base_reference(image.site.base), whole),)


def _extensions(client: Client, image: _Image, packaged: str) -> Contents:
    """Every extension as a folder of ``/opt/extensions``; ``packaged`` is where packages of the distribution
    have those of this browser. The folder of such a package that has none stays empty; InputError where one of
    npm has none."""
    files: list[File] = []
    lines = []
    for one in client.extensions:
        place = extensions.place(one)
        if one.source == "file":
            content = extensions.files(one, image.site.folder)
            files += [File.of(f"extensions/{one.package}/{path}", data) for path, data in content.items()]
            lines.append(f"COPY {_json([f'extensions/{one.package}', place + '/'])}")
            continue
        if one.source == "apt":
            where = f"$(dpkg -L {shlex.quote(one.name)} | grep -m 1 '^{packaged}/[^/]*$')"
        else:
            extensions.check_package(one, image.fetched(one.source))
            where = f"{image.site.workdir}/node_modules/{one.name}/{one.folder}".rstrip("/")
        lines.append(f'RUN mkdir -p {place} && from="{where}" && cp -rL "$from/." {place} || test -z "$from"')
    return Contents(files=tuple(files), instructions=tuple(lines))


def _locale(locale: str) -> Iterator[str]:
    """Make a locale of the sources that the package ``locales`` brings."""
    if locale in BUILT_IN_LOCALES:
        return
    match = _LOCALE.fullmatch(locale)
    if not match:
        raise InputError(Message("`{locale}` is no locale", locale=locale), Message("write it as zh_CN.UTF-8"))
    source = match["language"] + (match["modifier"] or "")
    yield f"RUN {_json(['localedef', '--no-archive', '-i', source, '-f', match['codeset'] or 'UTF-8', locale])}"


def _with_user(contents: Contents, site: Site, folder: str) -> Contents:
    """The same, with the user things run as, and a folder of theirs."""
    user, folder = shlex.quote(site.user), shlex.quote(folder)
    line = (
        f"RUN id -u {user} >/dev/null 2>&1 || useradd --create-home --user-group --shell /usr/sbin/nologin {user}; "
        f"install -d -o {user} {folder}"
    )
    return replace(contents, instructions=(*contents.instructions, line))


def _joined(parts: Iterable[Contents]) -> Contents:
    found = list(parts)
    return Contents(
        files=tuple(file for part in found for file in part.files),
        instructions=tuple(line for part in found for line in part.instructions),
        parent=next((part.parent for part in found if part.parent), ""),
        below=tuple(context for part in found for context in part.below),
    )


def _context(name: str, parent: str, contents: Contents) -> Context:
    dockerfile = "\n".join([f"FROM {parent}", *contents.instructions, ""])
    return Context(name=name, parent=parent, dockerfile=dockerfile, files=contents.files)


def _json(words: Iterable[str]) -> str:
    """The form of a command in which neither Docker nor a shell changes anything."""
    return json.dumps(list(words), ensure_ascii=False)


def _quoted(value: str, name: str) -> str:
    """A value of ENV as it is meant: Docker expands ``$`` in it."""
    if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) or not (value.isprintable() or not value):
        raise InputError(Message("`{name}` is no environment variable that an image can have", name=name))
    return '"' + re.sub(r'([\\"$])', r"\\\1", value) + '"'


def _word(path: str) -> str:
    if not re.fullmatch(r"/[\w./+@-]*", path):
        raise InputError(Message("`{path}` is no folder that an image can have", path=path))
    return path


def write(rendering: Rendering, folder: Path, *, complete: bool = False) -> tuple[Path, ...]:
    """Write every context to ``folder/<image>/<number>-<name>/``; returns these folders.

    Fetched files (packages) are only listed in ``packages.txt``, as ``sha256sum --check``
    reads it; with ``complete`` they are there too, so that ``docker build`` works.
    """
    chains = _chains(rendering).items()
    return tuple(place for image, chain in chains for place in write_chain(chain, folder / image, complete=complete))


def write_chain(chain: Sequence[Context], folder: Path, *, complete: bool = False) -> Iterator[Path]:
    """Write each context of one image to ``folder/<number>-<name>/`` likewise."""
    for number, context in enumerate(chain, start=1):
        place = folder / f"{number}-{context.name}"
        place.mkdir(parents=True, exist_ok=True)
        (place / "Dockerfile").write_text(context.dockerfile, "utf-8")
        listed = []
        for file in sorted(context.files, key=lambda file: file.path):
            if isinstance(file.content, Path) and not complete and file.content.name == file.sha256:
                listed.append(f"{file.sha256}  {file.path}\n")
            else:
                write_file(place / file.path, file)
        if listed:
            (place / "packages.txt").write_text("".join(listed), "utf-8")
        yield place


def _chains(rendering: Rendering) -> Mapping[str, tuple[Context, ...]]:
    services = {f"{OF_SERVICE}{name}": chain for name, chain in rendering.services.items()}
    links = {f"{OF_LINK}{name}": chain for name, chain in rendering.links.items()}
    return {"server": rendering.server, "browser": rendering.browser, **services, **links}


def write_file(path: Path, file: File) -> None:
    """Write a file of a context."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.content if isinstance(file.content, bytes) else file.content.read_bytes())
    path.chmod(0o755 if file.executable else 0o644)
