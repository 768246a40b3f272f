"""Installers: what can be written under ``install`` in a recipe. In the order in which they run in a layer."""

from harness.installers.apt import Apt
from harness.installers.files import Files
from harness.installers.npm import Npm
from harness.installers.pip import Pip
from harness.protocols import Installer

INSTALLERS: dict[str, Installer] = {
    "apt": Apt(),
    "pip": Pip(),
    "npm": Npm(),
    "files": Files(),
}
