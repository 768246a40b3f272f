"""What a case of the truth set is, and how it becomes files that harness runs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from harness.model import Layer, VerdictName

Site = Mapping[str, Any]
SERVE = Path(__file__).parent / "serve.py"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A tiny product before and after its upgrade, what a customer does in it, and what harness must say."""

    name: str
    before: Site  # path, or "POST path" -> what is answered, as in serve.py
    after: Site  # laid over ``before``; None takes away
    steps: Sequence[Any]
    verdict: VerdictName = "regression"
    layer: Layer | None = "client"
    step: int | None = None
    words: str = ""  # in the first errors, where there are some; empty: none must be there
    cause: str = ""  # what is told of it without control runs begins so; empty: nothing can be told
    plugin: str = ""  # a script that every page has
    client: Mapping[str, Any] = field(default_factory=dict)
    upgrade: Mapping[str, Any] | None = None  # instead of another version of the product
    recipe: Mapping[str, Any] = field(default_factory=dict)  # more of it
    in_place: bool = False
    ends: int | None = None  # the exit code, where no verdict is what it is about

    def write(self, folder: Path) -> tuple[Path, Path]:
        """The environment file and the scenario, with the recipe beside."""
        recipe = folder / "recipes/tiny"
        recipe.mkdir(parents=True)
        after = {path: rule for path, rule in {**self.before, **self.after}.items() if rule is not None}
        old, new = (_raw(json.dumps(site)) for site in (self.before, after))
        files = {
            "site.json.j2": f"{{% if product.version == '1.0' %}}{old}{{% else %}}{new}{{% endif %}}",
            "serve.py.j2": _raw(SERVE.read_text("utf-8")),
            "extra.js.j2": f"{{% if 'extra' in plugins %}}{_raw(self.plugin)}{{% endif %}}",
            "recipe.yaml": yaml.safe_dump(self._recipe(), sort_keys=False),
        }
        for name, text in files.items():
            (recipe / name).write_text(text, "utf-8")
        environment, scenario = folder / f"{self.name}.yaml", folder / "scenario.yaml"
        environment.write_text(yaml.safe_dump(self._environment(), sort_keys=False), "utf-8")
        steps = {"schema": 1, "name": self.name, "steps": [_patient(step) for step in self.steps]}
        scenario.write_text(yaml.safe_dump(steps, sort_keys=False), "utf-8")
        return environment, scenario

    def _recipe(self) -> dict[str, Any]:
        """What differs from case to case stands in templates, so that the registries are asked once for all."""
        names = {
            "site.json.j2": "/srv/site.json",
            "serve.py.j2": "/srv/serve.py",
            "extra.js.j2": "/srv/plugins/extra.js",
        }
        return {
            "schema": 1,
            "name": "tiny",
            "product": {"version": ["1.0", "2.0"], "install": [{"apt": ["python3"]}]},
            "plugins": {"extra": {"version": ["1.0"], "install": []}},
            "templates": [{"source": source, "to": to} for source, to in names.items()],
            "start": ["python3", "serve.py"],
            "port": 8000,
            "ready": {"path": "/ready", "status": 404},
            "workdir": "/srv",
            **self.recipe,
        }

    def _environment(self) -> dict[str, Any]:
        plugins = {"plugins": ["extra@1.0"]} if self.plugin else {}
        upgrade = dict(self.upgrade or {"server": {"product": "tiny@2.0"}})
        if self.in_place:
            upgrade["kind"] = "in-place"
        return {
            "schema": 1,
            "name": self.name,
            **({"client": dict(self.client)} if self.client else {}),
            "server": {"product": "tiny@1.0", **plugins},
            "upgrade": [upgrade],
        }


def _raw(text: str) -> str:
    """As a template that becomes that text."""
    return f"{{% raw %}}{text}{{% endraw %}}"


def _patient(step: Any) -> Any:
    """How long steps wait where they do not say it: a page may be slow on a busy machine."""
    return {"timeout_s": 30 if "open" in step else 4, **step} if isinstance(step, dict) else step


def page(body: str = "", script: str = "", *, head: str = "") -> dict[str, str]:
    """A page with the plug-ins; ``#out`` is where scripts say what they found."""
    return {
        "text": f"<!doctype html><html lang=en><head><meta charset=utf-8><title>Tiny</title><link rel=icon href=data:,>{head}"
        f"</head><body><h1>Tiny</h1>{body}<p id=out></p><script>{script}</script><!-- plugins --></body></html>"
    }


def fetched(path: str, use: str) -> str:
    """A script that asks for JSON and makes of ``data`` what stands in #out."""
    return (
        f"fetch('{path}').then(r => r.json()).then(data => {{ document.querySelector('#out').textContent = {use}; }});"
    )


def shows(text: str) -> dict[str, Any]:
    return {"expect": {"target": "#out", "text": text}}


OPEN: dict[str, Any] = {"open": "/"}
