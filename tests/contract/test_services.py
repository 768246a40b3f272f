"""What every service promises, without an engine: its package, its scripts, how it says that it is ready."""

import subprocess

import pytest

from harness.installers import INSTALLERS
from harness.model import Mail, ServiceRef, VersionSource
from harness.services import DATA, PASSWORD, SERVICES, access, terms
from harness.systems import SYSTEMS

PAIRS = [(name, system) for name in SERVICES for system in SYSTEMS]
EXACTLY = {"apt": "=", "pip": "=="}
WITHOUT_ACCOUNT = ("ldap",)  # RFC 4516: the URL of a directory has none
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
    "rabbitmq": [(b"\x01\x00\x00\x00\x00\x01\xf0\x00\n\x00\n\x00\t", True), (b"AMQP\x00\x00\x09\x01", False)],
    "ldap": [
        (b"0\x0c\x02\x01\x01a\x07\n\x01\x00\x04\x00\x04\x00", True),
        (b"0\x0c\x02\x01\x01a\x07\n\x01\x35\x04\x00\x04\x00", False),
    ],
    "smtp": [(b"220 smtp Python SMTP 1.4.6\r\n", True), (b"421 too busy\r\n", False)],
}


@pytest.mark.parametrize("name", SERVICES)
def test_it_is_to_be_had_on_every_system(name: str) -> None:
    assert SERVICES[name].releases.keys() == SYSTEMS.keys()


@pytest.mark.parametrize(("name", "system"), PAIRS)
def test_its_package_is_one_of_a_registry_at_the_version_that_is_locked(name: str, system: str) -> None:
    part = SERVICES[name].part(SYSTEMS[system])
    assert isinstance(part.version, VersionSource)
    (entry,) = part.install
    assert entry.installer == part.version.installer
    assert entry.arguments[0] == f"{part.version.package}{EXACTLY[entry.installer]}{{{{ service.version }}}}"
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
    seen = access(ServiceRef(name=name), "hush")
    assert list(seen) == ["url", "host", "port", "user", "password", "database"]
    whose = "" if name in WITHOUT_ACCOUNT else f":{seen['password']}@"
    assert seen["url"].endswith(f"{whose}{name}:{seen['port']}/{seen['database']}")
    assert seen["user"]
    assert seen["password"] == "hush"


@pytest.mark.parametrize(("name", "answer", "ready"), [(name, *case) for name in READY for case in READY[name]])
def test_an_answer_that_says_that_it_is_ready_is_told_from_others(name: str, answer: bytes, ready: bool) -> None:
    assert bool(SERVICES[name].ready.match(answer)) is ready


def test_every_service_says_when_it_is_ready() -> None:
    assert READY.keys() == SERVICES.keys()


@pytest.mark.parametrize("name", SERVICES)
def test_what_it_loads_is_of_the_kind_that_it_says(name: str) -> None:
    service, system = SERVICES[name], SYSTEMS["debian:12"]
    assert service.seeds in ("", "sql", "ldif")
    assert bool(service.load(system, "/tmp/seed")) is bool(service.seeds)


@pytest.mark.parametrize("name", [name for name in SERVICES if SERVICES[name].convention])
def test_an_image_of_its_makers_can_be_used_without_being_root(name: str) -> None:
    given = ServiceRef.model_validate({"name": name, "image": f"{name}@sha256:{'1' * 64}"})
    agreed = terms(given)
    assert agreed.known is SERVICES[name]
    assert agreed.user not in (None, "root")
    assert all(folder.startswith("/") for folder in agreed.data)
    assert "hush" in agreed.variables("hush").values()
    assert (agreed.seeds, bool(agreed.load(SYSTEMS["debian:12"], "/tmp/seed"))) in (("", False), ("sql", True))


def test_a_line_that_tells_of_a_mail_becomes_one() -> None:
    line = (
        'mail {"sender": "a@x.test", "recipients": ["b@x.test"], "subject": "谢谢", "text": "hello", "attachments": []}'
    )
    mail = SERVICES["smtp"].mail(line, 2, 1.5)
    assert mail == Mail(
        step=2, time_s=1.5, source="smtp", sender="a@x.test", recipients=("b@x.test",), subject="谢谢", text="hello"
    )
    for other in (line[:40], "mail 3 is kept and cannot be read", 'mail {"recipients": 5}', "ERROR: no"):
        assert SERVICES["smtp"].mail(other, 2, 1.5) is None
    assert all(service.mail(line, 2, 1.5) is None for name, service in SERVICES.items() if name != "smtp")


def test_what_a_database_says_to_who_waits_for_it_is_noise() -> None:
    noise = SERVICES["postgresql"].noise
    assert noise
    assert noise.search("2026-11-29 18:00:00 UTC [12] FATAL:  the database system is starting up")
    assert not noise.search('2026-11-29 18:00:00 UTC [12] FATAL:  role "shop" does not exist')
