"""render: a locked environment → the build contexts of its images. Same input, same bytes.

Every image is a chain of contexts from the shared to the particular, so that ten
environments of one product build its lower layers once:

- server: ``os`` (base image, packages of the distribution, user) → ``product`` (its
  packages and files) → ``plugins`` (what plug-ins and compat layers add; then, because
  they may depend on these, templates, environment variables, set-up commands and the
  start command);
- browser: ``browser`` (base image, browser, user) → ``client`` (locale, time zone, command).
"""

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness import templating
from harness.browsers import BROWSERS
from harness.engine import base_reference
from harness.errors import InputError
from harness.installers import INSTALLERS
from harness.language import Message
from harness.model import Client, Context, Environment, File, Lock, LockedEnvironment, LockedSet, Recipe, Rendering
from harness.protocols import Contents, Registry, Site
from harness.wanted import ImageName, Layers, system, wanted

_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")  # useradd(8)
_LOCALE = re.compile(r"(?P<language>[\w]+)(?:\.(?P<codeset>[\w-]+))?(?P<modifier>@\w+)?")  # setlocale(3)
BUILT_IN_LOCALES = ("C", "POSIX", "C.UTF-8")
ALWAYS = {"LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}  # so that a product's log comes line by line


def render(
    environment: Environment, recipe: Recipe, locked: LockedEnvironment, lock: Lock, registry: Registry
) -> Rendering:
    """The contexts of both images of ``environment``, which ``locked`` resolves.

    What packages need is taken from the cache, and fetched where it is not there.
    InputError where a template or a file of the recipe is wrong; FetchError.
    """
    exact = locked.exact(environment)
    asked = wanted(exact, recipe)

    def image(name: ImageName, packages: LockedSet) -> "_Image":
        where = system(exact, name)
        user = recipe.user if name == "server" else BROWSERS[exact.client.browser.name].user
        if not _USER.fullmatch(user) or user == "root":
            raise InputError(Message("`{user}` cannot be the user that a product runs as", user=user))
        site = Site(
            system=where,
            base=lock.base(where.name),
            machine=lock.machine,
            registry=registry,
            folder=recipe.folder,
            user=user,
            workdir=recipe.workdir if name == "server" else f"/home/{user}",
        )
        return _Image(layers=asked[name], packages=packages, site=site)

    return Rendering(
        server=_server(image("server", locked.server), exact, recipe),
        browser=_browser(image("browser", locked.browser), exact.client),
    )


@dataclass(frozen=True, kw_only=True)
class _Image:
    """One image to be: what is asked for, what it became, and where it goes."""

    layers: Layers
    packages: LockedSet
    site: Site

    def product(self, installers: Iterable[str]) -> Contents:
        """What the lower layer gets by these installers."""
        return _joined(
            INSTALLERS[name].contents(self.layers.product.get(name, ()), self._of(name, "product"), (), self.site)
            for name in INSTALLERS
            if name in installers
        )

    def plugins(self) -> Contents:
        """What the upper layer gets."""
        return _joined(
            installer.contents(
                self.layers.plugins.get(name, ()), self._of(name, "plugins"), self._of(name, "product"), self.site
            )
            for name, installer in INSTALLERS.items()
        )

    def _of(self, installer: str, layer: str) -> list[Any]:
        return [package for package in getattr(self.packages, layer) if package.installer == installer]


def _server(image: _Image, environment: Environment, recipe: Recipe) -> tuple[Context, ...]:
    os = _context(
        "os", base_reference(image.site.base), _with_user(image.product(["apt"]), image.site, image.site.workdir)
    )
    chain = [os]
    product = image.product([name for name in INSTALLERS if name != "apt"])
    if product.instructions:
        chain.append(_context("product", os.tag, product))
    last = _joined([image.plugins(), _particular(environment, recipe, image.site)])
    return (*chain, _context("plugins", chain[-1].tag, last))


def _particular(environment: Environment, recipe: Recipe, site: Site) -> Contents:
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
    variables = ALWAYS | {name: filled(value) for name, value in recipe.environment.items()}
    lines += [f"ENV {name}={_quoted(value, name)}" for name, value in variables.items()]
    lines += [f"WORKDIR {_word(site.workdir)}", f"USER {site.user}"]
    lines += [f"RUN {_json([filled(word) for word in command])}" for command in recipe.setup]
    lines.append(f"CMD {_json([filled(word) for word in recipe.start])}")
    return Contents(files=tuple(files), instructions=tuple(lines))


def _browser(image: _Image, client: Client) -> tuple[Context, ...]:
    browser = BROWSERS[client.browser.name]
    lower = _with_user(image.product(INSTALLERS), image.site, image.site.workdir)
    first = _context("browser", base_reference(image.site.base), lower)
    lines = [
        *_locale(client.locale),
        f"ENV LANG={_quoted(client.locale, 'LANG')} TZ={_quoted(client.timezone, 'TZ')}",
        f"RUN {_json(['ln', '-snf', f'/usr/share/zoneinfo/{client.timezone}', '/etc/localtime'])}",
        f"WORKDIR {image.site.workdir}",
        f"USER {image.site.user}",
        f"CMD {_json(browser.command)}",
    ]
    last = _joined([image.plugins(), Contents(instructions=tuple(lines))])
    return first, _context("client", first.tag, last)


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
    written = []
    for image, chain in _chains(rendering).items():
        for number, context in enumerate(chain, start=1):
            place = folder / image / f"{number}-{context.name}"
            place.mkdir(parents=True, exist_ok=True)
            (place / "Dockerfile").write_text(context.dockerfile, "utf-8")
            listed = []
            for file in sorted(context.files, key=lambda file: file.path):
                if isinstance(file.content, Path) and not complete and file.content.name == file.sha256:
                    listed.append(f"{file.sha256}  {file.path}\n")
                else:
                    _write_file(place / file.path, file)
            if listed:
                (place / "packages.txt").write_text("".join(listed), "utf-8")
            written.append(place)
    return tuple(written)


def _chains(rendering: Rendering) -> Mapping[str, tuple[Context, ...]]:
    return {"server": rendering.server, "browser": rendering.browser}


def _write_file(path: Path, file: File) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.content if isinstance(file.content, bytes) else file.content.read_bytes())
    path.chmod(0o755 if file.executable else 0o644)
