"""harness export"""

import gzip
import json
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness import cli, compose, engine, lock, run, spec
from harness.cache import Cache
from harness.commands import export
from harness.model import Context, Image, Rendering
from tests.integration.running import edited

ROOT = Path(__file__).parents[3]
SLIDES = ROOT / "environments/slides-menu.yaml"


@pytest.fixture(autouse=True)
def rendered(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The lock is there, the engine has the base image, and rendering is another test's."""
    case, locked = spec.load(SLIDES), lock.read(lock.path_beside(SLIDES))

    def prepare(*args: object, **more: object) -> Any:
        return SimpleNamespace(endpoint="none"), locked

    def render(environment: Any, recipe: Any, one: Any, *_: object) -> Rendering:
        base = engine.base_reference(locked.bases[0])
        last = f'FROM {base}\nRUN install {one.versions["server.product"]}\nUSER app\nCMD ["slides"]\n'
        return Rendering(
            server=(Context(name="plugins", parent=base, dockerfile=last),),
            browser=(Context(name="client", parent=base, dockerfile=f"FROM {base}\nUSER browser\n"),),
        )

    def file_system(engine: object, reference: str) -> Iterator[bytes]:
        assert reference == "harness/base:debian-12-" + reference[-12:]
        yield b"files" if next(times) == 0 else b"files of another time"

    times = count()
    cache = Cache(tmp_path_factory.mktemp("cache"))
    assert case.file.environments
    monkeypatch.setattr(run, "prepare", prepare)
    monkeypatch.setattr("harness.render.render", render)
    monkeypatch.setattr(engine.images, "file_system", file_system)
    monkeypatch.setattr(engine, "ContainerRegistry", lambda **more: SimpleNamespace(engine=more["engine"], cache=cache))
    monkeypatch.setattr(engine, "built", lambda engine, tag: Image(tag=tag, id="sha256:one"))


def test_a_folder_with_all_that_is_needed_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new/out"
    assert cli.main(["export", "compose", str(SLIDES), "--output", str(folder), "--lang", "en"]) == 0
    there = [".env", "README.md", "after", "after-browser.json", "after.yaml", "before"]
    there += ["before-browser.json", "before.yaml"]
    assert sorted(path.name for path in folder.iterdir()) == there
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600
    asked = json.loads((folder / "after-browser.json").read_text("utf-8"))["capabilities"]["alwaysMatch"]
    assert "--window-size=1366,768" in asked["goog:chromeOptions"]["args"]
    assert gzip.decompress((folder / "before/server/base.tar.gz").read_bytes()) == b"files"
    assert f"cd {folder} && docker compose -f after.yaml up --build" in capsys.readouterr().out
    readme = (folder / "README.md").read_text("utf-8")
    assert "After: `docker compose -f after.yaml up --build`" in readme
    assert "http://127.0.0.1:8082" in readme
    assert [path.name for path in folder.parent.iterdir()] == ["out"]


def test_a_base_image_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert cli.main(["export", "compose", str(SLIDES), "--output", str(tmp_path / name)]) == 0
    one, two = ((tmp_path / name / "before/server/base.tar.gz") for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    two.write_bytes(b"")
    assert cli.main(["export", "compose", str(SLIDES), "--output", str(tmp_path / "three")]) == 0
    assert (tmp_path / "three/before/server/base.tar.gz").read_bytes() == one.read_bytes(), "what is kept is not theirs"


def test_json_and_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["export", "compose", str(SLIDES), "--output", str(tmp_path / "out"), "--lang", "zh", "--json"]
    assert cli.main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == [str(tmp_path / "out" / name) for name in ("before.yaml", "after.yaml")]
    assert "升级后：`docker" in (tmp_path / "out/README.md").read_text("utf-8")


def test_an_empty_folder_may_be_there(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert cli.main(["export", "compose", str(SLIDES), "--output", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out/before.yaml").exists()


@pytest.mark.parametrize("name", ["file", "full"])
def test_nothing_is_written_over(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine").write_text("mine")
    assert cli.main(["export", "compose", str(SLIDES), "--output", str(tmp_path / name), "--lang", "en"]) == 2
    assert "nothing is written over" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine"]


def test_a_folder_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("mine")
    assert cli.main(["export", "compose", str(SLIDES), "--output", str(tmp_path / "file/a/b"), "--lang", "en"]) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (PermissionError(13, "Permission denied"), 2)])
def test_nothing_half_made_is_left(
    error: BaseException, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise error

    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(compose, "write", fail)
    (tmp_path / "here").mkdir()
    assert cli.main(["export", "compose", str(SLIDES), "--output", str(tmp_path / "here/out")]) == code
    assert list((tmp_path / "here").iterdir()) == []


def test_an_environment_without_an_upgrade_has_one_side() -> None:
    case = spec.load(SLIDES)
    alone = case.file.model_copy(update={"environments": case.file.environments[:1]})
    locked = lock.read(lock.path_beside(SLIDES))
    one = SimpleNamespace(file=alone, recipe=case.recipe)
    assert list(export._sides(one, locked, SimpleNamespace(engine=None))) == ["before"]  # type: ignore[arg-type]


def test_one_side_alone(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert cli.main(["export", "compose", str(SLIDES), "--side", "after", "--output", str(folder), "--lang", "en"]) == 0
    there = sorted(path.name for path in folder.iterdir())
    assert there == [".env", "README.md", "after", "after-browser.json", "after.yaml"]
    readme = (folder / "README.md").read_text("utf-8")
    assert "after-browser.json http://127.0.0.1:9582/session" in readme
    assert "before" not in readme.replace("before anybody", "")


def test_what_a_project_cannot_hold_is_refused_where_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = edited(tmp_path, "slides-menu", recipe={"data": ["/srv/data"], "seed": [{"scenario": "seed.yaml"}]})
    (tmp_path / "recipes/slides/seed.yaml").write_text("schema: 1\nname: seed\nsteps:\n  - open: /\n")
    assert cli.main(["export", "compose", str(file), "--output", str(tmp_path / "out"), "--lang", "en"]) == 2
    said = capsys.readouterr().err
    assert re.search(r"recipes/slides/recipe.yaml:\d+:3: a `scenario` as seed cannot be exported", said)
    assert not (tmp_path / "out").exists()


def test_a_browser_elsewhere_is_refused_where_it_stands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    client = {"browser": {"name": "remote", "url": "http://grid.example:4444"}}
    file = edited(tmp_path, "slides-menu", client=client)
    assert cli.main(["export", "compose", str(file), "--output", str(tmp_path / "out"), "--lang", "en"]) == 2
    assert re.search(r"slides-menu.yaml:\d+:3: `remote` runs elsewhere", capsys.readouterr().err)
