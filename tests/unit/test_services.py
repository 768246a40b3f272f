"""harness.services: what a product is given of them when it runs."""

import pytest

from harness import case_secrets
from harness.errors import InputError
from harness.masking import Secrets
from harness.model import Case, ServiceRef
from harness.services import access
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
