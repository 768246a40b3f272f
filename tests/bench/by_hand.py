"""What somebody would write by hand for `gallery-parallax`: docker-py and Selenium, one side after the other.

``python -m tests.bench.by_hand BROWSER_IMAGE FOLDER EVIDENCE IMAGE…``: replays the
scenario in each product image. With ``EVIDENCE`` 1 it keeps a screenshot and the
page's source of every step and the console at the end, as the product does; with 0
it keeps nothing.
"""

import http.client
import json
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import docker
from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.wait import WebDriverWait


def wait_for(address: str, port: int, path: str) -> None:
    while True:
        connection = http.client.HTTPConnection(address, port, timeout=5)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.02)
        finally:
            connection.close()


def address_of(container: Any, network: str) -> str:
    container.reload()
    return str(container.attrs["NetworkSettings"]["Networks"][network]["IPAddress"])


def open_browser(address: str) -> webdriver.Remote:
    options = webdriver.ChromeOptions()
    for argument in ("--headless", "--no-sandbox", "--disable-gpu", "--window-size=1366,768"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    server = f"http://{address}:9515"
    config = ClientConfig(remote_server_addr=server, keep_alive=True)
    executor = RemoteConnection(client_config=config)
    executor.add_command("getLog", "POST", "/session/$sessionId/se/log")  # type: ignore[no-untyped-call]
    return webdriver.Remote(command_executor=executor, options=options)


def steps(driver: webdriver.Remote, base_url: str, folder: Path | None) -> list[str]:
    done: list[str] = []

    def keep(name: str) -> None:
        done.append(name)
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.png").write_bytes(driver.get_screenshot_as_png())
            (folder / f"{name}.html").write_text(driver.page_source, "utf-8")

    driver.get(base_url + "/")
    keep("open")
    wait = WebDriverWait(driver, 5, poll_frequency=0.02)
    wait.until(expected_conditions.text_to_be_present_in_element((By.CSS_SELECTOR, "h1"), "Summer tours"))
    keep("heading")
    try:
        ready = expected_conditions.presence_of_element_located((By.CSS_SELECTOR, "body.parallax-ready"))
        WebDriverWait(driver, 3, poll_frequency=0.02).until(ready)
    except TimeoutException:
        keep("failed")
        return done
    keep("parallax")
    driver.find_element(By.CSS_SELECTOR, "#show").click()
    keep("click")
    wait.until(expected_conditions.text_to_be_present_in_element((By.CSS_SELECTOR, "#panel"), "Lisbon 240 EUR"))
    keep("prices")
    return done


def one_side(engine: docker.DockerClient, product_image: str, browser_image: str, folder: Path | None) -> list[str]:
    name = f"by-hand-{uuid4().hex[:8]}"
    network = engine.networks.create(name, internal=True)
    made: list[Any] = []
    try:
        common: dict[str, Any] = {"detach": True, "network": name, "mem_limit": "2g"}
        product = engine.containers.run(product_image, hostname="product", name=f"{name}-product", **common)
        made.append(product)
        browser = engine.containers.run(browser_image, name=f"{name}-browser", shm_size="512m", **common)
        made.append(browser)
        product_address = address_of(product, name)
        wait_for(product_address, 8000, "/")
        browser_address = address_of(browser, name)
        wait_for(browser_address, 9515, "/status")
        driver = open_browser(browser_address)
        try:
            done = steps(driver, f"http://{product_address}:8000", folder)
            if folder:
                (folder / "console.json").write_text(
                    json.dumps(driver.execute("getLog", {"type": "browser"})["value"]), "utf-8"
                )
                (folder / "server.log").write_bytes(product.logs())
            return done
        finally:
            driver.quit()
    finally:
        for container in made:
            container.remove(force=True, v=True)
        network.remove()


def main() -> None:
    browser_image, folder, evidence, *product_images = sys.argv[1:]
    engine = docker.from_env()
    for number, image in enumerate(product_images):
        print(one_side(engine, image, browser_image, Path(folder) / str(number) if evidence == "1" else None))


if __name__ == "__main__":
    main()
