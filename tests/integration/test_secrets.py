"""Canaries in every channel: nothing that a run leaves, and no bundle of it, holds a secret."""

import base64
import hashlib
import html
import json
import shutil
import urllib.parse
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from PIL import Image

from harness import cli
from tests.integration.running import Reproduce

pytestmark = pytest.mark.engine
LEAKY = Path(__file__).parent / "leaky"
NAMED = {
    "LEAKY_PASSWORD": "s3kr\"t <pass>&wörd/+'",
    "LEAKY_API_KEY": "key-4711/abc+def==",
    "LEAKY_LINK": "link&token of?the=customer",
    "LEAKY_PEPPER": "pepper-of-the-recipe-9f",
}
SEEN = ("cookie", "csrf", "bearer", "token")  # what the server makes up


def canaries() -> dict[str, str]:
    made_up = {name: hashlib.sha256(f"leaky {name}".encode()).hexdigest() for name in SEEN}
    return NAMED | made_up


def spellings(secret: str) -> Iterator[bytes]:
    """How a secret may be written, found without any of the code that masks them."""
    yield secret.encode()
    for safe in ("", "/", "~()*!.'"):
        yield urllib.parse.quote(secret, safe=safe).encode()
    yield urllib.parse.quote_plus(secret).encode()
    yield urllib.parse.quote(secret, safe="").lower().encode()
    yield html.escape(secret).encode()
    yield html.escape(secret, quote=False).encode()
    yield json.dumps(secret)[1:-1].encode()
    yield json.dumps(secret, ensure_ascii=False)[1:-1].encode()
    yield json.dumps(json.dumps(secret))[2:-2].encode()
    for before in (b"", b"?", b"ab"):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(before + secret.encode() + b"..")[4 * (len(before) > 0) : -4]


def leaks(files: dict[str, bytes]) -> list[str]:
    return [
        f"{name}: {who} as {spelling!r}"
        for name, data in files.items()
        for who, secret in canaries().items()
        for spelling in set(spellings(secret))
        if spelling in data
    ]


def left(folder: Path) -> dict[str, bytes]:
    """What a run left, without what the user wrote."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: data for name, data in files.items() if not name.startswith(("recipes/", "scenario.yaml"))}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in NAMED.items():
        monkeypatch.setenv(name, value)
    shutil.copytree(LEAKY, tmp_path / "project")
    return tmp_path / "project"


def test_nothing_that_is_left_holds_a_secret(
    reproduce: Reproduce, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = reproduce(project / "leaky.yaml", project / "scenario.yaml")
    assert ran.verdict["verdict"] == "regression", ran.verdict["reason"]
    assert ran.verdict["step"]["number"] == 7
    files = left(ran.folder)
    kinds = ("trace.jsonl", "network.har", "server.log", "containers.json", "dom/06.html")
    assert {f"after/{kind}" for kind in kinds} | {"report.html", "junit.xml", "verdict.json"} <= set(files)
    assert leaks(files) == []
    assert leaks({"terminal": json.dumps(ran.verdict).encode()}) == []
    # and all of it was there to be masked
    log = files["after/server.log"].decode()
    assert log.count("I know MASKED") >= 10
    assert "starting with MASKED MASKED" in log
    har = json.loads(files["after/network.har"])["log"]["entries"]
    login = next(entry for entry in har if entry["request"]["method"] == "POST")
    headers = {one["name"]: one["value"] for one in login["request"]["headers"]}
    assert (headers["authorization"], headers["x-api-key"]) == ("Bearer MASKED", "MASKED")
    assert "cookie" not in headers or headers["cookie"] == "sid=MASKED"
    assert "password=MASKED" in login["request"]["url"]
    body = json.loads(login["response"]["content"]["text"])
    assert body["greeting"] == "Go away ann, MASKED"
    assert (body["access_token"], body["user"]["api_key"]) == ("MASKED", "MASKED")
    assert "Welcome ann, MASKED" in ran.verdict["reason"]
    kinds = {error["kind"] for error in ran.verdict["errors"]}
    assert kinds <= {"error", "console", "request", "log"}

    # a bundle of it holds none either, and can be replayed where the secrets are set
    packed = tmp_path / "leaky.zip"
    assert cli.main(["bundle", str(ran.folder), "--output", str(packed)]) == 0
    with zipfile.ZipFile(packed) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    assert leaks(inside) == []
    capsys.readouterr()
    allowed = [word for name in ("API_KEY", "PEPPER", "LINK", "PASSWORD") for word in ("--allow-env", f"LEAKY_{name}")]
    assert cli.main(["replay", str(packed), "--yes", *allowed, "--runs", str(tmp_path / "again")]) == 0
    assert leaks({"printed": "".join(capsys.readouterr()).encode()}) == []


def test_a_password_that_is_shown_is_painted_over(reproduce: Reproduce, project: Path) -> None:
    ran = reproduce(project / "leaky.yaml", project / "scenario.yaml")
    shots = ran.folder / "before/screenshots"
    empty, typed, shown = (painted(shots / f"{number:02}.jpg") for number in (2, 3, 4))
    assert empty > 2_000  # the key that the page shows
    assert typed > empty + 3_000  # and the field, as soon as there is something in it
    assert shown == pytest.approx(typed, rel=0.1)  # and still when the page turns it into plain text


def painted(screenshot: Path) -> int:
    """Pixels of the colour that secrets are painted over with."""
    with Image.open(screenshot) as picture:
        colours = picture.convert("RGB").getcolors(2**24) or []
    return sum(count for count, pixel in colours if all(abs(part - 96) < 8 for part in pixel))


def literal(project: Path, **step: object) -> Path:
    """The scenario with the password in the file."""
    scenario = yaml.safe_load((project / "scenario.yaml").read_text("utf-8"))
    scenario["steps"][2] = {"type": {"into": "#password", "text": "hunter2-literal", **step}}
    scenario["steps"][6] = {"expect": {"target": "#greeting", "text": "ann, hunter2-literal"}}
    path = project / "literal.yaml"
    path.write_text(yaml.safe_dump(scenario, sort_keys=False), "utf-8")
    return path


def test_a_password_in_a_file_stops_the_bundle(
    reproduce: Reproduce, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is typed into a password field is a secret, unless the file says that it is none."""
    ran = reproduce(project / "leaky.yaml", literal(project))
    assert not [name for name, data in left(ran.folder).items() if b"hunter2-literal" in data]
    packed = tmp_path / "leaky.zip"
    assert cli.main(["bundle", str(ran.folder), "--output", str(packed)]) == 2
    assert "the secret step 3 is in scenario.yaml (plain)" in capsys.readouterr().err
    assert not packed.exists()
    ran = reproduce(project / "leaky.yaml", literal(project, secret=False))
    assert b"hunter2-literal" in left(ran.folder)["before/trace.jsonl"]
    assert cli.main(["bundle", str(ran.folder), "--output", str(packed)]) == 0


