"""Which machines are repaired, with what, and what is said on the others."""

import os
import platform
from pathlib import Path

import pytest

from harness.engine import daemon, repair


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The programs that are installed; the tests change them."""
    here: set[str] = {"apt-get", "dockerd", "iptables", "mmdebstrap"}
    monkeypatch.setattr(repair, "found", lambda program: program if program in here else None)
    monkeypatch.setattr(daemon, "found", lambda program: program if program in here else None)
    return here


def machine(
    monkeypatch: pytest.MonkeyPatch, *, distribution: str = "debian", like: str = "", answers: bool = False
) -> None:
    monkeypatch.setattr(repair, "_os_release", lambda: {"ID": distribution, "ID_LIKE": like})
    monkeypatch.setattr(repair, "_engine_answers", lambda: answers)


@pytest.mark.parametrize(
    ("distribution", "like", "expected"),
    [("debian", "", True), ("ubuntu", "debian", True), ("linuxmint", "ubuntu debian", True), ("fedora", "", False)],
)
def test_debian_and_its_kin_are_repaired_by_root(
    programs: set[str], monkeypatch: pytest.MonkeyPatch, distribution: str, like: str, expected: bool
) -> None:
    machine(monkeypatch, distribution=distribution, like=like)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert repair.possible() is expected
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert not repair.possible()


def test_only_what_is_missing_is_installed(programs: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch)
    assert set(repair.missing_packages()) <= {"debian-archive-keyring"}
    programs -= {"dockerd", "mmdebstrap"}
    assert {"docker.io", "mmdebstrap"} <= set(repair.missing_packages())
    assert "iptables" not in repair.missing_packages()


def test_a_client_without_a_daemon_is_no_engine(programs: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch)
    programs.remove("dockerd")
    programs.add("docker")
    assert "docker.io" in repair.missing_packages()


def test_an_engine_that_answers_needs_no_daemon_here(programs: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, answers=True)
    programs.remove("dockerd")
    assert "docker.io" not in repair.missing_packages()


@pytest.mark.parametrize(("system", "word"), [("Darwin", "brew install"), ("Windows", "winget install")])
def test_elsewhere_the_commands_are_said(system: str, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    assert word in str(repair.by_hand())


def test_linux_without_root_gets_its_own_commands(programs: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    machine(monkeypatch)
    assert "sudo apt-get install --yes --no-install-recommends mmdebstrap " in str(repair.by_hand(("mmdebstrap",)))
    machine(monkeypatch, distribution="fedora")
    programs.add("dnf")
    assert "dnf install" in str(repair.by_hand())


def test_os_release_is_read(tmp_path: Path) -> None:
    file = tmp_path / "os-release"
    file.write_text('ID=ubuntu\nID_LIKE="debian"\n# note\n\n')
    assert {"ID": "ubuntu", "ID_LIKE": "debian"}.items() <= repair._os_release(file).items()
    assert repair._os_release(tmp_path / "none") == {}
