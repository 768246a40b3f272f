"""A bundle that is open: what is taken out of it, and where."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.bundle import Bundle, Limits
from harness.errors import InputError
from tests.unit.bundle.forging import Part, bundle

FILES = {
    "environment.yaml": b"schema: 1\n",
    "images/server.tar": bytes(range(256)) * 9000,
    "packages/pip/a.whl": b"PK\3\4",
    "packages/pip/empty": b"",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "bundle.zip"
    path.write_bytes(bundle(*(Part(name=name, content=content, deflated=True) for name, content in FILES.items())))
    return path


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_members_are_read_by_name(path: Path) -> None:
    with Bundle.open(path) as opened:
        assert opened.names == ("manifest.json", *FILES)
        for name, content in FILES.items():
            assert opened.read(name) == content
            pieces = list(opened.open_member(name))
            assert b"".join(pieces) == content
            assert max(map(len, pieces), default=0) <= 1 << 20


def test_a_name_that_is_not_there(path: Path) -> None:
    with Bundle.open(path) as opened:
        for take in (opened.read, opened.open_member):
            with pytest.raises(InputError) as caught:
                take("environments.yaml")
            assert caught.value.into("en") == (
                f"there is no `environments.yaml` in {path}\n  → did you mean `environment.yaml`?"
            )


def test_what_is_too_large_for_memory_is_not_read_into_it(path: Path) -> None:
    with Bundle.open(path, Limits(read_bytes=1 << 20)) as opened:
        with pytest.raises(InputError, match=r"`images/server\.tar` has 2304000 bytes, and may have 1048576"):
            opened.read("images/server.tar")
        assert opened.read("environment.yaml") == b"schema: 1\n"


def test_all_is_extracted(path: Path, tmp_path: Path) -> None:
    with Bundle.open(path) as opened:
        opened.extract(tmp_path / "out")
        manifest = opened.read("manifest.json")
    assert tree(tmp_path / "out") == FILES | {"manifest.json": manifest}
    assert sorted(each.name for each in tmp_path.iterdir()) == ["bundle.zip", "out"]
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o755
    assert not any(each.stat().st_mode & 0o111 for each in (tmp_path / "out").rglob("*") if each.is_file())


def test_a_part_is_extracted(path: Path, tmp_path: Path) -> None:
    with Bundle.open(path) as opened:
        opened.extract(tmp_path / "some", "packages/")
        opened.extract(tmp_path / "others", lambda name: name.endswith(".yaml"))
        opened.extract(tmp_path / "none", "nothing/")
    assert set(tree(tmp_path / "some")) == {"packages/pip/a.whl", "packages/pip/empty"}
    assert tree(tmp_path / "others") == {"environment.yaml": b"schema: 1\n"}
    assert tree(tmp_path / "none") == {}


def test_what_is_there_is_not_touched(path: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with Bundle.open(path) as opened:
        for name in ("folder", "file", "link"):
            with pytest.raises(InputError, match=f"{name} is there already"):
                opened.extract(tmp_path / name)
    assert tree(tmp_path / "folder") == {}
    assert (tmp_path / "file").read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_cannot_be_made(path: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with Bundle.open(path) as opened:
        for folder in (tmp_path / "missing" / "out", tmp_path / "file" / "out"):
            with pytest.raises(InputError, match="cannot be written: No"):
                opened.extract(folder)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["bundle.zip", "file"]


def test_a_file_that_changes_after_it_was_checked(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    stored = bundle(Part(name="a", content=b"good" * 9000), Part(name="b", content=bytes(20_000)))
    for before, after, words in (
        (data, data.replace(data[-3000:-2900], bytes(100)), "is refused"),
        (data, data[:1500], "was cut while it was read"),
        (stored, stored.replace(b"good", b"evil"), "`a` has another CRC than it declares"),
        (stored, stored.swapcase(), "`manifest.json` has another CRC than it declares"),
    ):
        path.write_bytes(before)
        with Bundle.open(path) as opened:
            path.write_bytes(after)
            with pytest.raises(InputError, match=words):
                opened.extract(tmp_path / "out")
        assert sorted(each.name for each in tmp_path.iterdir()) == ["bundle.zip"]


def test_a_file_that_is_replaced_after_it_was_checked_is_not_noticed(path: Path, tmp_path: Path) -> None:
    with Bundle.open(path) as opened:
        (tmp_path / "other").write_bytes(b"another file")
        (tmp_path / "other").replace(path)
        opened.extract(tmp_path / "out", "environment")
    assert tree(tmp_path / "out") == {"environment.yaml": b"schema: 1\n"}


def test_a_checksum_is_compared_again(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Bundle.open(path) as opened:
        monkeypatch.setattr("harness.bundle.reading.content", lambda *_: iter([b"same CRC, other bytes"]))
        for name in ("environment.yaml", "manifest.json"):
            with pytest.raises(InputError, match=rf"`{name}` has another SHA-256 than it should"):
                opened.extract(tmp_path / "out", name)
    assert [each.name for each in tmp_path.iterdir()] == ["bundle.zip"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_nothing_is_left_where_it_fails(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def fails(*_: object) -> None:
        raise error

    with Bundle.open(path) as opened:
        monkeypatch.setattr(Path, "rename", fails)
        with pytest.raises(KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else InputError):
            opened.extract(tmp_path / "out")
    assert [each.name for each in tmp_path.iterdir()] == ["bundle.zip"]


def test_a_file_that_fails_while_it_is_read(path: Path, tmp_path: Path) -> None:
    with Bundle.open(path) as opened, (tmp_path / "other").open("wb", buffering=0) as unreadable:
        file, opened._source.file = opened._source.file, unreadable
        with pytest.raises(InputError, match=r"bundle\.zip cannot be read: "):
            opened.read("environment.yaml")
        opened._source.file = file


def test_the_file_is_closed_also_where_it_is_refused(path: Path) -> None:
    count = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    path.with_name("bad.zip").write_bytes(path.read_bytes()[:-1])
    kept = []  # with all that lives in their frames
    for _ in range(5):
        with Bundle.open(path):
            pass
        with pytest.raises(InputError) as caught:
            Bundle.open(path.with_name("bad.zip"))
        kept.append(caught)
    assert len(os.listdir("/proc/self/fd")) == count  # noqa: PTH208


def test_several_threads_read(path: Path) -> None:
    with Bundle.open(path) as opened, ThreadPoolExecutor(8) as pool:
        names = [*FILES] * 20
        assert list(pool.map(opened.read, names)) == [FILES[name] for name in names]
