"""What a client has besides its browser: a clock, fonts, languages, extensions and settings."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, JsonValue, model_validator

from harness.errors import Mistake, nearest
from harness.language import Message
from harness.model.base import Frozen
from harness.model.refs import VERSION, Ref

# ---------------------------------------------------------------------- clock
RIGHT = "+0s"
CLOCK = r"[+-][0-9]{1,9}[smhd]"
CLOCK_MAX_S = 20 * 365 * 86400
_UNIT_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _is_clock(value: str) -> str:
    if not re.fullmatch(CLOCK, value, re.ASCII):
        raise Mistake(
            Message("`{text}` does not say how far a clock is off", text=value),
            Message("write +3d, -2h, +90m or -20s"),
        )
    if abs(seconds_off(value)) > CLOCK_MAX_S:
        raise Mistake(Message("`{text}` is more than 20 years", text=value))
    return value


Clock = Annotated[str, AfterValidator(_is_clock), Field(json_schema_extra={"pattern": f"^{CLOCK}$"})]
"""How far a clock is ahead (``+``) or behind (``-``): ``+3d``, ``-90m``."""


def seconds_off(clock: str) -> int:
    """``-90m`` in seconds: -5400."""
    return int(clock[:-1]) * _UNIT_S[clock[-1]]


# ---------------------------------------------------------------------- fonts
FONTS = ("dejavu-core", "liberation", "wqy-microhei")  # the last is Chinese
_OTHER_FONTS = ("ttf-", "otf-", "xfonts-")


def _short_name(value: Any) -> Any:
    return value.removeprefix("fonts-") if isinstance(value, str) else value


FontName = Annotated[str, BeforeValidator(_short_name), Field(pattern=r"^[a-z0-9][a-z0-9+.-]+$", max_length=100)]
"""A font package of the distribution, without ``fonts-``."""


def font_package(name: str) -> str:
    return name if name.startswith(_OTHER_FONTS) else f"fonts-{name}"


# ------------------------------------------------------------------ languages
LanguageTag = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=60)]
"""BCP 47."""


# ------------------------------------------------------------------- settings
class Settings(dict[str, Any]):
    """Policies or preferences, by name, each a JSON value. Known by what it says, so that it is never changed."""

    def __hash__(self) -> int:  # type: ignore[override]  # it is a value
        return hash(json.dumps(self, sort_keys=True))


SettingsField = Annotated[dict[str, JsonValue], AfterValidator(Settings)]
VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
VariablesField = Annotated[dict[VariableName, str], AfterValidator(Settings)]


# ----------------------------------------------------------------- extensions
EXTENSIONS = "extensions"  # the folder beside an environment file that has its extensions
_NAME = r"(@[a-z0-9~][A-Za-z0-9_.~-]*/)?[A-Za-z0-9~][A-Za-z0-9_.+~-]*"
_PLACE = r"[A-Za-z0-9_][A-Za-z0-9_.+-]*(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)*"
_SOURCES = ("apt", "npm")


def _extension_schema(schema: dict[str, Any]) -> None:
    description = schema["description"]
    schema.clear()
    ref = {"type": "string", "pattern": f"^{_NAME}(@{VERSION})?$"}
    place = {"type": "string", "pattern": f"^{EXTENSIONS}/[A-Za-z0-9_][A-Za-z0-9_.+-]*$"}
    schema |= {
        "description": description,
        "anyOf": [
            place,
            {"type": "object", "properties": {"apt": ref}, "required": ["apt"], "additionalProperties": False},
            {
                "type": "object",
                "properties": {"npm": ref, "folder": {"type": "string", "pattern": f"^{_PLACE}$"}},
                "required": ["npm"],
                "additionalProperties": False,
            },
        ],
    }


class Extension(Frozen):
    """An extension of the browser: ``extensions/<name>``, an unpacked folder or a ``.crx`` beside the environment
    file; ``{apt: package}``; or ``{npm: package, folder: …}``, with ``@version`` where one is wanted."""

    model_config = ConfigDict(json_schema_extra=_extension_schema)

    source: Literal["file", "apt", "npm"]
    name: str = Field(pattern=f"^{_NAME}$", max_length=200)  # of the package, or of the file
    version: str = "latest"  # of a file: what its manifest says
    folder: str = Field(default="", pattern=f"^({_PLACE})?$")  # of the package, that has the manifest
    checksum: str = Field(default="", pattern="^([0-9a-f]{64})?$")  # of a file: SHA-256

    @model_validator(mode="before")
    @classmethod
    def _file_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"source": "file", "name": _in_folder(value)}
        if not isinstance(value, dict) or "source" in value:
            return value
        sources = [key for key in value if key in _SOURCES]
        if len(sources) != 1 or not isinstance(value[sources[0]], str):
            raise Mistake(
                Message("an extension comes from one place"),
                Message("write extensions/name, {example}", example="{apt: package} or {npm: package}"),
            )
        (source,) = sources
        known = {source, "folder"} if source == "npm" else {source}
        for key in value.keys() - known:
            raise Mistake(Message("the key `{key}` is not known here", key=key), nearest(str(key), known))
        ref = Ref.model_validate(value[source])
        return {"source": source, "name": ref.name, "version": ref.version, "folder": value.get("folder", "")}

    @property
    def package(self) -> str:
        """As file names know it: one word."""
        return re.sub(r"[^A-Za-z0-9.+-]", "-", self.name.lstrip("@"))

    def __str__(self) -> str:
        return f"{self.name}@{self.version}" if self.version else self.name


def _in_folder(value: str) -> str:
    folder, _, name = value.removeprefix("./").partition("/")
    if folder != EXTENSIONS or not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*", name.rstrip("/")):
        raise Mistake(
            Message("`{path}` is no extension beside this file", path=value),
            Message("put its folder, or a .crx, into {folder} and write {folder}name", folder=f"{EXTENSIONS}/"),
        )
    return name.rstrip("/")


def shown(settings: Mapping[str, Any]) -> dict[str, str]:
    """Each setting as JSON."""
    return {name: json.dumps(value, ensure_ascii=False, sort_keys=True) for name, value in settings.items()}
