"""What a stranger wrote is read within limits first: what loops or eats memory there never begins here."""

import os
import sys
from pathlib import Path

import pytest

from harness import lock
from harness.bundle import trial
from harness.bundle.trial import stand
from harness.engine import run
from harness.errors import EngineError, InputError
from harness.language import Message
from tests.unit.bundle.reproductions import RECIPE, Project, project

LOOP = "{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}"
EATS = "{% set n = namespace(x='yyyyyyyy') %}{% for i in range(40) %}{% set n.x = n.x ~ n.x %}{% endfor %}"
MEMORY_BYTES = 512 << 20


def stands(made: Project, *, processor_s: int = 30, memory_bytes: int = MEMORY_BYTES) -> None:
    stand(made.folder, processor_s=processor_s, memory_bytes=memory_bytes)


def ready(folder: Path) -> Project:
    made = project(folder)
    lock.write(made.folder / "environment.lock.yaml", made.lock)
    return made


def test_what_is_well_passes(tmp_path: Path) -> None:
    stands(ready(tmp_path / "shop"))


@pytest.mark.parametrize("where", ["template", "start", "environment"])
@pytest.mark.parametrize(
    ("what", "processor_s", "said"), [(LOOP, 1, "signal 24"), (EATS, 30, "MemoryError")], ids=["loops", "eats"]
)
def test_a_template_that_takes_too_much(tmp_path: Path, where: str, what: str, processor_s: int, said: str) -> None:
    made = ready(tmp_path / "shop")
    if where == "template":
        made.write("recipes/shop/shop.ini.j2", what)
    elif where == "start":
        made.write("recipes/shop/recipe.yaml", RECIPE.replace('"8000"]', f'"{what}"]'))
    else:
        made.write("recipes/shop/recipe.yaml", RECIPE + f'environment: {{A: "{what}"}}\n')
    with pytest.raises(InputError, match="takes too long or too much memory to read") as caught:
        stands(made, processor_s=processor_s)
    assert str(caught.value).endswith(said)
    assert caught.value.advice == Message("ask its sender how it was made")


@pytest.mark.parametrize("text", ["{{ nothing }}", "{{ product.version", "{{ 'y' * 1000 }}", "{{ product.name() }}"])
def test_what_is_merely_wrong_is_for_others_to_say(tmp_path: Path, text: str) -> None:
    made = ready(tmp_path / "shop")
    made.write("recipes/shop/shop.ini.j2", text)
    stands(made)


def test_so_is_what_is_no_reproduction_at_all(tmp_path: Path) -> None:
    made = ready(tmp_path / "shop")
    made.write("scenario.yaml", "steps: {")
    made.write("environment.lock.yaml", "- &a [*a]")
    stands(made)
    (made.folder / "environment.yaml").unlink()
    stands(made)


def test_a_few_lines_that_stand_for_very_many_values(tmp_path: Path) -> None:
    made = ready(tmp_path / "shop")
    rows = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))
    made.write("environment.lock.yaml", "a0: &a0 [x]\n" + rows)
    made.write("scenario.yaml", "a0: &a0 [x]\n" + rows)
    stands(made)


def test_less_memory_than_python_needs_is_a_refusal_too(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="takes too long or too much memory to read"):
        stands(ready(tmp_path / "shop"), memory_bytes=40 << 20)


def test_who_does_not_end_in_time_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = ready(tmp_path / "shop")
    made.write("recipes/shop/shop.ini.j2", LOOP)
    monkeypatch.setattr(trial, "TIMEOUT_S", 0.2)
    with pytest.raises(InputError, match=r"did not end within 0 s$") as caught:
        stands(made)
    assert isinstance(caught.value.__cause__, EngineError)


def test_only_our_own_modules_are_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the folder one is in nor the bundle's is looked for modules."""
    made = ready(tmp_path / "shop")
    for folder in (tmp_path, made.folder):
        (folder / "yaml.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    stands(made)
    assert not (tmp_path / "ran").exists()


def test_the_limits_of_the_process_are_set_and_it_leaves_no_core(tmp_path: Path) -> None:
    code = (
        "import resource as r; from harness.bundle.trial import _limit; _limit(3, 1 << 30); "
        "print(*(r.getrlimit(kind) for kind in (r.RLIMIT_CPU, r.RLIMIT_AS, r.RLIMIT_CORE)))"
    )
    path = os.pathsep.join(sys.path)
    done = run([sys.executable, "-c", code], timeout_s=60, env={**os.environ, "PYTHONPATH": path}, cwd=tmp_path)
    assert done.stdout.strip() == f"(3, 4) {(1 << 30, 1 << 30)} (0, 0)"
