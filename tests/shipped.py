"""The cases that are shipped and what a real run of each says: one entry a case."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from harness.model import Layer, VerdictName

ROOT = Path(__file__).parents[1]
Part = Literal["upgrade", "mend"]


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """A case, what its upgrade changes, what is said of it, and what mends it."""

    environment: str
    scenario: str
    change: tuple[str, str, str]  # the field that is upgraded: its path, before, after
    others: tuple[str, ...] = ()  # paths of what is upgraded with it, which is the whole server
    verdict: VerdictName = "regression"
    layer: Layer | None = None
    step: int | None = None  # that fails after the upgrade
    words: str = ""  # that the errors or the reason hold
    fingerprint: str = ""
    code: str = ""  # whose code an error is: its role, package and caller
    chain: tuple[str, str, str] | None = None  # how sure it is which answer is behind it, of what rule, where
    mend: tuple[str, str] | None = None  # what `<environment>-mended` upgrades besides: its path, what it becomes
    every_push: tuple[Part, ...] = ("upgrade",)  # what CI has the time for; `nox -s stories` runs all of it

    def marks(self, part: Part) -> list[pytest.MarkDecorator]:
        return [] if part in self.every_push else [pytest.mark.stories]

    @property
    def environment_path(self) -> Path:
        return ROOT / f"environments/{self.environment}.yaml"

    @property
    def mended_path(self) -> Path:
        return ROOT / f"environments/{self.environment}-mended.yaml"

    @property
    def scenario_path(self) -> Path:
        return ROOT / f"scenarios/{self.scenario}.yaml"


SHIPPED = (
    Shipped(
        environment="datasette-search",
        scenario="search-every-table",
        change=("server.product", "datasette@0.64.8", "datasette@1.0a14"),
        layer="client",
        step=4,
        words="reading 'map'",
        fingerprint="2f9d427debd45492",
        code="plugin search-all@1.0",
        chain=("established", "field-removed", "$.columns"),
        mend=("server.plugins.search-all", "1.1.4"),
        every_push=("upgrade", "mend"),
    ),
    Shipped(
        environment="gallery-parallax",
        scenario="show-prices",
        change=("server.product", "gallery@1.12.4", "gallery@3.7.1"),
        layer="client",
        step=3,
        words="indexOf is not a function",
        fingerprint="b8cac9040a216471",
        mend=("server.compat.jquery-migrate", "3.6.0"),
        every_push=("upgrade", "mend"),
    ),
    Shipped(
        environment="flask-admin",
        scenario="add-a-customer",
        change=("server.dependencies.wtforms", "3.1.2", "3.2.1"),
        layer="server",
        step=4,
        words="AttributeError",
        fingerprint="168cf5df5a87f52f",
        code="library wtforms flask-admin@1.6.1",
    ),
    Shipped(
        environment="travel-select",
        scenario="pick-a-city",
        change=("server.product", "booking@4.6.2", "booking@5.3.3"),
        layer="client",
        step=3,
        words=".bs-searchbox",
        fingerprint="3b47cf67b181c96c",
    ),
    Shipped(
        environment="slides-menu",
        scenario="open-the-menu",
        change=("server.product", "slides@3.9.2", "slides@4.6.1"),
        verdict="same",
    ),
    Shipped(
        environment="staff-timezones",
        scenario="see-the-meeting",
        change=("server.os", "debian:12", "debian:13"),
        layer="server",
        step=3,
        words="Invalid timezone 'US/Pacific'",
        fingerprint="979a15c896a7d610",
        mend=("server.compat.tzdata-legacy", "latest"),
    ),
    Shipped(
        environment="backoffice-jazzmin",
        scenario="log-out",
        change=("server.product", "backoffice@4.2.27", "backoffice@5.0.14"),
        layer="server",
        step=8,
        words="HTTP 405",
        fingerprint="44098da96e647e31",
        mend=("server.plugins.jazzmin", "3.0.0"),
    ),
    Shipped(
        environment="orders-toasted",
        scenario="save-an-order",
        change=("server.product", "orders@2.7.16", "orders@3.5.13"),
        layer="client",
        step=2,
        words="Cannot set properties of undefined (setting '$toasted')",
        fingerprint="d47e356d902d2e57",
        mend=("server.compat.vue-compat", "3.5.13"),
    ),
    Shipped(
        environment="manual-tabs",
        scenario="read-about-windows",
        change=("server.product", "manual@5.3.0", "manual@6.2.1"),
        layer="client",
        step=4,
        words="$ is not defined",
        fingerprint="8aeef90a98095db7",
        mend=("server.compat.jquery", "4.1"),
    ),
    Shipped(
        environment="customers-react-admin",
        scenario="turn-the-page",
        change=("server.product", "customers@0.17.4", "customers@1.0.0-beta.3"),
        layer="client",
        step=2,
        words="The X-Total-Count header is missing in the HTTP Response",
        fingerprint="2535b2ed1724403b",
        chain=("likely", "paging-header-removed", "x-total-count"),
        every_push=(),
    ),
    Shipped(
        environment="notebook-execute-time",
        scenario="run-a-cell",
        change=("server.product", "jupyterlab@3.6.8", "jupyterlab@4.2.7"),
        layer="client",
        step=7,
        words="Cannot read properties of undefined (reading 'connect')",
        fingerprint="9bdb246866e62cee",
        mend=("server.plugins.execute-time", "3.2.0"),
        every_push=(),
    ),
    Shipped(
        environment="tracker-hops",
        scenario="close-an-issue",
        change=("server.product", "tracker@2.1.0", "tracker@2.3.0"),
        verdict="same",
        every_push=(),  # tests/integration/test_upgrades.py is of it
    ),
    Shipped(
        environment="wiki-bookworm",
        scenario="edit-a-page",
        change=("server.os", "debian:12", "debian:13"),
        others=("server.product", "server.services.mariadb", "server.services.redis"),
        verdict="same",
        every_push=(),
    ),
)
BY_NAME = {one.environment: one for one in SHIPPED}
