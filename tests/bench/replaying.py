"""A replay with all evidence against the same steps in plain Selenium, in one replica, in turn."""

import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from harness import spec
from harness.engine import connect
from harness.model import Image
from harness.provision import provision
from harness.replay import open_session, replay
from tests.bench.by_hand import open_browser, steps
from tests.integration.running import ROOT


def replay_ratio(product: str, browser: str, rounds: int) -> tuple[float, float]:
    """Median seconds of the steps with evidence, and of plain Selenium; sessions are open already."""
    case = spec.load(ROOT / "environments/gallery-parallax.yaml", ROOT / "scenarios/show-prices.yaml")
    assert case.scenario is not None
    environment = case.file.side("before")
    ours: list[float] = []
    plain: list[float] = []
    with (
        tempfile.TemporaryDirectory(prefix="harness-bench-") as name,
        provision(
            connect(),
            environment,
            case.recipe(environment),
            images={"product": Image(tag=product, id=""), "browser": Image(tag=browser, id="")},
            run_id="bench-replay",
            name="before",
            folder=Path(name),
        ) as provisioned,
    ):
        provisioned.wait_until_ready()
        replica = provisioned.replica
        for number in range(rounds + 1):
            session = open_session(replica)
            began = time.perf_counter()
            trace = replay(case.scenario, replica, Path(name) / str(number), side="before", session=session)
            ours.append(time.perf_counter() - began)
            assert trace.failed is None and trace.fault is None
            driver = open_browser(urlsplit(replica.webdriver_url).hostname or "")
            began = time.perf_counter()
            done = steps(driver, replica.product_url, None)
            plain.append(time.perf_counter() - began)
            driver.quit()
            assert len(done) == len(case.scenario.steps)
    return statistics.median(ours[1:]), statistics.median(plain[1:])
