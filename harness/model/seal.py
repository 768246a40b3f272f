"""Seal: what a run's folder held when the run was over, and whether secrets of the run were in it."""

from typing import Literal

from harness.model.base import Frozen


class Found(Frozen):
    """A secret in a file; never what it is."""

    file: str  # relative to the run folder
    secret: str  # "env:SHOP_PASSWORD", "step 3"
    encoding: str  # "plain", "base64", …


class Seal(Frozen):
    """``seal.json``. Secrets are not kept anywhere; so only what is as it was then is known to hold none."""

    schema_version: Literal[1] = 1
    secrets: int  # how many were looked for
    files: dict[str, str]  # relative path -> SHA-256
    found: tuple[Found, ...] = ()
