"""CA certificates and proxies of a machine, found in its variables and folders."""

from pathlib import Path

import pytest

from harness.engine import host


def pem(word: str) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{word}\n-----END CERTIFICATE-----\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that trusts A and B, and to which nothing was added."""
    for name in (*host.BUNDLE_VARIABLES, *host.EXTRA_VARIABLES):
        monkeypatch.delenv(name, raising=False)
    system = tmp_path / "system.pem"
    system.write_text(pem("A") + pem("B"))
    monkeypatch.setattr(host, "SYSTEM_BUNDLES", (tmp_path / "not-here.pem", system))
    monkeypatch.setattr(host, "LOCAL_FOLDER", tmp_path / "local")
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    return tmp_path


def test_nothing_added_nothing_to_give(machine: Path) -> None:
    assert host.extra_certificates() == ()
    assert host.ca_bundle() is None
    assert host.system_bundle() == machine / "system.pem"


def test_what_the_system_holds_already_is_given_by_its_bundle(machine: Path) -> None:
    (machine / "local").mkdir()
    (machine / "local" / "own.crt").write_text(pem("B").replace("\n", "\r\n"))
    assert host.extra_certificates() == (machine / "local" / "own.crt",)
    assert host.ca_bundle() == machine / "system.pem"


def test_what_is_more_is_put_beside_the_systems(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine / "extra.pem").write_text(pem("C"))
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(machine / "extra.pem"))
    bundle = host.ca_bundle()
    assert bundle
    assert [word in bundle.read_text() for word in (pem("A"), pem("B"), pem("C"))] == [True] * 3
    assert host.ca_bundle() == bundle


def test_a_bundle_that_somebody_chose_takes_the_systems_place(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine / "chosen.pem").write_text(pem("D"))
    monkeypatch.setenv("SSL_CERT_FILE", str(machine / "chosen.pem"))
    assert host.ca_bundle() == machine / "chosen.pem"


def test_a_variable_that_names_no_file_is_nothing(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(machine / "gone.pem"))
    assert host.ca_bundle() is None


def test_proxies_in_either_case_the_small_letters_first() -> None:
    environment = {"HTTP_PROXY": "http://a:1", "http_proxy": "http://b:2", "NO_PROXY": "x", "https_proxy": ""}
    assert host.proxies(environment) == {"http_proxy": "http://b:2", "no_proxy": "x"}
    assert host.in_both_cases({"no_proxy": "x"}) == {"no_proxy": "x", "NO_PROXY": "x"}


def test_settings_in_the_form_of_apt() -> None:
    assert host.apt_conf({"Acquire::https::CaInfo": "/a b"}) == 'Acquire::https::CaInfo "/a b";\n'
    assert host.apt_conf({}) == ""
