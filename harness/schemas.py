"""JSON Schemas (draft 2020-12) of our files, made from the models and families.

``python -m harness.schemas`` writes ``docs/schemas/<kind>.schema.json``; with
``--check`` it changes nothing and exits with 1 where a file is not up to date.
They describe what people write: short and long forms, one-key steps and installers.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from harness.browsers import BROWSERS
from harness.installers import INSTALLERS, WHOLE
from harness.language import Message
from harness.model import (
    Contrast,
    CustomerReport,
    KnownIssue,
    Lock,
    Manifest,
    MatrixResult,
    Recipe,
    VendorReport,
    Verdict,
)
from harness.model.gateway import Gateway
from harness.model.refs import VERSION
from harness.model.suggestion import Suggestion
from harness.services import SERVICES
from harness.spec.baseline import Baseline
from harness.spec.environment import LAYERS, EnvironmentDocument
from harness.spec.header import SCHEMA
from harness.spec.matrix import MatrixDocument
from harness.spec.matrix.paths import FIELDS
from harness.spec.overlay import LISTS
from harness.spec.scenario import ScenarioDocument, StepHead
from harness.spec.upgrading import KIND, KINDS
from harness.steps import STEPS
from harness.systems import SYSTEMS

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
REFERENCES = ("Ref", "BrowserRef", "ServiceRef")
FOLDER = Path(__file__).parent.parent / "docs" / "schemas"


def schemas() -> dict[str, Schema]:
    """The schema of every kind of file, by its name."""
    return {
        "environment": _environment(),
        "scenario": _scenario(),
        "recipe": _recipe(),
        "lock": _file("What the versions of an environment became", *_of(Lock)),
        "verdict": _left(Verdict, "verdict.json"),
        "customer": _left(CustomerReport, "What `harness report --for customer --format json` prints"),
        "vendor": _left(VendorReport, "What `harness report --for vendor --format json` prints"),
        "matrix": _matrix(),
        "bundle": _left(Manifest, "manifest.json of a bundle"),
        "matrix-result": _left(MatrixResult, "matrix.json"),
        "contrast": _left(Contrast, "What `harness diff --json` prints"),
        "baseline": _file("Failures that somebody knows about", *_of(Baseline)),
        "known-issue": _known_issue(),
        "gateway": _gateway(),
        "suggestion": _left(Suggestion, "compat.json, which `harness suggest-compat` leaves"),
    }


def write(folder: Path) -> None:
    """Write all schemas."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in _texts().items():
        (folder / name).write_text(text, "utf-8")


def outdated(folder: Path) -> tuple[Path, ...]:
    """Schema files that are not what the code says, or are not there."""
    paths = {folder / name: text for name, text in _texts().items()}
    return tuple(path for path, text in paths.items() if not path.exists() or path.read_text("utf-8") != text)


def _texts() -> dict[str, str]:
    return {
        f"{kind}.schema.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for kind, schema in schemas().items()
    }


def _environment() -> Schema:
    schema, definitions = _of(EnvironmentDocument)
    for layer in ("Client", "Server"):
        definitions[layer]["properties"]["os"] |= {"enum": list(SYSTEMS)}
    pythons = sorted({one.python for one in SYSTEMS.values()})
    definitions["Server"]["properties"]["python"]["anyOf"][0] = {"enum": [*pythons, *map(float, pythons)]}
    browsers = "|".join(BROWSERS)
    definitions["Client"]["properties"]["browser"] = {
        "allOf": [{"$ref": "#/$defs/BrowserRef"}],
        "anyOf": [
            {"type": "string", "pattern": f"^({browsers})(@|$)"},
            {"type": "object", "properties": {"name": {"enum": list(BROWSERS)}}},
        ],
    }
    changes = {f"{layer.title()}Change": _change(definitions[layer.title()]) for layer in LAYERS}
    definitions["ServiceRef"]["anyOf"][0]["pattern"] = f"^({'|'.join(SERVICES)})(@{VERSION})?$"
    definitions["ServiceRef"]["anyOf"][1]["properties"]["os"] = {"enum": list(SYSTEMS)}
    definitions["ServiceRef"]["anyOf"][1] |= {
        "if": {"not": {"required": ["image"]}},
        "then": {"properties": {"name": {"enum": list(SERVICES)}}},
    }
    for name in REFERENCES:
        changes[f"{name}Change"] = _change_of_reference(definitions[name])
    schema["properties"]["upgrade"]["items"] = {
        "description": "What one upgrade changed, laid on the environment before it: mappings merge, lists of "
        "references merge by name, `name@none` takes one away.",
        "type": "object",
        "properties": {
            KIND: {"enum": list(KINDS), "description": "`in-place`: the new version over the data of the old one"},
            **{layer: {"$ref": f"#/$defs/{layer.title()}Change"} for layer in LAYERS},
        },
        "additionalProperties": False,
        "anyOf": [{"required": [layer]} for layer in LAYERS],
    }
    return _file("An environment and the upgrades that changed it", schema, definitions | changes)


def _change(schema: Schema) -> Schema:
    """The schema of a part of a mapping: nothing is required, nothing has a default."""
    change = deepcopy(schema)
    change.pop("required", None)
    for field in change["properties"].values():
        field.pop("default", None)
    references = {f"#/$defs/{name}": {"$ref": f"#/$defs/{name}Change"} for name in REFERENCES}
    changed: Schema = _each(change, lambda at: at | references.get(at.get("$ref", ""), {}))
    return changed


