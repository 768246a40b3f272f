"""harness lock, of matrix files"""

import json
import shutil
from pathlib import Path

import pytest

from harness import cli, engine, lock, spec
from harness.matrix import environments, plan
from harness.model import EnvironmentFile, Lock, LockedEnvironment, LockedSet
from harness.model.lock import wanted_versions
from harness.spec.matrix import matrix_file
from tests.unit.market import Market, market

__all__ = ["market"]  # a fixture

TEXT = "axes: {upgrade.server.product: [2.2.4, 3.10], client.viewport: [800x600, 900x600]}\n"


def lock_of(path: Path) -> Lock:
    """A lock that fits the set-ups of a matrix; nothing is asked of registries."""
    cells = plan(matrix_file(path), cells_max=10_000).cells
    found = environments(cells)
    locked = tuple(
        LockedEnvironment(
            versions={path: ref.version for path, ref in wanted_versions(one).items()},
            server=LockedSet(),
            browser=LockedSet(),
        )
        for one in found
    )
    return Lock(digest="0", machine="x86_64", bases=(), environments=locked)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many set-ups are resolved; nobody is asked for them."""
    made: list[int] = []

    def resolve(file: EnvironmentFile, recipes: object, registry: object, **more: object) -> Lock:
        made.append(len(file.environments))
        return lock_of(file.path)

    monkeypatch.setattr(lock, "resolve", resolve)
    monkeypatch.setattr(engine, "ContainerRegistry", lambda **more: None)
    return made


def test_a_matrix_is_locked_with_all_its_set_ups_each_once(
    market: Market, asked: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    path = market.write(TEXT)
    assert cli.main(["lock", str(path), "--lang", "en"]) == 0
    assert asked == [6]  # a viewport makes another environment, though nothing is installed for it
    written = market.folder / "m.matrix.lock.yaml"
    assert lock.read(written) == lock_of(path)
    out, err = capsys.readouterr()
    assert f"1 of 1: resolving versions of {path}" in err
    lines = out.splitlines()
    assert lines[0] == f"{written}: 0 packages"
    assert [line.strip() for line in lines if line.startswith("  set-up")] == ["set-up 1:", "set-up 2:", "set-up 5:"], (
        "those in which something is new"
    )


def test_a_matrix_of_any_size_can_be_locked(market: Market, asked: list[int]) -> None:
    versions = ", ".join(f"'{number}.0'" for number in range(1, 151))
    path = market.write(f"axes: {{upgrade.server.product: [{versions}], client.viewport: [800x600, 900x600]}}\n")
    assert cli.main(["lock", str(path), "--json"]) == 0
    assert asked == [302]


def test_a_lock_is_checked_against_all_cells(
    market: Market, asked: list[int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(market.folder)
    market.write(TEXT)
    assert cli.main(["lock", "--check", "m.matrix.yaml", "--lang", "en"]) == 2
    assert capsys.readouterr().out == ("m.matrix.lock.yaml: missing\n  → run `harness lock m.matrix.yaml`\n")
    lock.write(Path("m.matrix.lock.yaml"), lock_of(Path("m.matrix.yaml")))
    assert cli.main(["lock", "--check", "m.matrix.yaml", "--lang", "en"]) == 2  # without bases
    assert capsys.readouterr().out == (
        "m.matrix.lock.yaml: stale\n  debian:12 is not in the lock\n  → run `harness lock m.matrix.yaml`\n"
    )
    assert asked == []


def test_what_is_wrong_with_a_matrix_is_said_before_anybody_is_asked(
    market: Market, asked: list[int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(market.folder)
    market.write("axes: {server.produkt: [2]}\n")
    assert cli.main(["lock", "shop.yaml", "m.matrix.yaml", "--lang", "en"]) == 2
    assert capsys.readouterr().err.startswith("m.matrix.yaml:5:8: `server.produkt` names no field")
    assert asked == []


def test_json_names_every_set_up(market: Market, asked: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["lock", str(market.write(TEXT)), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert [one["server.product"]["wanted"] for one in found["environments"]] == [
        "shop@1.12.4", "shop@2.2.4", "shop@1.12.4", "shop@2.2.4", "shop@3.10", "shop@3.10",
    ]  # fmt: skip


# ------------------------------------------------------------------ checking
ROOT = Path(__file__).parents[3]
NAMES = ("slides-menu", "flask-admin")


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two of our own environments with their locks, in the working folder; nobody can be asked."""

    def closed(*args: object, **more: object) -> None:
        raise AssertionError("a registry or an engine was asked")

    folder = tmp_path / "environments"
    shutil.copytree(ROOT / "environments/recipes", folder / "recipes")
    for name in NAMES:
        shutil.copy(ROOT / f"environments/{name}.yaml", folder)
        shutil.copy(ROOT / f"environments/{name}.lock.yaml", folder)
    for module, name in ((lock, "resolve"), (engine, "ContainerRegistry"), (engine, "connect")):
        monkeypatch.setattr(module, name, closed)
    monkeypatch.chdir(tmp_path)
    return folder


