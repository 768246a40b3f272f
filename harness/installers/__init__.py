"""Installers: what can be written under ``install`` in a recipe. In the order in which they run in a layer."""

from harness.installers.apt import Apt
from harness.installers.archive import Archive
from harness.installers.dockerfile import Dockerfile
from harness.installers.files import Files
from harness.installers.image import Image
from harness.installers.npm import Node, Npm
from harness.installers.pip import Pip
from harness.protocols import Installer

INSTALLERS: dict[str, Installer] = {
    "apt": Apt(),
    "node": Node(),
    "pip": Pip(),
    "npm": Npm(),
    "archive": Archive(),
    "files": Files(),
    "image": Image(),
    "dockerfile": Dockerfile(),
}

WHOLE = ("image", "dockerfile")
"""Those that bring the whole image of a server: nothing but files comes on top of it."""
