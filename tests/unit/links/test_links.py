"""What stands between browser and product, as data: names, ports, settings, logins."""

import ast
import json
from dataclasses import replace

import pytest
from pydantic import ValidationError

from harness.browsers.chromium.client import resolver_rules
from harness.links import LINKS, wanted_links
from harness.links.httpd import CONFIG, PASSWORDS
from harness.masking import Secrets
from harness.model import Credential, Environment, Link, Ref, Server
from harness.model.changes import rows
from harness.model.links import BasicAuth, Proxy, matches
from harness.protocols import Crossing
from harness.replicas.crossings import Crossings, crossings
from harness.systems import SYSTEMS
from harness.wanted import system


def environment(**link: object) -> Environment:
    return Environment(link=Link.model_validate(link), server=Server(product=Ref(name="shop")))


def planned(**link: object) -> Crossings:
    return crossings(environment(**link), 8000, Secrets(), {"WORD": "long-enough-a-word"})


def config(crossing: Crossing, name: str) -> str:
    content = {file.path: file.content for file in LINKS[name].files(crossing)}[CONFIG]
    assert isinstance(content, bytes)
    return content.decode()


def test_nothing_stands_there_unless_it_is_asked_for() -> None:
    assert wanted_links(environment()) == ()
    plan = planned()
    assert (plan.planned, plan.scheme, plan.port) == ((), "http", 8000)


def test_what_stands_before_the_product_has_its_name() -> None:
    plan = planned(tls=True, proxy={})
    assert [(one.member, one.crossing.name, one.crossing.port) for one in plan.planned] == [
        ("proxy", "proxy", 3128),
        ("front", "product", 8443),
    ]
    assert plan.planned[1].crossing.upstream == "http://origin:8000"
    assert (plan.scheme, plan.port, plan.way.proxy) == ("https", 8443, "proxy:3128")
    assert plan.authority.startswith(b"-----BEGIN CERTIFICATE-----")


def test_a_login_alone_leaves_the_address_of_the_product() -> None:
    plan = planned(basic_auth={"user": "ann"})
    assert (plan.scheme, plan.port) == ("http", 8000)
    login = plan.planned[0].crossing.login
    assert login
    assert plan.way.logins == {"front": login}


@pytest.mark.parametrize("knows", ["wrong", "none"])
def test_a_client_may_not_know_the_password(knows: str) -> None:
    secrets = Secrets()
    link = {"proxy": {"user": "ann", "password": "${env:WORD}", "client_knows": knows}}
    plan = crossings(environment(**link), 8000, secrets, {"WORD": "long-enough-a-word"})
    assert plan.planned[0].crossing.login == Credential(user="ann", password="long-enough-a-word")
    known = plan.way.logins["proxy"]
    assert known is None if knows == "none" else known and known.password != "long-enough-a-word"
    assert "long-enough-a-word" in secrets.named


def test_the_proxy_refuses_blocked_hosts_and_says_so() -> None:
    crossing = planned(proxy={}, blocked=["*.ads.example"]).planned[0].crossing
    text = config(crossing, "proxy")
    assert r'<ProxyMatch "^([a-z]+://)?.*\.ads\.example\.?(:[0-9]+)?(/|$)">' in text
    assert "error=http_request_denied" in text
    assert "AuthType" not in text
    assert "AuthType Basic" in config(replace(crossing, login=Credential(user="a", password="b")), "proxy")


def test_no_password_stands_in_a_file_of_the_front() -> None:
    crossing = planned(basic_auth={"user": "ann", "password": "${env:WORD}"}).planned[0].crossing
    files = {file.path: file.content for file in LINKS["front"].files(crossing)}
    assert isinstance(files[PASSWORDS], bytes)
    assert files[PASSWORDS].startswith(b"ann:{SHA}")
    assert b"long-enough" not in b"".join(content for content in files.values() if isinstance(content, bytes))


