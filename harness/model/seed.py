"""Seed: what a replica holds before anybody uses it; entries of ``seed`` in a recipe, done in their order."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from harness.errors import Mistake, nearest
from harness.language import Message
from harness.model.base import Frozen

Command = Annotated[tuple[str, ...], Field(min_length=1)]
Folder = Annotated[str, Field(pattern=r"^(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)+$")]  # in an image


class SeedFiles(Frozen):
    """``{from: uploads, to: /srv/data}``: what is in a folder beside the recipe comes to lie in ``to``."""

    source: str = Field(alias="from", min_length=1)
    to: Folder


class SeedSql(Frozen):
    """``{file: dump.sql, service: postgresql}``: statements in a file beside the recipe, for a service's database."""

    file: str = Field(min_length=1)
    service: str


class SeedLdif(SeedSql):
    """``{file: people.ldif, service: ldap}``: entries in a file beside the recipe, for a directory (RFC 2849)."""


class SeedRequest(Frozen):
    """``{method: POST, path: /api/books, json: {title: …}}``: sent to the product when it runs. All requests of a
    recipe share their cookies."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "MKCOL", "MKCALENDAR", "PROPPATCH", "COPY", "MOVE"] = (
        "POST"  # the last five are WebDAV's
    )
    path: str = Field(pattern="^/")
    json_body: Any = Field(default=None, alias="json")
    form: dict[str, str] = {}
    headers: dict[str, str] = {}
    status: int = Field(default=200, ge=100, le=599)  # what must come back


KINDS = ("files", "sql", "ldif", "run", "request", "scenario")
LATE = ("request", "scenario")  # done when the product answers


def _schema(schema: dict[str, Any]) -> None:
    schema["oneOf"] = [{"required": [kind]} for kind in KINDS]
    for kind in KINDS:
        value = schema["properties"][kind]
        value.pop("default")
        schema["properties"][kind] = next(each for each in value["anyOf"] if each != {"type": "null"})


class Seed(Frozen):
    """One entry. ``files``, ``sql``, ``ldif`` and ``run`` (a command in the product's container) are done when
    all services are ready and before the product starts, a ``request`` and a ``scenario`` (a file of that format beside
    the recipe, replayed in the browser of the environment) when it answers."""

    model_config = ConfigDict(json_schema_extra=_schema)

    files: SeedFiles | None = None
    sql: SeedSql | None = None
    ldif: SeedLdif | None = None
    run: Command | None = None
    request: SeedRequest | None = None
    scenario: str | None = Field(default=None, min_length=1)

    @property
    def is_late(self) -> bool:
        """Whether it is done when the product answers."""
        return any(getattr(self, kind) for kind in LATE)

    @model_validator(mode="before")
    @classmethod
    def _one_kind(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        unknown = next((key for key in value if key not in KINDS), None)
        if unknown is not None:
            raise Mistake(Message("`{key}` is no kind of seed data", key=unknown), nearest(str(unknown), KINDS))
        if len(value) != 1:
            raise Mistake(
                Message("an entry of `seed` has one key, here are {count}", count=len(value)),
                Message("use one of: {choices}", choices=", ".join(KINDS)),
            )
        return value

    @property
    def load(self) -> SeedSql | None:
        """A file that a service takes in."""
        return self.sql or self.ldif
