"""Passwords of a project, and what its product is given that stands in no image."""

import base64
import re
import shlex
import subprocess
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from harness.compose.credentials import Credentials, env_file
from tests.unit.compose.lineages import recipe, release

PASSWORD = "REPLICA_POSTGRESQL_PASSWORD"


def given_to(folder: Path, credentials: Credentials, **environment: object) -> dict[str, str]:
    one = release(recipe(folder, environment=environment), services={"postgresql": "15"})
    return credentials.variables(one.environment, one.recipe)


def test_a_password_is_the_same_wherever_it_is_asked_for_and_another_in_each_project() -> None:
    first, second = Credentials(), Credentials()
    assert first.password("postgresql") == first.password("postgresql") == f"${{env:{PASSWORD}}}"
    second.password("postgresql")
    assert re.fullmatch("[0-9a-f]{32}", first.values[PASSWORD])
    assert first.values != second.values


def test_what_is_made_of_a_password_refers_to_it(tmp_path: Path) -> None:
    found = given_to(
        tmp_path,
        Credentials(),
        URL="{{ services.postgresql.url }}",
        HOST="{{ services.postgresql.host }}:{{ services.postgresql.port }}",
        MIXED="${env:KEY}/{{ services.postgresql.password }}",
    )
    assert found == {
        "URL": f"postgresql://app:${{env:{PASSWORD}}}@postgresql:5432/app",
        "HOST": "postgresql:5432",
        "MIXED": f"${{env:KEY}}/${{env:{PASSWORD}}}",
    }


def test_what_a_password_cannot_be_seen_in_is_kept_whole(tmp_path: Path) -> None:
    credentials = Credentials()
    found = given_to(tmp_path, credentials, BACKWARDS="{{ services.postgresql.password | reverse }}")
    assert found == {"BACKWARDS": "${env:REPLICA_BACKWARDS}"}
    assert credentials.values["REPLICA_BACKWARDS"] == credentials.values[PASSWORD][::-1]


def test_secrets_of_others_are_asked_for(tmp_path: Path) -> None:
    credentials = Credentials()
    found = given_to(tmp_path, credentials, LICENSE="id-${env:KEY}", TOKEN={"secret": "hush"}, PLAIN="in the image")
    assert found == {"LICENSE": "id-${env:KEY}", "TOKEN": "${env:TOKEN}"}
    text = env_file(credentials)
    assert "hush" not in text
    assert text.splitlines()[-2:] == ["#KEY=", "#TOKEN="]


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20))
def test_a_value_in_single_quotes_is_what_it_is(value: str) -> None:
    """As the files of Compose have it; one with a single quote in it has double ones, and what these change escaped."""
    credentials = Credentials()
    credentials.keep("x", value)
    (line,) = env_file(credentials).splitlines()
    quoted = line.removeprefix("REPLICA_X=")
    assert shlex.split(quoted.replace(r"\$", "$") if quoted.startswith('"') else quoted) == [value]


def test_a_password_that_a_link_asks_for_is_hashed_when_it_starts(tmp_path: Path) -> None:
    from harness.replicas.specs import TEMPLATES

    password = base64.b64encode(tmp_path.name.encode()).decode()
    path = tmp_path / "passwords"
    words = ["perl", str(TEMPLATES / "compose-login.pl"), str(path), "sh", "-c", "env; cat " + shlex.quote(str(path))]
    environment = {"PATH": "/usr/bin:/bin", "LOGIN_USER": "anna", "LOGIN_PASSWORD": password}
    said = subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout
    assert password not in said
    user, _, hashed = path.read_text("utf-8").strip().partition(":")
    again = ["perl", "-e", "print crypt($ARGV[0], $ARGV[1])", password, hashed]
    assert user == "anna"
    assert subprocess.run(again, capture_output=True, text=True, check=True).stdout == hashed
    assert path.stat().st_mode & 0o077 == 0
