"""What a recipe asks package managers for: a list of packages, each in its manager's own words."""

import re
from typing import Annotated, Any, Self

from pydantic import (
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)

from harness.errors import Mistake
from harness.language import Message
from harness.model.base import Frozen
from harness.model.recipe import Beside
from harness.model.tokens import FileSum

LONGEST = 300  # characters of one entry
FILLED = object()


def is_off(value: Any) -> bool:
    """Whether templates left nothing of the arguments of an installer."""
    if isinstance(value, dict):
        return value.get("packages") in ("", []) and not value.get("files")
    return value in ("", [])


def is_open(text: str, info: ValidationInfo) -> bool:
    """Whether ``text`` is a template that is not filled in yet."""
    return info.context is not FILLED and re.search(r"\{\{|\{%", text) is not None


def also_text(schema: dict[str, Any]) -> None:
    """JSON Schema of what may be text instead of a mapping."""
    long_form = {key: schema.pop(key) for key in list(schema) if key not in ("title", "description")}
    schema["anyOf"] = [{"type": "string"}, long_form]


class Sparse(Frozen):
    """Arguments that are written without what has its default, so that a lock of today fits what is asked for
    tomorrow."""

    @model_serializer(mode="wrap")
    def _as_written(self, dump: SerializerFunctionWrapHandler) -> Any:
        fields = type(self).model_fields
        silent = {name for name, field in fields.items() if getattr(self, name) == field.default}
        silent |= {field.alias for name, field in fields.items() if name in silent and field.alias}
        return {key: value for key, value in dump(self).items() if key not in silent}


class LocalFile(Sparse):
    """A file beside the recipe: its path, or ``{path: …, sha256: …}`` where it must be that one."""

    model_config = ConfigDict(json_schema_extra=also_text)

    path: Annotated[str, Beside(is_file=True)] = Field(min_length=1)
    sha256: FileSum = ""  # never empty in what is asked for, see `beside.sealed`

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value

    @property
    def name(self) -> str:
        """Without the folders."""
        return self.path.rpartition("/")[2]


def _also_short(schema: dict[str, Any]) -> None:
    long_form = {key: schema.pop(key) for key in list(schema) if key not in ("title", "description")}
    items = {
        key: value for key, value in long_form["properties"]["packages"].items() if key not in ("default", "title")
    }
    schema["anyOf"] = [{"type": "string"}, items | {"minItems": 1}]
    schema["anyOf"] += [long_form] if len(long_form["properties"]) > 1 else []


class PackageList(Sparse):
    """``[a, b]``, or ``a`` for a list of one; a mapping with ``packages`` where more is said of them. Entries are
    what the manager takes on its command line for a package of a registry: no options, no addresses, no files. In
    the file they may be templates; what these became is validated with ``FILLED`` as context, and holds none."""

    model_config = ConfigDict(json_schema_extra=_also_short)
    packages: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        whole = value if isinstance(value, dict) else {"packages": value}
        alone = whole.get("packages")
        return whole | {"packages": (alone,)} if isinstance(alone, str) else whole

    @model_serializer(mode="wrap")
    def _as_list(self, dump: SerializerFunctionWrapHandler) -> Any:
        said = self._as_written(dump)
        return said["packages"] if said.keys() == {"packages"} else said

    @field_validator("packages")
    @classmethod
    def _entries(cls, entries: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for entry in entries:
            if not is_open(entry, info):
                cls.check(entry)
        return entries

    @classmethod
    def check(cls, entry: str) -> None:
        """Mistake where ``entry`` names no package of a registry."""
        if not entry or entry.startswith("-") or len(entry) > LONGEST or not entry.isprintable():
            raise Mistake(Message("`{entry}` names no package", entry=entry[:LONGEST]))


class PackagesAndFiles(PackageList):
    """The same of a manager that also takes ``files`` beside the recipe: packages as its registry would have them."""

    packages: tuple[str, ...] = ()
    files: tuple[LocalFile, ...] = ()

    @field_validator("files")
    @classmethod
    def _are_packages(cls, files: tuple[LocalFile, ...], info: ValidationInfo) -> tuple[LocalFile, ...]:
        for file in files:
            if not is_open(file.path, info):
                cls.check_file(file)
        return files

    @model_validator(mode="after")
    def _is_something(self) -> Self:
        if not self.packages and not self.files:
            raise Mistake(Message("nothing is to be installed"), Message("name `packages`, or `files`"))
        return self

    @classmethod
    def check_file(cls, file: LocalFile) -> None:
        """Mistake where a file is not named like a package."""
