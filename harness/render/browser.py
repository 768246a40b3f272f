"""The image of the browser, with all that a customer's desktop has."""

import re
import shlex
from collections.abc import Iterator

from harness.browsers import BROWSERS
from harness.client import certificates, desktop, extensions
from harness.engine import base_reference
from harness.errors import InputError
from harness.installers import INSTALLERS
from harness.language import Message
from harness.model import Client, Context, File
from harness.model.links import REPLICA
from harness.protocols import Contents
from harness.render.contents import context, exec_form, folder_word, joined, quoted, with_user
from harness.render.image import ImageToBe
from harness.wanted import source_of

_LOCALE = re.compile(r"(?P<language>[\w]+)(?:\.(?P<codeset>[\w-]+))?(?P<modifier>@\w+)?")  # setlocale(3)
BUILT = "browser-images"  # records of the cache: tag -> operating system, browser, version
BUILT_IN_LOCALES = ("C", "POSIX", "C.UTF-8")


def browser_chain(image: ImageToBe, client: Client) -> tuple[Context, ...]:
    browser = BROWSERS[client.browser.name]
    source = source_of(client.browser)
    ours = {f"browser{place}": File.of(f"browser{place}", file.read_bytes(), executable=True)
            for place, file in source.files.items()}  # fmt: skip
    copied = [f"COPY {exec_form([name, folder_word(name.removeprefix('browser'))])}" for name in ours]
    setup = Contents(
        files=tuple(ours.values()),
        instructions=(*copied, *(f"RUN {exec_form(command)}" for command in source.setup)),
    )
    lower = joined([with_user(image.product(INSTALLERS), image.site, image.site.workdir), setup])
    first = context("browser", base_reference(image.site.base), lower)
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
        *(f"COPY {exec_form([file.path, folder_word(file.path.removeprefix('client'))])}" for file in files),
        *desktop.last_instructions(client),
        *_locale(client.locale),
        f"ENV LANG={quoted(client.locale, 'LANG')} TZ={quoted(client.timezone, 'TZ')}",
        f"RUN {exec_form(['ln', '-snf', f'/usr/share/zoneinfo/{client.timezone}', '/etc/localtime'])}",
        f"WORKDIR {image.site.workdir}",
        f"USER {image.site.user}",
        f"CMD {exec_form(browser.command)}",
    ]
    last = joined([image.plugins(), Contents(files=(*added.files, *files), instructions=tuple(lines))])
    return first, context("client", first.tag, last)


def _extensions(client: Client, image: ImageToBe, packaged: str) -> Contents:
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
            lines.append(f"COPY {exec_form([f'extensions/{one.package}', place + '/'])}")
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
    yield f"RUN {exec_form(['localedef', '--no-archive', '-i', source, '-f', match['codeset'] or 'UTF-8', locale])}"
