"""Who owns a thing, and whether they live, told from labels and from names of folders."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.engine import owner


def ours(**changes: str) -> dict[str, str]:
    return owner.labels("run-1", "product") | {
        owner.PREFIX + key.replace("_", "-"): value for key, value in changes.items()
    }


def test_labels_name_this_process() -> None:
    labels = owner.labels("run-1", "product")
    assert labels["org.harness.run"] == "run-1"
    assert labels["org.harness.role"] == "product"
    assert labels["org.harness.owner-pid"] == str(os.getpid())
    assert datetime.fromisoformat(labels["org.harness.created"]).tzinfo is not None
    assert owner.alive(labels)


def test_a_process_id_that_was_used_again_is_dead() -> None:
    assert not owner.alive(ours(owner_start="1"))


def test_a_process_that_does_not_run_is_dead() -> None:
    assert not owner.alive(ours(owner_pid="4194305"))  # above the highest there can be


def test_another_machine_is_not_judged() -> None:
    assert owner.alive(ours(owner_host="aaaaaaaaaaaa-bbbbbbbbbbbb-f0", owner_pid="4194305"))
    assert owner.alive(ours(owner_host="", owner_pid="4194305"))


def test_another_process_namespace_of_this_boot_is_not_judged() -> None:
    host = owner.labels("", "")[owner.OWNER_HOST].rpartition("-")[0] + "-1"
    assert owner.alive(ours(owner_host=host, owner_pid="4194305"))


@pytest.mark.parametrize(("age", "alive"), [(timedelta(days=9999), False), (timedelta(0), True)])
def test_an_earlier_boot_of_this_machine_is_dead(age: timedelta, alive: bool) -> None:
    machine, _, namespace = owner.labels("", "")[owner.OWNER_HOST].split("-")
    created = (datetime.now(UTC) - age).isoformat()
    assert owner.alive(ours(owner_host=f"{machine}-bbbbbbbbbbbb-{namespace}", created=created)) is alive


def test_an_image_has_no_owner() -> None:
    labels = owner.image_labels("base")
    assert not owner.owned(labels)
    assert owner.alive(labels)
    assert not owner.owned({})
    assert labels.keys() == owner.labels("", "").keys(), "what an image does not take back, its containers inherit"


@given(st.dictionaries(st.sampled_from(sorted(owner.labels("", ""))), st.text()))
def test_no_labels_make_it_fail(labels: dict[str, str]) -> None:
    assert owner.alive(labels) in (True, False)


def test_a_temporary_folder_names_its_owner_and_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path))
    with owner.temporary_folder("npm") as folder:
        assert folder.parent == tmp_path / "tmp"
        (folder / "sub").mkdir()
        labels = owner.folder_labels(folder)
        assert labels
        assert labels[owner.ROLE] == "npm"
        assert owner.alive(labels)
        dead = folder.with_name(folder.name.replace(f".{os.getpid()}.", ".4194305."))
        dead.mkdir()
        dead_labels = owner.folder_labels(dead)
        assert dead_labels
        assert not owner.alive(dead_labels)
    assert not folder.exists()


def test_a_folder_that_is_not_ours_has_no_labels(tmp_path: Path) -> None:
    assert owner.folder_labels(tmp_path) is None