def checked(capsys: pytest.CaptureFixture[str], *words: str, code: int) -> list[str]:
    assert cli.main(["lock", "--check", *words, "--lang", "en"]) == code
    return capsys.readouterr().out.splitlines()


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize(
    "words",
    [
        ("environments",),
        ("environments/*.yaml",),  # locks are among them
        ("environments/slides-menu.yaml", "environments/flask-admin.lock.yaml"),
        ("environments/[sf]*.yaml", "environments/slides-menu.yaml"),
    ],
)
def test_locks_that_fit_are_up_to_date(
    words: tuple[str, ...], shipped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = checked(capsys, *words, code=0)
    assert sorted(line.partition(",")[0] for line in lines) == [
        f"environments/{name}.lock.yaml: up to date" for name in sorted(NAMES)
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("slides-menu.yaml", "menu@1.2.0", "menu@2.1", "the file asks for menu@2.1, the lock has 1.2.0"),
        ("slides-menu.yaml", "slides@4", "slides@5", "server.product: the file asks for slides@5"),
        ("slides-menu.yaml", "plugins: [menu@1.2.0]", "plugins: []", "server.plugins.menu is in the lock and no"),
        ("slides-menu.lock.yaml", "os: 'debian:12'", "os: 'debian:13'", "debian:12 is not in the lock"),
        ("slides-menu.lock.yaml", "plugins.menu: 1", "plugins.me: 1", "server.plugins.menu: menu@1.2.0 is not in"),
        ("slides-menu.lock.yaml", "schema: 1", "schema: 7", "it has schema 7"),
        ("recipes/slides/recipe.yaml", "[python3]", "[python3, tini]", "what recipes or browsers install is not"),
        ("slides-menu.lock.yaml", "installer: npm", "installer: nmp", "no package of npm in the lock"),
    ],
)
def test_what_is_stale_is_said_with_why(
    file: str, old: str, new: str, reason: str, shipped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(shipped / file, old, new)
    lines = checked(capsys, "environments", code=2)
    at = lines.index("environments/slides-menu.lock.yaml: stale")
    assert reason in lines[at + 1]
    advice = [line for line in lines[at + 1 :] if line.startswith("  → ")]  # behind whatever else is remarked
    assert advice == ["  → run `harness lock environments/slides-menu.yaml`"]
    assert any(line.startswith("environments/flask-admin.lock.yaml: up to date") for line in lines), "the others, too"


def test_a_lock_of_fewer_upgrades_is_stale(shipped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (shipped / "slides-menu.yaml").open("a") as file:
        file.write("  - client: {timezone: Asia/Shanghai}\n")
    assert "  the file has 3 set-ups, the lock 2" in checked(capsys, "environments", code=2)


def test_a_lock_whose_file_is_gone_is_stale(shipped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shipped / "slides-menu.yaml").unlink()
    assert checked(capsys, "environments", code=2)[-3:] == [
        "environments/slides-menu.lock.yaml: stale",
        "  environments/slides-menu.lock.yaml is the lock of environments/slides-menu.yaml, which is not there",
        "  → remove it",
    ]
    assert cli.main(["lock", "environments/slides-menu.lock.yaml", "--lang", "en"]) == 2
    assert "which is not there" in capsys.readouterr().err


def test_what_installs_nothing_is_a_remark(shipped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = shipped / "slides-menu.yaml"
    locked = lock.read(lock.path_beside(path))
    recipe = spec.load(path).recipes["slides"]
    whole = locked.model_copy(update={"recipes": {"slides": lock.digest_of_recipe(recipe)}})
    lock.write(lock.path_beside(path), whole)
    assert len(checked(capsys, str(path), code=0)) == 1
    changed(shipped / "recipes/slides/index.html.j2", "</title>", "!</title>")
    assert checked(capsys, str(path), code=0)[1:] == [
        "  files of the recipe slides have changed since; it installs the same"
    ]


def test_json_has_states_and_reasons(shipped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed(shipped / "slides-menu.yaml", "slides@4", "slides@5")
    (shipped / "flask-admin.lock.yaml").unlink()
    assert cli.main(["lock", "--check", "environments", "--json", "--lang", "en"]) == 2
    missing, stale = json.loads(capsys.readouterr().out)
    assert missing == {
        "path": "environments/flask-admin.lock.yaml", "state": "missing", "reasons": [], "remarks": []
    }  # fmt: skip
    assert stale["state"] == "stale"
    assert len(stale["reasons"]) == 1


def test_a_pattern_that_names_nothing(shipped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for word in ("environments/x*.yaml", "environments/recipes"):
        assert cli.main(["lock", "--check", word, "--lang", "en"]) == 2
        assert f"{word} names no environment" in capsys.readouterr().err


def test_mistakes_of_all_files_are_said_at_once(shipped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in NAMES:
        changed(shipped / f"{name}.yaml", "schema: 1", "schema: 9")
    assert cli.main(["lock", "environments", "--lang", "en"]) == 2
    assert capsys.readouterr().err.count("this release reads") == 2
