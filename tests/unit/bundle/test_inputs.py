"""All that a case needs goes into its bundle, and comes out of it."""

from pathlib import Path

import pytest

from harness.bundle.inputs import is_input
from harness.evidence import RunFolder
from harness.model import Client, Environment, EnvironmentFile, Link, Ref, Server


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("environment.yaml", True),
        ("certificates/company.pem", True),
        ("gateways/old.yaml", True),
        ("evidence/a", False),
    ],
)
def test_what_is_an_input(name: str, wanted: bool) -> None:
    assert is_input(name) is wanted


def test_every_folder_that_a_file_names_something_of_is_one_of_them() -> None:
    client = Client.model_validate({"certificates": ["certificates/company.pem"], "extensions": ["extensions/banner"]})
    environment = Environment(
        client=client,
        link=Link.model_validate({"gateways": ["gateways/old.yaml"]}),
        server=Server(product=Ref(name="shop", version="1")),
    )
    file = EnvironmentFile(path=Path("/x/shop.yaml"), name="shop", environments=(environment,))
    assert len(file.beside) == 3
    assert {f"{path.parent.name}/" for path in file.beside} <= set(RunFolder.BESIDE)
