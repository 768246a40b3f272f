"""Environment: one fully specified set-up, in its three layers."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, field_validator, model_validator

from harness.errors import Mistake
from harness.language import Message
from harness.model.base import Frozen, Side
from harness.model.desktop import (
    EXTENSIONS,
    FONTS,
    RIGHT,
    Clock,
    Extension,
    FontName,
    LanguageTag,
    Settings,
    SettingsField,
    VariablesField,
    shown,
)
from harness.model.endpoint import checked_host, checked_url, host_of
from harness.model.given import GivenImage, ServiceImage, ServiceReady
from harness.model.links import (
    GATEWAY,
    REPLICA,
    BasicAuth,
    CertificateName,
    GatewayName,
    HostPattern,
    Proxy,
    is_gateway,
)
from harness.model.links import shown as shown_link
from harness.model.seed import Command, Folder

NAME = r"(@[A-Za-z0-9_][A-Za-z0-9_.-]*/)?[A-Za-z0-9_][A-Za-z0-9_.+-]*"
EXACT = r"v?[0-9][0-9A-Za-z.+~:_-]*"  # or a prefix of one
COMPARATOR = rf"(>=|<=|===|==|!=|~=|>|<|=|~|\^) *{EXACT}(\.\*)?"
UpgradeKind = Literal["fresh", "in-place"]
VERSION = rf"({EXACT}(\.\*)?|{COMPARATOR}( *, *{COMPARATOR})*|latest|oldest)"


def checked_version(value: str) -> str:
    """The value itself. Mistake where it is not written as a version."""
    if not re.fullmatch(VERSION, value):
        raise Mistake(
            Message("`{version}` is no version", version=value),
            Message("write 1.2.3, a prefix (1.2), a range (>=1.2,<2), latest or oldest"),
        )
    return value


def _also(pattern: str) -> Any:
    """JSON Schema of a value that has a short form: text of that pattern, or the long form."""

    def extra(schema: dict[str, Any]) -> None:
        long_form = {key: schema.pop(key) for key in list(schema) if key not in ("title", "description")}
        schema["anyOf"] = [{"type": "string", "pattern": f"^{pattern}$"}, long_form]

    return extra


def _or_number(schema: dict[str, Any]) -> None:
    """A version may be written without quotes."""
    text, nothing = schema.pop("anyOf")
    schema["anyOf"] = [text | {"type": ["string", "number"], "pattern": f"^{VERSION}$"}, nothing]


class Ref(Frozen):
    """``name@version``, or ``{name: …, version: …}``. The version is exact, a prefix (``3.7``, ``3.*``), a
    range (PEP 440 or semver comparators joined by commas), ``latest`` or ``oldest``."""

    model_config = ConfigDict(json_schema_extra=_also(rf"{NAME}(@{VERSION})?"))

    name: str = Field(pattern=f"^{NAME}$")
    version: str = Field(default="latest", json_schema_extra={"type": ["string", "number"], "pattern": f"^{VERSION}$"})

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return cls.split(value) if isinstance(value, str) else value

    @field_validator("version")
    @classmethod
    def _is_version(cls, value: str) -> str:
        if value == "none":
            raise Mistake(
                Message("`@none` takes away what is there, and nothing of that name is"),
                Message("it has a meaning under `upgrade` only"),
            )
        return checked_version(value)

    @staticmethod
    def split(text: str) -> dict[str, str]:
        """``name@version`` in its parts; a scoped npm name keeps its first ``@``."""
        at = text.rfind("@")
        return {"name": text[:at], "version": text[at + 1 :]} if at > 0 else {"name": text, "version": "latest"}

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


class CompatRef(Ref):
    """What may mend an upgrade: a compat layer of the recipe (``jquery-migrate@3.6.0``), or a gateway beside the
    environment file (``gateways/name.yaml``), which has no version."""

    model_config = ConfigDict(json_schema_extra=_also(rf"({GATEWAY}|{NAME}(@{VERSION})?)"))

    name: str = Field(pattern=f"^({NAME}|{GATEWAY})$")

    @model_validator(mode="before")
    @classmethod
    def _of_ref(cls, value: Any) -> Any:
        return value.model_dump() if isinstance(value, Ref) and not isinstance(value, cls) else value

    @model_validator(mode="after")
    def _fits(self) -> "CompatRef":
        if is_gateway(self.name) and self.version != "latest":
            raise Mistake(Message("a gateway has no version"), Message("write {name}", name=self.name))
        return self

    def __str__(self) -> str:
        return self.name if is_gateway(self.name) else super().__str__()


class ServiceRef(Ref):
    """A service beside the product: ``postgresql@15``, or ``{name: …, version: …, os: …}``; without an ``os``
    it runs on that of the server. One that is given as an ``image`` has neither; the other fields are of it."""

    os: str = ""
    image: ServiceImage | None = None
    port: int | None = Field(default=None, ge=1, le=65535)  # None: that of a service of that name
    user: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$")] | None = None
    command: Command | None = None  # in place of that of its image
    environment: VariablesField = Field(default_factory=Settings)  # its variables; templates see `service`
    ready: ServiceReady = ServiceReady()
    data: tuple[Folder, ...] | None = None  # folders that outlive an upgrade in place
    url: str | None = None  # what templates of recipes see; a template itself

    @property
    def shown_version(self) -> str:
        """What templates see: of an image the beginning of its digest."""
        return self.image.version if self.image else self.version

    def __str__(self) -> str:
        return f"{self.name} ({self.image})" if self.image else super().__str__()


class BrowserRef(Ref):
    """A browser: ``chromium@156``; or one that runs elsewhere, ``{name: remote, url: …, capabilities: …}``."""

    url: Annotated[str, AfterValidator(checked_url)] = Field(
        default="", description="the WebDriver server of one that runs elsewhere; may have `${env:NAME}` in it"
    )
    product_host: Annotated[str, AfterValidator(checked_host)] = Field(
        default="", description="under which name or address such a browser reaches this machine"
    )
    capabilities: SettingsField = Field(
        default_factory=Settings, description="asked of that server (W3C WebDriver); may have `${env:NAME}` in them"
    )

    @model_validator(mode="before")
    @classmethod
    def _of_ref(cls, value: Any) -> Any:
        return value.model_dump() if isinstance(value, Ref) and not isinstance(value, cls) else value

    @property
    def host(self) -> str:
        """Host and port of the server; empty where the browser is ours to start."""
        return host_of(self.url)

    def __str__(self) -> str:
        return f"{self.name} ({self.host})" if self.url else super().__str__()


class Viewport(Frozen):
    """CSS pixels: ``1366x768``, or ``{width: …, height: …}``."""

    model_config = ConfigDict(json_schema_extra=_also(r"[0-9]{3,4}x[0-9]{3,4}"))

    width: int = Field(ge=200, le=8000)
    height: int = Field(ge=200, le=8000)

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", value, re.ASCII)
        if not match:
            raise Mistake(
                Message("`{text}` is no size in pixels", text=value), Message("write width x height, such as 1366x768")
            )
        return {"width": int(match[1]), "height": int(match[2])}

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


class Client(Frozen):
    os: str = "debian:12"
    locale: str = "en_US.UTF-8"  # POSIX locale name
    languages: tuple[LanguageTag, ...] = ()  # that pages are asked for in, the best first; empty: that of the locale
    timezone: str = "UTC"  # IANA name
    clock: Clock = RIGHT  # how far it is off
    fonts: tuple[FontName, ...] = Field(default=FONTS, min_length=1)  # all that there are
    screen: Viewport | None = None  # None: as large as the viewport
    pixel_ratio: float = Field(default=1.0, ge=0.5, le=4)  # pixels of the screen a CSS pixel
    colour_scheme: Literal["light", "dark"] = "light"
    browser: BrowserRef = BrowserRef(name="chromium")
    viewport: Viewport = Viewport(width=1366, height=768)
    extensions: tuple[Extension, ...] = ()
    policies: SettingsField = Field(default_factory=Settings)  # of a company, that the user cannot change
    preferences: SettingsField = Field(default_factory=Settings)  # of the browser's profile
    certificates: tuple[CertificateName, ...] = ()  # further authorities that the browser trusts


SETTINGS = ("client.policies", "client.preferences")
LOGINS = ("link.proxy", "link.basic_auth")
OF_GIVEN = ("port", "user", "command", "environment", "ready", "data", "url")  # of a service that is given as an image


class Link(Frozen):
    egress: Literal["deny", "allow"] = "deny"
    blocked: tuple[HostPattern, ...] = ()  # that the client's network refuses, whatever else it lets through
    proxy: Proxy | None = None  # that the browser goes through
    tls: bool = False  # the product is served over HTTPS
    basic_auth: BasicAuth | None = None  # before the product
    gateways: tuple[GatewayName, ...] = ()  # what makes its answers those that are expected, in their order


class Server(Frozen):
    os: str = "debian:12"
    python: str | None = Field(default=None, pattern=r"^[0-9]+\.[0-9]+$")
    node: Annotated[str, AfterValidator(checked_version)] | None = Field(default=None, json_schema_extra=_or_number)
    memory: str | None = Field(default=None, pattern=r"^[1-9][0-9]{0,4}(MiB|GiB)$")  # that the product has
    product: Ref
    plugins: tuple[Ref, ...] = ()
    dependencies: tuple[Ref, ...] = ()  # a package below the product or a plug-in, held at a version
    compat: tuple[Ref, ...] = ()  # compat layers that are switched on
    services: tuple[ServiceRef, ...] = ()  # databases and caches, each a container of its own

    @property
    def memory_bytes(self) -> int | None:
        """None where the file does not say it."""
        return int(self.memory[:-3]) << (30 if self.memory.endswith("GiB") else 20) if self.memory else None


class Environment(Frozen):
    """One fully specified set-up: client + link + server."""

    client: Client = Client()
    link: Link = Link()
    server: Server


class EnvironmentFile(Frozen):
    """A file of ``environments/``: the set-up a customer has and the hops that changed it.

    ``environments`` are the set-ups with all overlays applied: the first is
    ``before``, the last ``after``; there is only one where nothing is upgraded.
    """

    path: Path
    name: str
    title: str = ""
    environments: tuple[Environment, ...] = Field(min_length=1)
    kinds: tuple[UpgradeKind, ...] = ()  # of the hops, in their order; those that are not there are `fresh`
    compat: tuple[CompatRef, ...] = ()  # what to try against a regression

    @property
    def products(self) -> tuple[str, ...]:
        """The names of its products, each once: an upgrade may bring another."""
        return tuple(dict.fromkeys(one.server.product.name for one in self.environments))

    @property
    def extensions(self) -> tuple[Path, ...]:
        """Extensions that lie beside it, each once."""
        every = [one for environment in self.environments for one in environment.client.extensions]
        return tuple(dict.fromkeys(self.path.parent / EXTENSIONS / one.name for one in every if one.source == "file"))

    @property
    def certificates(self) -> tuple[Path, ...]:
        """Certificate authorities that lie beside it, each once."""
        every = [name for environment in self.environments for name in environment.client.certificates]
        return tuple(dict.fromkeys(self.path.parent / name for name in every if name != REPLICA))

    @property
    def archives(self) -> tuple[Path, ...]:
        """Archives of images of services that lie beside it, each once."""
        every = [ref.image.source for one in self.environments for ref in one.server.services if ref.image]
        return tuple(dict.fromkeys(self.path.parent / source for source in every if source))

    @property
    def gateways(self) -> tuple[Path, ...]:
        """Gateways that lie beside it, each once: those that are there, and those to try."""
        every = [name for environment in self.environments for name in environment.link.gateways]
        every += [ref.name for ref in self.compat if is_gateway(ref.name)]
        return tuple(dict.fromkeys(self.path.parent / name for name in every))

    def gateways_of(self, environment: Environment) -> tuple[Path, ...]:
        """Those that stand before the product of one set-up, in their order."""
        return tuple(self.path.parent / name for name in environment.link.gateways)

    @property
    def beside(self) -> tuple[Path, ...]:
        """All files and folders that lie beside it and belong to it, but for recipes."""
        return (*self.extensions, *self.certificates, *self.gateways, *self.archives)

    def side(self, side: Side) -> Environment:
        return self.environments[0 if side == "before" else -1]

    def lineage(self, side: Side) -> tuple[Environment, ...]:
        """What a side has lived through, the oldest first and itself last: more than itself where it was
        upgraded in place."""
        last = 0 if side == "before" else len(self.environments) - 1
        first = last
        while first and self.kinds[first - 1 : first] == ("in-place",):
            first -= 1
        return self.environments[first : last + 1]


def difference(before: Environment, after: Environment) -> tuple["Change", ...]:
    """What an upgrade changed, by dotted path, in the order of the layers."""
    old, new = rows(before), rows(after)
    paths = list(dict.fromkeys([*old, *new]))
    return tuple(
        Change(path=path, before=old.get(path), after=new.get(path)) for path in paths if old.get(path) != new.get(path)
    )


class Change(Frozen):
    """One field of the environment: what it was and what it is; None where it is not there."""

    path: str
    before: str | None
    after: str | None


def rows(environment: Environment) -> dict[str, str]:
    """Every field by its dotted path, in the order of the layers."""
    return _flat(environment.model_dump())


_USUAL = {"ready": ServiceReady().model_dump()}  # of which nothing need be said


def _flat(value: Any, path: str = "") -> dict[str, str]:
    if path in SETTINGS:
        return {f"{path}.{name}": text for name, text in shown(value).items()}
    if path in LOGINS:
        return {f"{path}.{name}".rstrip("."): text for name, text in shown_link(value).items()} if value else {}
    if isinstance(value, bool):
        return {path: "on"} if value else {}
    if isinstance(value, dict):
        if set(value) == {"name", "version"}:
            return {path: f"{value['name']}@{value['version']}"}
        if "capabilities" in value:
            return _of_browser(value, path)
        if set(value) == {"width", "height"}:
            return {path: f"{value['width']}x{value['height']}"}
        rows: dict[str, str] = {}
        for key, item in value.items():
            rows |= _flat(item, f"{path}.{key}" if path else key)
        return rows
    if isinstance(value, (list, tuple)):
        words = [item for item in value if isinstance(item, str)]
        if words:
            return {path: ", ".join(words)}
        versions = {f"{path}.{item['name']}": _version(item) for item in value}
        versions |= {f"{path}.{item['name']}.os": item["os"] for item in value if item.get("os")}
        for item in value:
            if item.get("image"):
                said = {key: item[key] for key in OF_GIVEN if item[key] != _USUAL.get(key)}
                versions |= _flat(said, f"{path}.{item['name']}")
        return versions
    return {} if value is None else {path: str(value)}


def _of_browser(value: dict[str, Any], path: str) -> dict[str, str]:
    """One that runs elsewhere has no version of ours, but an address and what is asked of it."""
    if not value["url"]:
        return {path: f"{value['name']}@{value['version']}"}
    asked = {f"{path}.capabilities.{name}": text for name, text in shown(value["capabilities"]).items()}
    where = {f"{path}.url": host_of(value["url"]), f"{path}.product_host": value["product_host"]}
    return {path: value["name"]} | {key: text for key, text in where.items() if text} | asked


def _version(item: dict[str, Any]) -> str:
    """Of a reference or an extension; files of one version may yet differ. Of a given image its name and digest."""
    if image := item.get("image"):
        return str(GivenImage.model_validate(image))
    checksum = item.get("checksum") or ""
    return f"{item['version']} ({checksum[:12]})" if checksum else str(item["version"])
