"""A project of a customer, small: environment files, scenarios, and runs that end as told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.evidence import RunFolder
from harness.model import Said, VerdictName
from harness.run import Result
from tests.stories import GALLERY

ROOT = Path(__file__).parents[3]
ENVIRONMENTS = {
    "gallery": "server: {product: gallery@1.12.4}\nupgrade: [server: {product: gallery@3.7.1}]\n",
    "slides": "server: {product: slides@3.9.2}\nupgrade: [server: {product: slides@4.6.1}]\n",
    "still": "server: {product: gallery@1.12.4}\n",  # nothing is upgraded
}
SCENARIOS = {"prices": "product: gallery\n", "anything": ""}
STEPS = "steps: [{open: /}]\n"
ALONE = "-p no:hypothesispytest"  # which pytester would import for each run anew
FINGERPRINT = "0123456789abcdef"


def environment(folder: Path, name: str, text: str) -> Path:
    return _file(folder / "environments" / f"{name}.yaml", f"schema: 1\nname: {name}\n{text}")


def scenario(folder: Path, name: str, text: str = "", where: str = "scenarios") -> Path:
    return _file(folder / where / f"{name}.yaml", f"schema: 1\nname: {name}\n{text}{STEPS}")


def project(folder: Path) -> None:
    """Environment files with the shipped recipes, and scenarios, in a root folder of pytest's."""
    _file(folder / "pytest.ini", "[pytest]\n")
    for name, text in ENVIRONMENTS.items():
        environment(folder, name, text)
    (folder / "environments/recipes").symlink_to(ROOT / "environments/recipes")
    _file(folder / "environments/gallery.lock.yaml", "schema: 1\n")
    _file(folder / "environments/any.matrix.yaml", "schema: 1\naxes: {}\n")
    for name, text in SCENARIOS.items():
        scenario(folder, name, text)


def _file(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


@dataclass(kw_only=True)
class Reproduce:
    """In place of ``run.reproduce``: a verdict, or an error, and what it was asked."""

    verdict: VerdictName = "same"
    error: BaseException | None = None
    failures: tuple[HarnessError, ...] = ()
    asked: list[dict[str, Any]] = field(default_factory=list)
    meanwhile: Callable[[Any], None] = lambda progress: None

    def __call__(self, environment: Path, scenario: Path, **options: Any) -> Result:
        self.asked.append({"environment": environment, "scenario": scenario, **options})
        self.meanwhile(options["progress"])
        if self.error:
            raise self.error
        verdict = GALLERY.verdict().model_copy(
            update={"verdict": self.verdict, "fingerprint": FINGERPRINT, "command": " ".join(options["command"])}
        )
        if self.verdict == "no-verdict":
            said = Said(text="There is no verdict")
            verdict = verdict.model_copy(update={"reason_said": said, "layer": None, "step": None})
        return Result(folder=RunFolder(path=Path("run")), verdict=verdict.into("en"), failures=self.failures)