def test_what_a_recipe_marks_as_secret_stops_the_bundle(
    reproduce: Reproduce, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = project / "recipes/leaky/recipe.yaml"
    recipe.write_text(recipe.read_text("utf-8").replace("${env:LEAKY_PEPPER}", "{secret: pepper-in-a-file}"))
    ran = reproduce(project / "leaky.yaml", project / "scenario.yaml")
    assert not [name for name, data in left(ran.folder).items() if b"pepper-in-a-file" in data]
    assert cli.main(["bundle", str(ran.folder), "--output", str(tmp_path / "leaky.zip")]) == 2
    assert "the secret PEPPER is in recipes/leaky/recipe.yaml (plain)" in capsys.readouterr().err


@pytest.mark.parametrize("spelling", [0, 1, 2, 3])
def test_what_is_put_into_the_folder_later_stops_the_bundle(
    reproduce: Reproduce, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], spelling: int
) -> None:
    ran = reproduce(project / "leaky.yaml", project / "scenario.yaml")
    packed = tmp_path / "leaky.zip"
    secret = NAMED["LEAKY_PASSWORD"]
    way = (
        secret.encode(),
        base64.b64encode(b"ann:" + secret.encode()),
        urllib.parse.quote(secret, safe="").encode(),
        html.escape(secret).encode(),
    )[spelling]
    (ran.folder / "after/notes.txt").write_bytes(b"by the way: " + way)
    assert cli.main(["bundle", str(ran.folder), "--output", str(packed)]) == 2
    assert "after/notes.txt" in capsys.readouterr().err
    assert not packed.exists()


def test_a_secret_that_is_not_set_is_said_with_its_place(
    reproduce: Reproduce, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("LEAKY_PASSWORD")
    monkeypatch.setenv("LEAKY_API_KEY", "abc")
    assert reproduce(project / "leaky.yaml", project / "scenario.yaml").code == 2
    said = capsys.readouterr().err
    assert "scenario.yaml:7:38: the environment variable LEAKY_PASSWORD is not set" in said
    assert "recipe.yaml:11:12: env:LEAKY_API_KEY has fewer than 4 characters" in said
