"""No secret is handed over: neither one that the run saw, nor one that is known now."""

import base64
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.bundle import clearing
from harness.bundle.clearing import clear
from harness.bundle.writing import Member
from harness.errors import InputError
from harness.evidence import RunFolder
from harness.language import Message
from harness.model import Found
from tests.unit.bundle.reproductions import RECIPE, Project, leave, project

SECRET = "correct horse battery"
NAMED = {"SHOP_PASSWORD": SECRET}
WANTS = RECIPE + "environment: {PASSWORD: '${env:SHOP_PASSWORD}'}\n"
MARKED = RECIPE + f"environment: {{PASSWORD: {{secret: {SECRET}}}}}\n"


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    return project(tmp_path / "shop", recipe=WANTS)


def file(run: RunFolder, name: str) -> Member:
    return Member(path=f"evidence/{name}", content=run.path / name)


def stopped(run: RunFolder, shop: Project, *members: Member, environ: Mapping[str, str] = NAMED) -> str:
    with pytest.raises(InputError) as caught:
        clear(run, shop.case, members, environ)
    assert SECRET not in caught.value.into("en")
    assert caught.value.advice is not None
    return str(caught.value)


def all_of(run: RunFolder) -> list[Member]:
    return [file(run, path.relative_to(run.path).as_posix()) for path in run.path.rglob("*") if path.is_file()]


def test_what_is_as_it_was_and_holds_none_passes(shop: Project, tmp_path: Path) -> None:
    run = leave(shop, tmp_path / "runs", environ=NAMED)
    assert run.read_seal().secrets == 1
    clear(run, shop.case, all_of(run), NAMED)
    clear(run, shop.case, all_of(run), {})  # the seal knows of what nobody knows any more


def test_what_the_seal_found_stops_it_whatever_is_handed_over(shop: Project, tmp_path: Path) -> None:
    run = leave(shop, tmp_path / "runs", environ=NAMED)
    found = Found(file="after/trace.jsonl", secret="cookie sid", encoding="base64")
    seal = run.read_seal().model_copy(update={"found": (found,)})
    (run.path / RunFolder.SEAL).write_text(seal.model_dump_json())
    said = "nothing was written: the secret cookie sid is in after/trace.jsonl (base64)"
    assert stopped(run, shop, environ={}) == said


def test_a_run_that_was_never_searched_is_refused(shop: Project, tmp_path: Path) -> None:
    run = leave(shop, tmp_path / "runs")
    (run.path / RunFolder.SEAL).unlink()
    assert "seal.json is not there" in stopped(run, shop)


@pytest.mark.parametrize("environ", [NAMED, {}])
def test_a_file_that_changed_since_it_was_searched(shop: Project, tmp_path: Path, environ: Mapping[str, str]) -> None:
    run = leave(shop, tmp_path / "runs", environ=NAMED)
    (run.path / "after" / "server.log").write_text("harmless\n")
    clear(run, shop.case, [file(run, "verdict.json")], environ)
    said = stopped(run, shop, file(run, "verdict.json"), file(run, "after/server.log"), environ=environ)
    assert said == "after/server.log has changed since the run, so nobody knows whether a secret is in it"


def test_a_file_that_came_since_it_was_searched(shop: Project, tmp_path: Path) -> None:
    run = leave(shop, tmp_path / "runs", environ=NAMED)
    (run.path / "notes.txt").write_text("harmless\n")
    assert stopped(run, shop, file(run, "notes.txt")).startswith("notes.txt has changed since the run")


def test_where_there_was_no_secret_anything_may_have_changed(tmp_path: Path) -> None:
    shop = project(tmp_path / "shop")
    run = leave(shop, tmp_path / "runs", environ={})
    (run.path / "notes.txt").write_text("mine\n")
    clear(run, shop.case, all_of(run), {})


def test_what_is_not_of_the_run_need_not_be_sealed_and_is_searched(shop: Project, tmp_path: Path) -> None:
    run = leave(shop, tmp_path / "runs", environ=NAMED)
    other = tmp_path / "bases.tar"
    other.write_bytes(b"x" * 100)
    clear(run, shop.case, [Member(path="images/bases.tar", content=other)], NAMED)
    other.write_text(f"x {SECRET} x")
    said = stopped(run, shop, Member(path="images/bases.tar", content=other))
    assert said == "nothing was written: the secret env:SHOP_PASSWORD is in images/bases.tar (plain)"


@pytest.mark.parametrize(
    ("written", "encoding"),
    [
        (SECRET.encode(), "plain"),
        (SECRET.replace(" ", "%20").encode(), "url"),
        (base64.b64encode(SECRET.encode()), "base64"),
    ],
)
def test_what_is_made_now_is_searched_however_it_is_written(
    shop: Project, tmp_path: Path, written: bytes, encoding: str
) -> None:
    run = leave(shop, tmp_path / "runs", environ=NAMED)
    said = stopped(run, shop, Member(path="issue.md", content=b"the page says " + written + b"\n"))
    assert said == f"nothing was written: the secret env:SHOP_PASSWORD is in issue.md ({encoding})"


def test_what_a_file_marks_as_a_secret_is_known_without_a_variable(tmp_path: Path) -> None:
    shop = project(tmp_path / "shop", recipe=MARKED)
    run = leave(shop, tmp_path / "runs")
    said = stopped(
        run, shop, Member(path="recipes/shop/recipe.yaml", content=shop.case.recipes["shop"].path), environ={}
    )
    assert said == "nothing was written: the secret PASSWORD is in recipes/shop/recipe.yaml (plain)"


def test_our_own_environment_is_where_variables_are_looked_up(
    shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = leave(shop, tmp_path / "runs", environ=NAMED)
    members = [Member(path="issue.md", content=SECRET.encode())]
    monkeypatch.delenv("SHOP_PASSWORD", raising=False)
    clear(run, shop.case, members)
    monkeypatch.setenv("SHOP_PASSWORD", SECRET)
    assert os.environ["SHOP_PASSWORD"] == SECRET
    with pytest.raises(InputError, match="env:SHOP_PASSWORD"):
        clear(run, shop.case, members)


@pytest.mark.parametrize("inside", [1, 10, len(SECRET) - 1])
def test_a_secret_between_two_pieces_of_a_large_file_is_found(
    shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: int
) -> None:
    monkeypatch.setattr(clearing, "CHUNK_BYTES", 1000)
    monkeypatch.setattr(clearing, "OVERLAP_BYTES", 64)
    run = leave(shop, tmp_path / "runs", environ=NAMED)
    large = tmp_path / "replicas.tar"
    large.write_bytes(b"." * (2000 - inside) + SECRET.encode() + b"." * 1500)
    assert "the secret env:SHOP_PASSWORD is in images/replicas.tar (plain)" in stopped(
        run, shop, Member(path="images/replicas.tar", content=large)
    )


def test_it_says_what_to_do(shop: Project, tmp_path: Path) -> None:
    run = leave(shop, tmp_path / "runs", environ=NAMED)
    with pytest.raises(InputError) as caught:
        clear(run, shop.case, [Member(path="issue.md", content=SECRET.encode())], NAMED)
    assert caught.value.advice == Message(
        "write `${env:NAME}` in its place and run the case again; where it is no secret, say `secret: false`"
    )
