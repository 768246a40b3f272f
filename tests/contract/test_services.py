"""What every service promises, without an engine: its package, its scripts, how it says that it is ready."""

import subprocess

import pytest

from harness.installers import INSTALLERS
from harness.model import VersionSource
from harness.services import DATA, PASSWORD, SERVICES, access
from harness.systems import SYSTEMS

PAIRS = [(name, system) for name in SERVICES for system in SYSTEMS]
READY = {
    "postgresql": [(b"R\x00\x00\x00\x17\x00\x00\x00\nSCRAM-SHA-256\x00\x00", True), (b"E\x00\x00\x00tSFATAL", False)],
    "mariadb": [
        (b"Y\x00\x00\x00\x0a10.11.19-MariaDB\x00", True),
        (b"G\x00\x00\x00\xffj\x04Host is not allowed", False),
    ],
    "redis": [
        (b"-NOAUTH Authentication required.\r\n", True),
        (b"+PONG\r\n", True),
        (b"-LOADING Redis is loading the dataset in memory\r\n", False),
    ],
}


@pytest.mark.parametrize("name", SERVICES)
def test_it_is_to_be_had_on_every_system(name: str) -> None:
    assert SERVICES[name].releases.keys() == SYSTEMS.keys()


@pytest.mark.parametrize(("name", "system"), PAIRS)
def test_its_package_is_one_of_the_distribution_at_the_version_that_is_locked(name: str, system: str) -> None:
    part = SERVICES[name].part(SYSTEMS[system])
    assert isinstance(part.version, VersionSource)
    assert part.version.installer == "apt"
    (entry,) = part.install
    assert entry.arguments == [f"{part.version.package}={{{{ service.version }}}}"]
    assert INSTALLERS[entry.installer]


@pytest.mark.parametrize(("name", "system"), PAIRS)
def test_its_scripts_are_valid_shell(name: str, system: str) -> None:
    for script in (SERVICES[name].setup(SYSTEMS[system]), SERVICES[name].start(SYSTEMS[system])):
        done = subprocess.run(["dash", "-n"], input=script, text=True, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("name", "system"), PAIRS)
def test_it_keeps_its_data_in_one_place_and_ends_as_the_server_itself(name: str, system: str) -> None:
    service = SERVICES[name]
    assert DATA in service.setup(SYSTEMS[system])
    last = [line for line in service.start(SYSTEMS[system]).splitlines() if line and line[0].isalpha()][-1]
    assert last.startswith("exec ")
    assert f"${PASSWORD}" in service.start(SYSTEMS[system])
    assert "unset PASSWORD\n" in service.start(SYSTEMS[system])


@pytest.mark.parametrize("name", SERVICES)
def test_what_templates_see_of_it(name: str) -> None:
    seen = access(name, "hush")
    assert list(seen) == ["url", "host", "port", "user", "password", "database"]
    assert seen["url"].endswith(f":hush@{name}:{seen['port']}/{seen['database']}")


@pytest.mark.parametrize(("name", "answer", "ready"), [(name, *case) for name in READY for case in READY[name]])
def test_an_answer_that_says_that_it_is_ready_is_told_from_others(name: str, answer: bytes, ready: bool) -> None:
    assert bool(SERVICES[name].ready.match(answer)) is ready


def test_every_service_says_when_it_is_ready() -> None:
    assert READY.keys() == SERVICES.keys()
