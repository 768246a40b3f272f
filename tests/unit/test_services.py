"""harness.services: what a product is given of them when it runs."""

import pytest

from harness import case_secrets
from harness.errors import InputError
from harness.masking import Secrets
from harness.model import Case, ServiceRef
from harness.services import access, terms
from harness.systems import SYSTEMS
from tests.unit.shop import Shop, shop

__all__ = ["shop"]  # a fixture

PASSWORD = "4f1d0c9b8a7e6f5d"


def given(shop: Shop, secrets: Secrets | None = None, **environment: object) -> dict[str, str]:
    recipe = shop.recipe(environment=environment)
    exact = shop.environment(services=(ServiceRef(name="redis", version="7.0"),))
    services = {"redis": access(ServiceRef(name="redis"), PASSWORD)}
    return case_secrets.variables(recipe, exact, Secrets() if secrets is None else secrets, {}, services)


def test_variables_of_services_are_filled_in(shop: Shop) -> None:
    assert given(shop, URL="{{ services.redis.url }}", VERSION="{{ services.redis.version }}", PLAIN="a") == {
        "URL": f"redis://:{PASSWORD}@redis:6379/0",
        "VERSION": "7.0",
    }


def test_a_service_that_is_not_there_can_be_asked_for(shop: Shop) -> None:
    text = "{% if 'mariadb' in services %}{{ services.mariadb.host }}{% else %}none{% endif %}"
    assert given(shop, DB=text) == {"DB": "none"}


def test_one_that_is_not_there_and_is_named_is_an_error_with_the_place(shop: Shop) -> None:
    with pytest.raises(InputError, match="1 problem") as caught:
        given(shop, DB="{{ services.mariadb.host }}")
    assert "the template asks for `mariadb`, which is not there" in caught.value.into("en")


def test_the_template_of_a_secret_is_none_itself(shop: Shop) -> None:
    recipe = shop.recipe(environment={"A": {"secret": "{{ services.redis.password }}"}, "B": {"secret": "of the shop"}})
    case = Case(file=shop.file(), scenario=None, recipes={"shop": recipe})
    assert case_secrets.known_secrets(case, {}).named == ("of the shop",)


def test_what_is_marked_becomes_a_secret(shop: Shop) -> None:
    secrets = Secrets()
    given(shop, secrets, PGPASSWORD={"secret": "{{ services.redis.password }}"})
    assert secrets.named == (PASSWORD,)


# ----------------------------------------------------------------- given as images
IMAGE = "registry.example/db@sha256:" + "9f86d081" * 8


def test_a_database_of_a_known_name_is_used_as_its_makers_images_are() -> None:
    agreed = terms(ServiceRef.model_validate({"name": "postgresql", "image": IMAGE, "environment": {"PGTZ": "UTC"}}))
    assert agreed.variables(PASSWORD) == {
        "POSTGRES_USER": "app",
        "POSTGRES_PASSWORD": PASSWORD,
        "POSTGRES_DB": "app",
        "PGDATA": "/var/lib/postgresql/data",
        "PGTZ": "UTC",
    }
    assert agreed.access(PASSWORD)["url"] == f"postgresql://app:{PASSWORD}@postgresql:5432/app"
    assert (agreed.user, agreed.command, agreed.data) == ("postgres", None, ("/var/lib/postgresql/data",))
    assert agreed.load(SYSTEMS["debian:12"], "/tmp/seed.sql")[-2:] == ("--file", "/tmp/seed.sql")
    assert agreed.seeds == "sql"


def test_any_other_is_used_as_its_file_says() -> None:
    said = {
        "name": "mongodb",
        "image": IMAGE,
        "port": 27017,
        "user": "mongodb",
        "data": ["/data/db"],
        "environment": {"MONGO_INITDB_ROOT_PASSWORD": "{{ service.password }}"},
        "url": "mongodb://{{ service.user }}:{{ service.password }}@{{ service.host }}:{{ service.port }}/",
    }
    agreed = terms(ServiceRef.model_validate(said))
    assert agreed.variables(PASSWORD) == {"MONGO_INITDB_ROOT_PASSWORD": PASSWORD}
    assert agreed.access(PASSWORD) == {
        "url": f"mongodb://app:{PASSWORD}@mongodb:27017/",
        "host": "mongodb",
        "port": 27017,
        "user": "app",
        "password": PASSWORD,
        "database": "app",
    }
    assert (agreed.user, agreed.data, agreed.seeds) == ("mongodb", ("/data/db",), "")
    assert terms(ServiceRef.model_validate({**said, "url": None})).access(PASSWORD)["url"] == "tcp://mongodb:27017"


def test_one_whose_images_have_no_convention_is_used_as_its_file_says() -> None:
    said = {"name": "smtp", "image": IMAGE, "port": 25, "data": []}
    assert terms(ServiceRef.model_validate(said)).port == 25


def test_templates_see_the_beginning_of_its_digest_as_its_version(shop: Shop) -> None:
    ref = ServiceRef.model_validate({"name": "mongodb", "image": IMAGE, "port": 1, "data": []})
    recipe = shop.recipe(environment={"A": "{{ services.mongodb.version }} at {{ services.mongodb.port }}"})
    seen = case_secrets.variables(
        recipe, shop.environment(services=(ref,)), Secrets(), {}, {"mongodb": access(ref, PASSWORD)}
    )
    assert seen == {"A": "9f86d0819f86 at 1"}
