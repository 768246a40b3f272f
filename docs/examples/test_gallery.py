"""The gallery's prices, before and after its upgrade from jQuery 1 to 3."""

import pytest
import requests
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as condition
from selenium.webdriver.support.wait import WebDriverWait

from harness.pytest_plugin import Page, Replica


@pytest.mark.environment("gallery-parallax")
def test_the_prices_are_shown(page: Page) -> None:
    page.get("/")
    page.find_element(By.ID, "show").click()
    price = condition.text_to_be_present_in_element((By.ID, "panel"), "Lisbon 240 EUR")
    WebDriverWait(page, 3).until(price)
    assert not page.errors


@pytest.mark.environment("gallery-parallax", sides=("after",))
def test_the_upgrade_is_there(replica: Replica) -> None:
    assert replica.environment.server.product.version == "3.7.1"
    script = requests.get(f"{replica.local_url}/node_modules/jquery/dist/jquery.js", timeout=10)
    assert "jQuery JavaScript Library v3.7.1" in script.text
    code, listed = replica.execute("ls", "node_modules")
    assert code == 0
    assert "jquery.stellar" in listed.split()