def _change_of_reference(schema: Schema) -> Schema:
    change = deepcopy(schema)
    short, long_form = change["anyOf"]
    short["pattern"] = short["pattern"].replace(f"(@{VERSION})?", f"(@({VERSION}|none))?")
    long_form["properties"]["version"]["pattern"] = f"^({VERSION}|none)$"
    for key in ("required", "if", "then"):  # what the environment before says need not be said again
        long_form.pop(key, None)
    long_form["properties"]["version"].pop("default", None)
    return change


def _scenario() -> Schema:
    models = {name: kind.Arguments for name, kind in STEPS.items()}
    schema, definitions = _of(ScenarioDocument, StepHead, *models.values())
    head = definitions.pop("StepHead")["properties"]
    actions = {name: {"$ref": f"#/$defs/{model.__name__}"} for name, model in models.items()}
    schema["properties"]["steps"]["items"] = _one_key(actions, head)
    return _file("What a customer did, step by step", schema, definitions)


def _recipe() -> Schema:
    models = {name: installer.Arguments for name, installer in INSTALLERS.items()}
    schema, definitions = _of(Recipe, *models.values())
    for name in ("folder", "lines", "scenarios"):
        del schema["properties"][name]
    schema["required"] = [name for name in schema["required"] if name != "folder"]
    definitions["Installation"] = _one_key(
        {name: {"$ref": f"#/$defs/{model.__name__}"} for name, model in models.items()}
    ) | {"description": "What one installer puts into the image; text may be Jinja2 templates."}
    definitions["VersionSource"] = _one_key({name: {"type": "string"} for name in models}) | {
        "description": "The package whose published versions are those of the part."
    }
    definitions["Part"]["properties"]["version"]["anyOf"][1]["items"] = {"type": ["string", "number"]}
    given = {"contains": {"anyOf": [{"required": [name]} for name in WHOLE]}}
    product = {"required": ["install"], "properties": {"install": given}}
    schema["anyOf"] = [{"required": ["start", "port"]}, {"properties": {"product": product}}]
    return _file("How a product and its plug-ins are installed, started and seeded", schema, definitions)


def _matrix() -> Schema:
    schema, definitions = _of(MatrixDocument)
    axes = schema["properties"]["axes"]
    fields = "|".join(rf"{layer}\.{field}" for layer, names in FIELDS.items() for field in names)
    lists = "|".join(rf"{layer}\.{field}" for layer, field in LISTS)
    axes["propertyNames"] = {"pattern": rf"^(upgrade\.([1-9][0-9]?\.)?)?({fields}|({lists})\..+)$"}
    axes["additionalProperties"] = {"anyOf": [{"type": "array", "minItems": 1}, {"type": "object", "minProperties": 1}]}
    for name in ("include", "exclude"):
        schema["properties"][name]["items"]["minProperties"] = 1
    return _file("The axes of an environment file, and which of their cells to run", schema, definitions)


def _known_issue() -> Schema:
    schema, definitions = _of(KnownIssue)
    del schema["properties"]["path"]
    schema["required"].remove("path")
    return _file("A failure that somebody understood: how it is recognised, its cause and mend", schema, definitions)


def _gateway() -> Schema:
    schema, definitions = _of(Gateway)
    del schema["properties"]["path"]
    schema["required"].remove("path")
    return _file("What stands before a product and makes its answers those of another version", schema, definitions)


def _left(model: type[BaseModel], title: str) -> Schema:
    """A file that only we write, always with every field."""
    schema, definitions = _of(model, mode="serialization")
    whole: Schema = _each({**schema, "$defs": dict(sorted(definitions.items()))}, _complete)
    return {"$schema": DIALECT, "title": title, **whole}


def _complete(schema: Schema) -> Schema:
    return schema | {"required": list(schema["properties"])} if "properties" in schema else schema


def _one_key(entries: Mapping[str, Schema], beside: Mapping[str, Schema] | None = None) -> Schema:
    """A mapping with exactly one of ``entries``, and any of ``beside``."""
    return {
        "type": "object",
        "properties": {**entries, **(beside or {})},
        "oneOf": [{"required": [name]} for name in entries],
        "additionalProperties": False,
    }


def _file(title: str, schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    schema["properties"] = {"schema": {"const": SCHEMA, "description": "The format"}, **schema["properties"]}
    schema["required"] = ["schema", *schema.get("required", ())]
    schema.pop("description", None)  # of the model, which is not the file
    return {"$schema": DIALECT, "title": title, **schema, "$defs": dict(sorted(definitions.items()))}


def _of(
    model: type[BaseModel], *others: type[BaseModel], mode: JsonSchemaMode = "validation"
) -> tuple[Schema, dict[str, Schema]]:
    """The schema of ``model``, and the definitions it and ``others`` need, without made-up titles."""
    _, schema = models_json_schema([(each, mode) for each in (model, *others)])
    definitions: dict[str, Schema] = {name: _each(each, _untitled) for name, each in schema["$defs"].items()}
    return definitions.pop(model.__name__), definitions


def _untitled(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key != "title"}


def _each(schema: Any, change: Callable[[Schema], Schema]) -> Any:
    """``change`` done to a schema and to all schemas in it, but not to the mapping of its properties."""
    if isinstance(schema, list):
        return [_each(item, change) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _each(item, change) for name, item in value.items()}
        if key in ("properties", "$defs")
        else value
        if key in ("default", "enum", "const", "examples")
        else _each(value, change)
        for key, value in change(schema).items()
    }


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m harness.schemas", description="Write the JSON Schemas of our files."
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit with 1 where a file is not up to date"
    )
    parser.add_argument("--folder", type=Path, default=FOLDER)
    args = parser.parse_args(argv)
    if not args.check:
        write(args.folder)
        return 0
    stale: Iterable[Path] = outdated(args.folder)
    for path in stale:
        sys.stderr.write(str(Message("{path} is not up to date: run python -m harness.schemas", path=path)) + "\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
