"""``harness init``: the first files of a customer's environment, by asking or from options."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from harness.drafts import Draft, NewRecipe
    from harness.language import Language, Message
    from harness.model import Ref


T = TypeVar("T")
KIND = "upgrade.kind"  # what `--set` takes beside fields of an environment
NODE = ("node", "npm", "npx")  # that start a server
Settings = dict[str, dict[str, Any]]  # "client", "link", "server", "upgrade.client", "upgrade" … -> field -> value


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="of the environment")
    parser.add_argument("--product", help="what the customer uses")
    parser.add_argument("--before", metavar="VERSION", help="that the customer has; the latest without it")
    parser.add_argument("--after", metavar="VERSION", help="that the upgrade brings; without it there is no upgrade")
    parser.add_argument(
        "--plugin", action="append", dest="plugins", metavar="NAME@VERSION", help="may be given several times"
    )
    parser.add_argument("--os", help="of browser and server, such as debian:12")
    parser.add_argument("--browser", metavar="NAME@VERSION", help="such as chromium@156")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="settings",
        metavar="FIELD=VALUE",
        help="any other field: client.clock=+3d, link.tls=true, server.services=[redis], upgrade.client.os=debian:13",
    )
    new = parser.add_argument_group("where the product has no recipe yet")
    new.add_argument("--installer", help="what installs it")
    new.add_argument("--package", help="its name there; that of the product without it")
    new.add_argument("--port", help="where it listens")
    new.add_argument("--start", metavar="COMMAND", help="what starts it")
    parser.add_argument("--folder", type=Path, default=Path(), metavar="DIR", help="where environments/ is, or will be")
    parser.add_argument("--yes", action="store_true", help="ask nothing: take the usual answer to what is not given")


def main(args: argparse.Namespace) -> int:
    import json

    from harness import drafts
    from harness.errors import ExitCode

    asking = sys.stdin.isatty() and not args.yes and not args.json
    draft = _draft(args, _Answers(args=args, asking=asking, lang=args.lang))
    written = drafts.write(draft, args.folder, args.lang)
    if args.json:
        print(json.dumps({"files": [str(path) for path in written]}))
    else:
        for line in _told(draft, written, args.folder):
            print(line.into(args.lang))
    return ExitCode.GOOD


class _Answers(NamedTuple):
    """Answers to questions: from the command line, else from a person, else the usual ones."""

    args: argparse.Namespace
    asking: bool
    lang: Language

    def of(self, option: str, question: Message, usual: str | None, read: Callable[[str], T]) -> T:
        """What ``read`` makes of an answer; a person whose answer it refuses is asked again. InputError
        where an option is wrong, or is missing and there is no ``usual`` answer."""
        from harness.errors import InputError
        from harness.language import Message

        given = getattr(self.args, option)
        if given is not None:
            return self._read(option, " ".join(given) if isinstance(given, list) else given, read)
        if not self.asking:
            if usual is None:
                raise InputError(Message("--{option} is missing", option=option), Message("or run it in a terminal"))
            return self._read(option, usual, read)
        while True:
            shown = f" [{usual}]" if usual else ""
            try:
                answer = input(f"{question.into(self.lang)}{shown}: ").strip() or usual or ""
            except EOFError as exc:
                raise InputError(Message("the answers ended; nothing was written")) from exc
            try:
                return self._read(option, answer, read)
            except InputError as exc:
                print(exc.into(self.lang))

    @staticmethod
    def _read(option: str, answer: str, read: Callable[[str], T]) -> T:
        from pydantic import ValidationError

        from harness.errors import InputError, Mistake

        try:
            return read(answer)
        except Mistake as exc:
            raise InputError(exc.what, exc.advice) from exc
        except ValidationError as exc:
            raise _refused(option, answer, exc) from exc


def _refused(option: str, answer: str, exc: Any) -> Exception:
    from harness.errors import InputError, Mistake
    from harness.language import Message

    first = exc.errors(include_url=False)[0]
    mistake = first.get("ctx", {}).get("error")
    if isinstance(mistake, Mistake):
        return InputError(mistake.what, mistake.advice)
    what = Message("{option}: `{answer}` does not do: {reason}", option=option, answer=answer, reason=first["msg"])
    return InputError(what)


def _draft(args: argparse.Namespace, answers: _Answers) -> Draft:
    from harness import drafts, spec
    from harness.language import Message
    from harness.model import Client
    from harness.systems import SYSTEMS

    product = answers.of("product", Message("Product"), None, _slug)
    path = args.folder / drafts.recipe_path(product)
    known = spec.load_recipe(product, args.folder / drafts.environment_path("x")) if path.exists() else None
    recipe = None if known else _recipe(product, answers)
    before = answers.of("before", Message("Version that the customer has"), "latest", _version)
    after = answers.of("after", Message("Version after the upgrade (none: no upgrade)"), "", _version_or_nothing)
    names = tuple(known.plugins) if known else None
    plugins = answers.of("plugins", Message("Plug-ins, as name@version"), "", lambda text: _plugins(text, names))
    usual = Client()
    os = answers.of("os", Message("Operating system"), usual.os, _one_of(SYSTEMS))
    browser = answers.of("browser", Message("Browser"), usual.browser.name, _browser)

    def new_name(text: str) -> str:
        places = (drafts.environment_path(_slug(text)), drafts.scenario_path(text))
        drafts.refuse_existing([args.folder / place for place in places])
        return text

    services: Settings = {"server": {"services": list(known.services)}} if known and known.services else {}
    settings = _settings(args.settings, services)
    parts = "-".join([product, *(ref.name.lower() for ref in plugins)])
    usual_name = re.sub(r"[^a-z0-9._-]+", "-", parts)[:60]
    name = answers.of("name", Message("Name of the environment"), usual_name, new_name)
    return drafts.Draft(
        name=name,
        product=product,
        before=before,
        after=after,
        plugins=plugins,
        os=os,
        browser=browser,
        recipe=recipe,
        settings=settings,
    )


def _settings(words: Iterable[str], usual: Settings) -> Settings:
    """Fields of the environment, and of what an upgrade changes, by layer. InputError."""
    from harness.documents import parse, plain
    from harness.errors import InputError, nearest
    from harness.language import Message
    from harness.spec.matrix.paths import SpecPath, known

    found = {layer: dict(fields) for layer, fields in usual.items()}
    for word in words:
        path, equals, value = word.partition("=")
        if path == KIND and value:
            found.setdefault("upgrade", {})["kind"] = value
            continue
        place = SpecPath.parse(path)
        if place is None or place.name or place.hop or not equals:
            what = Message("`{word}` sets no field of an environment", word=word)
            raise InputError(what, nearest(path, [KIND, *known()]) or Message("write it as client.locale=zh_CN.UTF-8"))
        read = plain(parse(f"{place.field}: {value}".encode(), Path("--set")))
        layer = f"upgrade.{place.layer}" if place.upgrade else place.layer
        found.setdefault(layer, {})[place.field] = read[place.field]
    return found


def _recipe(product: str, answers: _Answers) -> NewRecipe:
    """How to install and start a product of which nothing is known."""
    from pydantic import TypeAdapter

    from harness.drafts import NewRecipe, beginnings, filled
    from harness.language import Message
    from harness.model import Recipe
    from harness.model.tokens import PackageName

    known = beginnings()
    installer = answers.of("installer", Message("What installs it"), next(reversed(known)), _one_of(known))
    package = answers.of("package", Message("Name of its package"), product, TypeAdapter(PackageName).validate_python)
    beginning, port_field = known[installer], Recipe.model_fields["port"]
    read_port = TypeAdapter(Annotated[int, *port_field.metadata]).validate_python
    port = answers.of("port", Message("Port that it listens on"), str(beginning["port"]), read_port)
    values = {"product": product, "package": package, "port": str(port)}
    start = answers.of("start", Message("Command that starts it"), filled(beginning["start"], values), _command)
    if installer == "npm" and start[0] in NODE:  # no page that has a package beside it, but a server
        installer = "node"
    return NewRecipe(installer=installer, package=package, port=port, start=start)


def _slug(text: str) -> str:
    from harness.errors import Mistake
    from harness.language import Message
    from harness.spec.header import SLUG

    if not re.fullmatch(SLUG, text):
        raise Mistake(
            Message("`{name}` is no name for a file", name=text), Message("use small letters, digits and - _ .")
        )
    return text


def _one_of(choices: Iterable[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        from harness.errors import Mistake, nearest
        from harness.language import Message

        if text not in (known := list(choices)):
            raise Mistake(Message("`{name}` is not one of those that there are", name=text), nearest(text, known))
        return text

    return read


def _version(text: str) -> str:
    from harness.model import Ref

    return Ref(name="product", version=text).version


def _version_or_nothing(text: str) -> str:
    return _version(text) if text else ""


def _plugins(text: str, known: tuple[str, ...] | None) -> tuple[Ref, ...]:
    """References with spaces or commas between them, to plug-ins that the recipe knows where there is one."""
    from harness.model import Ref

    plugins = tuple(Ref.model_validate(word) for word in re.split(r"[\s,]+", text) if word)
    for ref in plugins:
        if known is not None:
            _one_of(known)(ref.name)
    return plugins


def _browser(text: str) -> str:
    from harness.browsers import BROWSERS
    from harness.model import Ref

    _one_of([name for name, browser in BROWSERS.items() if browser.sources])(Ref.model_validate(text).name)
    return text


def _command(text: str) -> tuple[str, ...]:
    import shlex

    from harness.errors import Mistake
    from harness.language import Message

    try:
        words = tuple(shlex.split(text))
    except ValueError as exc:
        raise Mistake(Message("`{command}` is no command: {why}", command=text, why=exc)) from exc
    if not words:
        raise Mistake(Message("it has to be started by something"))
    return words


def _told(draft: Draft, written: Iterable[Path], folder: Path) -> Iterator[Message]:
    """What was written, and how to go on."""
    from harness import drafts
    from harness.language import Message

    environment, scenario = folder / drafts.environment_path(draft.name), folder / drafts.scenario_path(draft.name)
    for path in written:
        if path == environment:
            yield Message("{path}: what the customer has, and what the upgrade changes", path=path)
        elif path == scenario:
            yield Message("{path}: what the customer did; write their steps into it", path=path)
        elif path.name == "recipe.yaml":
            yield Message("{path}: how the product is installed and started", path=path)
        else:
            yield Message("{path}: a file of the product; make it what the customer has", path=path)
    yield Message("go on with:")
    yield Message("  harness up {environment}", environment=environment)
    if draft.upgrade:
        yield Message("  harness reproduce {environment} {scenario}", environment=environment, scenario=scenario)
    yield Message("  harness lock {environment}", environment=environment)
