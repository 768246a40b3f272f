"""What an upgrade changed, in words."""

from harness.model import Environment, Server, difference
from harness.writing.changes import words


def of(*services: object, os: str = "debian:12") -> Environment:
    return Environment(server=Server.model_validate({"product": "shop@1", "os": os, "services": services}))


def test_a_service_that_moves_alone_is_told_from_which_system() -> None:
    (change,) = difference(of("mariadb@11"), of({"name": "mariadb", "version": "11", "os": "debian:13"}))
    assert str(words(change)) == "the operating system of mariadb: debian:12 → debian:13"


def test_and_one_that_moves_with_the_server_is_not_told_of() -> None:
    (change,) = difference(of("mariadb@11"), of("mariadb@11", os="debian:13"))
    assert change.path == "server.os"
