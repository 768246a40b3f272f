"""harness diff"""

import json
from pathlib import Path

import pytest

from harness import cli, lock, spec
from harness.documents import plain, read
from harness.schemas import schemas
from harness.writing.words import columns

ROOT = Path(__file__).parents[3]
DATASETTE = "environments/datasette-search.yaml"
SLIDES = "environments/slides-menu.yaml"


@pytest.fixture(autouse=True)
def nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*args: object, **more: object) -> None:
        raise AssertionError("a registry was asked")

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(lock, "resolve", resolve)


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 1) -> list[str]:
    assert cli.main(["diff", *words, "--lang", "en"]) == code
    return capsys.readouterr().out.splitlines()


def test_before_and_after_an_upgrade(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, DATASETTE)
    assert lines[:5] == [
        f"--- {DATASETTE}",
        f"+++ {DATASETTE}, after upgrade 1",
        "",
        "server (product and plug-ins)",
        "  ~ server.product  datasette@0.64.8 → datasette@1.0a14",
    ]
    assert lines[5].startswith("  packages below that: ")
    assert lines[5].endswith("; --all lists them")
    assert len(lines) == 6


def test_all_lists_what_was_counted(capsys: pytest.CaptureFixture[str]) -> None:
    counted = said(capsys, DATASETTE)[-1]
    lines = [line for line in said(capsys, DATASETTE, "--all") if line.startswith(("  +", "  -", "  ~"))]
    below = [line for line in lines if " pip " in line]
    words = next(line for line in below if " pip datasette " in line).split()
    assert words == ["~", "pip", "datasette", "0.64.8", "→", "1.0a14"]
    for sign, word in (("+", "added"), ("~", "changed")):
        count = sum(line.startswith(f"  {sign}") for line in below)
        assert (f"{count} {word}" in counted) is (count > 0)


def test_two_customers(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, SLIDES, DATASETTE)
    assert lines[:2] == [f"--- {SLIDES}", f"+++ {DATASETTE}"]
    assert [line.split()[:2] for line in lines if "plugins." in line] == [
        ["-", "server.plugins.menu"],
        ["+", "server.plugins.search-all"],
    ]
    assert len({line.index("→") for line in lines if "→" in line}) == 1, "a table"


def test_two_customers_after_their_upgrades(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, SLIDES, DATASETTE, "--to", "1")
    assert lines[1] == f"+++ {DATASETTE}, after upgrade 1"
    assert any("datasette@1.0a14" in line for line in lines)


def test_nothing_differs(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, SLIDES, SLIDES, code=0)[-1] == "nothing differs"


def test_a_table_in_chinese_has_columns_of_the_same_width(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["diff", SLIDES, DATASETTE, "--all", "--lang", "zh"]) == 1
    out = capsys.readouterr().out
    assert "服务端" in out
    direct = [line for line in out.splitlines() if " server." in line]
    assert len({columns(line.partition("→")[0]) for line in direct}) == 1


def test_json_fits_its_schema_and_has_everything(capsys: pytest.CaptureFixture[str]) -> None:
    from jsonschema import Draft202012Validator

    assert cli.main(["diff", DATASETTE, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert not list(Draft202012Validator(schemas()["contrast"]).iter_errors(found))
    assert found["before"] == {"file": DATASETTE, "upgrades": 0}
    assert found["after"] == {"file": DATASETTE, "upgrades": 1}
    assert found["equal"] is False
    direct = [one["name"] for one in found["differences"] if one["direct"]]
    assert direct == ["server.product"]
    assert {"datasette"} <= {one["name"] for one in found["differences"] if one["source"] == "pip"}


@pytest.mark.parametrize(("words", "what"), [(("--to", "2"), "no upgrade 2"), (("--to", "0"), "no upgrade 0")])
def test_an_upgrade_that_is_not_there(words: tuple[str, ...], what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["diff", SLIDES, *words, "--lang", "en"]) == 2
    said = capsys.readouterr()
    assert what in said.err
    assert "from 1 to 1" in said.err
    assert said.out == ""


def test_one_file_without_an_upgrade(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = plain(read(Path(SLIDES)), verbatim=())
    del whole["upgrade"]
    (tmp_path / "recipes").symlink_to(ROOT / "environments/recipes")
    path = tmp_path / "still.yaml"
    path.write_text(json.dumps(whole), "utf-8")
    locked = lock.read(lock.path_beside(Path(SLIDES)))
    case = spec.load(path)
    first = (case.file.environments[0],)
    both = spec.load(Path(SLIDES)).file.environments
    lock.write(lock.path_beside(path), lock.part(locked, both, first, case.recipes))
    assert cli.main(["diff", str(path), "--lang", "en"]) == 2
    assert "nothing to compare" in capsys.readouterr().err
    assert said(capsys, str(path), SLIDES, code=0)[-1] == "nothing differs"


def test_a_stale_lock_is_not_believed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "recipes").symlink_to(ROOT / "environments/recipes")
    path = tmp_path / "slides-menu.yaml"
    path.write_text(Path(SLIDES).read_text("utf-8").replace("menu@1.2.0", "menu@2.1.0"), "utf-8")
    (tmp_path / "slides-menu.lock.yaml").write_bytes(Path("environments/slides-menu.lock.yaml").read_bytes())
    assert cli.main(["diff", str(path), SLIDES, "--lang", "en"]) == 2
    assert "slides-menu.lock.yaml does not fit" in capsys.readouterr().err


def test_without_a_lock_the_registries_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "recipes").symlink_to(ROOT / "environments/recipes")
    path = tmp_path / "slides-menu.yaml"
    path.write_bytes(Path(SLIDES).read_bytes())
    monkeypatch.setattr(lock, "resolve", lambda *_: lock.read(lock.path_beside(Path(SLIDES))))
    assert said(capsys, str(path), SLIDES, code=0)[-1] == "nothing differs"
    assert not lock.path_beside(path).exists(), "and nothing is written"


@pytest.mark.parametrize("path", ["environments/slides-menu.lock.yaml", "environments/jquery.matrix.yaml"])
def test_a_file_of_another_kind(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["diff", path, "--lang", "en"]) == 2
    assert capsys.readouterr().err.startswith(f"{path} is no environment file")