@pytest.mark.parametrize(
    ("pattern", "host", "is_one"),
    [
        ("ads.example", "ads.example", True),
        ("ads.example", "x.ads.example", False),
        ("*.ads.example", "x.ads.example", True),
        ("*.ads.example", "ads.example", False),
        ("ads.example", "ADS.example.", True),
        ("ads.example", "adsxexample", False),
    ],
)
def test_patterns_of_hosts(pattern: str, host: str, is_one: bool) -> None:
    assert matches(pattern, host) is is_one


def test_chromium_does_not_look_for_blocked_hosts() -> None:
    assert resolver_rules(None, ()) == ""
    assert resolver_rules(None, ["*.ads.example"]) == "MAP *.ads.example ~NOTFOUND"
    rules = resolver_rules(["product", "10.0.0.2"], ["product"])
    assert rules == "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE 10.0.0.2"


@pytest.mark.parametrize(
    ("model", "value"),
    [
        (Proxy, {"user": "ann", "password": "in the file"}),
        (Proxy, {"password": "${env:WORD}"}),
        (Proxy, {"client_knows": "none"}),
        (BasicAuth, {}),
        (Link, {"blocked": ["http://ads.example/"]}),
        (Link, {"basic_auth": {"user": "a:b"}}),
    ],
)
def test_what_makes_no_sense_is_refused(model: type[Link], value: object) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(value)


def test_the_difference_shows_what_is_there() -> None:
    shown = rows(
        environment(tls=True, proxy={"user": "ann", "client_knows": "none"}, blocked=["a.example", "b.example"])
    )
    assert {path: text for path, text in shown.items() if path.startswith("link.")} == {
        "link.egress": "deny",
        "link.blocked": "a.example, b.example",
        "link.proxy": "on",
        "link.proxy.user": "ann",
        "link.proxy.client_knows": "none",
        "link.tls": "on",
    }
    assert [path for path in rows(environment()) if path.startswith("link.")] == ["link.egress"]


def test_a_gateway_knows_the_product_alone_and_what_it_does() -> None:
    rules = [{"match": {"path": "/rows"}, "response": {"status": 200}}]
    asked = environment(gateways=["gateways/old.yaml"], basic_auth={"user": "ann"})
    plan = crossings(asked, 8000, Secrets(), {}, rules)
    assert [(one.member, one.crossing.name, one.crossing.port, one.crossing.upstream) for one in plan.planned] == [
        ("front", "product", 8000, "http://gateway:8000"),
        ("gateway", "gateway", 8000, "http://origin:8000"),
    ]
    front, gateway = (one.crossing for one in plan.planned)
    assert front.rules == ()
    files = {file.path: file.content for file in LINKS["gateway"].files(gateway)}
    settings = json.loads(bytes(files["config.yaml"]))  # type: ignore[arg-type]
    assert settings["mode"] == ["reverse:http://origin:8000@8000", "reverse:http://origin:8000@9001"]
    assert json.loads(bytes(files["rules.json"])) == rules  # type: ignore[arg-type]
    assert {"addon.py", "transforms/__init__.py", "transforms/bodies.py"} < files.keys()


def test_a_gateway_runs_on_the_first_debian_whose_python_it_takes() -> None:
    systems = {server: LINKS["gateway"].os(server) for server in SYSTEMS}
    assert systems == {"debian:11": "debian:12", "debian:12": "debian:12", "debian:13": "debian:13"}
    for name, part in LINKS.items():
        asked = environment(gateways=["gateways/a.yaml"], proxy={}, tls=True)
        asked = asked.model_copy(update={"server": asked.server.model_copy(update={"os": "debian:11"})})
        assert system(asked, f"links.{name}").name == part.os("debian:11")


def test_what_follows_the_rules_runs_on_the_python_of_a_gateway() -> None:
    """The transforms are copied as they are."""
    plan = crossings(environment(gateways=["gateways/a.yaml"]), 8000, Secrets())
    for file in LINKS["gateway"].files(plan.planned[0].crossing):
        if file.path.endswith(".py"):
            assert isinstance(file.content, bytes)
            ast.parse(file.content, feature_version=(3, 11))
