"""What stands between browser and product, in real containers: an upgrade that changes it is named as the link's."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from harness.evidence import RunFolder
from harness.model import Request
from tests.integration.running import Ran, Reproduce

pytestmark = pytest.mark.engine
OFFICE = Path(__file__).parent / "office"
PASSWORD = "correct-horse-battery"
TRUST = "the client does not trust the authority of the certificate"
DATE = "the certificate is not valid at the time of the client's clock"
UNTRUSTED = {  # in their words
    "chromium": "net::ERR_CERT_AUTHORITY_INVALID",
    "firefox": "NS_ERROR_GENERATE_FAILURE(NS_ERROR_MODULE_SECURITY, SEC_ERROR_UNKNOWN_ISSUER)",
}


def run(reproduce: Reproduce, folder: Path, scenario: str, before: dict[str, Any], after: dict[str, Any]) -> Ran:
    document = {"schema": 1, "name": "office", "server": {"product": "office@1.0"}, **before, "upgrade": [after]}
    if not (folder / "recipes").exists():
        (folder / "recipes").symlink_to(OFFICE / "recipes")
    file = folder / "office.yaml"
    file.write_text(yaml.safe_dump(document), "utf-8")
    return reproduce(file, OFFICE / f"{scenario}.yaml")


def named(ran: Ran) -> list[str]:
    """What stood in the way of a request after the upgrade; before it nothing did."""
    traces = [RunFolder(path=ran.folder).read_trace(side) for side in ("before", "after")]
    found = [
        [str(one.obstacle.message()) for one in trace.observations if isinstance(one, Request) and one.obstacle]
        for trace in traces
        if trace
    ]
    assert found[0] == []
    return found[1]


@pytest.mark.parametrize("browser", UNTRUSTED)
def test_an_authority_that_is_no_longer_trusted(browser: str, reproduce: Reproduce, tmp_path: Path) -> None:
    before = {"client": {"browser": browser, "certificates": ["replica"]}, "link": {"tls": True}}
    ran = run(reproduce, tmp_path, "read-the-rows", before, {"client": {"certificates": []}})
    assert (ran.code, ran.verdict["verdict"], ran.verdict["layer"]) == (1, "regression", "link")
    assert ran.verdict["errors"][0]["text"] == f"{UNTRUSTED[browser]}: {TRUST}"
    assert named(ran) == [TRUST]
    changed = [(one["path"], one["before"], one["after"]) for one in ran.verdict["environment_diff"]]
    assert changed == [("client.certificates", "replica", None)]


def test_an_authority_of_a_company_is_trusted_where_its_file_is_there(reproduce: Reproduce, tmp_path: Path) -> None:
    """The product itself speaks TLS; what it has was issued by that authority."""
    company = trustme.CA(organization_name="A company")
    (tmp_path / "certificates").mkdir()
    company.cert_pem.write_to_path(tmp_path / "certificates/company.pem")
    shutil.copytree(OFFICE / "recipes", tmp_path / "recipes")
    company.issue_cert("product").private_key_and_cert_chain_pem.write_to_path(
        tmp_path / "recipes/office/files/office.pem"
    )
    before = {"client": {"browser": "firefox", "certificates": ["certificates/company.pem"]}}
    ran = run(reproduce, tmp_path, "read-the-rows-securely", before, {"client": {"certificates": []}})
    assert (ran.code, ran.verdict["verdict"], ran.verdict["layer"]) == (1, "regression", "link")
    assert named(ran) == [TRUST]


def test_a_clock_that_is_years_ahead(reproduce: Reproduce, tmp_path: Path) -> None:
    before = {"client": {"certificates": ["replica"]}, "link": {"tls": True}}
    ran = run(reproduce, tmp_path, "read-the-rows", before, {"client": {"clock": "+800d"}})
    assert (ran.code, ran.verdict["verdict"], ran.verdict["layer"]) == (1, "regression", "link")
    assert ran.verdict["errors"][0]["text"] == f"net::ERR_CERT_DATE_INVALID: {DATE}"
    assert named(ran) == [DATE]


def test_a_password_that_the_client_has_wrong(reproduce: Reproduce, tmp_path: Path) -> None:
    after = {"link": {"basic_auth": {"client_knows": "wrong"}}}
    ran = run(reproduce, tmp_path, "read-the-rows", {"link": {"basic_auth": {"user": "ann"}}}, after)
    assert (ran.code, ran.verdict["verdict"], ran.verdict["layer"]) == (1, "regression", "link")
    assert named(ran) == ["the login before the product does not let the client in"]


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_a_proxy_that_asks_who_is_there(
    browser: str, reproduce: Reproduce, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFICE_PASSWORD", PASSWORD)
    login = {"user": "ann", "password": "${env:OFFICE_PASSWORD}"}
    before = {"client": {"browser": browser}, "link": {"proxy": login}}
    ran = run(reproduce, tmp_path, "read-the-rows", before, {"link": {"proxy": {"client_knows": "none"}}})
    assert (ran.code, ran.verdict["verdict"], ran.verdict["layer"]) == (1, "regression", "link")
    assert named(ran)[0] == "the proxy asks for a login that the client does not have"
    assert (ran.folder / "before/link-proxy.log").is_file()
    assert not [path for path in ran.folder.rglob("*") if path.is_file() and PASSWORD.encode() in path.read_bytes()]


def test_a_host_that_the_network_blocks(reproduce: Reproduce, tmp_path: Path) -> None:
    """The partner is the product by its address."""
    after = {"link": {"blocked": ["*.*.*.*"]}}
    ran = run(reproduce, tmp_path, "ask-the-partner", {"link": {"egress": "allow"}}, after)
    assert (ran.code, ran.verdict["verdict"], ran.verdict["layer"]) == (1, "regression", "link")
    assert named(ran) == ["blocked by the environment"]
