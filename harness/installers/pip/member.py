"""The installer itself."""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from pydantic import ValidationInfo, field_validator

from harness.errors import Mistake
from harness.installers.pip.names import distribution
from harness.language import Message
from harness.model import File, Package
from harness.model.packages import LocalFile, PackagesAndFiles
from harness.model.tokens import IndexAddress
from harness.protocols import Contents, Site
from harness.systems import System

HOME = "/opt/app"  # the virtual environment, in the image
LAST_WITH_DISTUTILS = (3, 9)  # until then pip itself needs what Debian splits off


class PipArguments(PackagesAndFiles):
    """``[flask==3.0.3, "uvicorn[standard]>=0.30"]``, as PEP 508 has it, from an index; or a mapping with
    ``packages``, ``files`` (wheels and source distributions beside the recipe), ``constraints`` (requirements
    that hold for whatever is installed: a list, or a file beside the recipe), ``overrides`` (requirements that take
    the place of what packages themselves say of theirs) and ``index`` (the address of one that is asked before that
    of this machine)."""

    constraints: LocalFile | tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    index: IndexAddress = ""

    @classmethod
    def check(cls, entry: str) -> None:
        super().check(entry)
        try:
            requirement = Requirement(entry)
        except InvalidRequirement as exc:
            raise Mistake(
                Message("`{entry}` is no requirement", entry=entry), Message("write it as name==1.2.3")
            ) from exc
        if requirement.url:
            raise Mistake(Message("`{entry}` is an address; only packages of an index can be locked", entry=entry))

    @field_validator("constraints")
    @classmethod
    def _are_requirements(cls, value: LocalFile | tuple[str, ...], info: ValidationInfo) -> Any:
        return value if isinstance(value, LocalFile) else cls._entries(value, info)

    @field_validator("overrides")
    @classmethod
    def _are_requirements_too(cls, value: tuple[str, ...], info: ValidationInfo) -> Any:
        return cls._entries(value, info)

    @classmethod
    def check_file(cls, file: LocalFile) -> None:
        if distribution(file.name) is None or not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.+~!-]*", file.name):
            raise Mistake(
                Message("`{path}` is named like no wheel and no source distribution", path=file.path),
                Message("write it as name-1.2.3-py3-none-any.whl or name-1.2.3.tar.gz"),
            )


class Pip:
    """uv resolves on this machine; pip, from its own wheel, installs in the image without a network."""

    Arguments = PipArguments
    drifts = False

    def needs(self, system: System) -> tuple[str, ...]:
        python = tuple(map(int, system.python.split(".")))
        return ("python3", "python3-distutils") if python <= LAST_WITH_DISTUTILS else ("python3",)

    def versions(self, package: str, site: Site) -> tuple[str, ...]:
        from harness.installers.pip import index
        from harness.versions import in_order

        usable = (file for file in index.files(package) if not file.yanked and file.runs_on(site.system.python))
        return in_order(version for file in usable if (version := file.version) is not None)

    def resolve(
        self, wanted: Sequence[PipArguments], held: Mapping[str, str], preferred: Sequence[Package], site: Site
    ) -> tuple[Package, ...]:
        from harness.installers.pip import compile, given, index, sdist

        names = {str(canonicalize_name(name)): version for name, version in held.items()}
        question = compile.Question(
            requirements=tuple(dict.fromkeys(entry for arguments in wanted for entry in arguments.packages)),
            constraints=tuple(line for arguments in wanted for line in given.constraints(arguments.constraints, site)),
            overrides=tuple(dict.fromkeys(line for arguments in wanted for line in arguments.overrides)),
            held=names,
            given=given.files([file for arguments in wanted for file in arguments.files], site),
            indexes=_indexes(wanted),
        )
        installed, unbuilt = compile.compiled(question, preferred, site)
        tools = [_bootstrap(preferred, site)]
        for package in unbuilt:
            path = index.download([_wanted(package)], site.registry.cache, question.indexes)[_sha256(package)]
            asked = compile.Question(
                requirements=sdist.read(path, package.file).build_requires, indexes=question.indexes
            )
            tools += compile.compiled(asked, (), site)[0]
        build = dict.fromkeys(package.model_copy(update={"path": compile.BUILD}) for package in tools)
        return (*installed, *sorted(build, key=lambda package: (package.name, package.version)))

    def has(self, packages: Sequence[Package], below: Sequence[Package], site: Site) -> bool:
        return all(site.registry.cache.find(_sha256(package)) for package in packages)

    def fetch(self, packages: Sequence[Package], below: Sequence[Package], site: Site) -> tuple[File, ...]:
        cache = site.registry.cache
        paths = {sha256: path for package in packages if (path := cache.find(sha256 := _sha256(package)))}
        missing = [_wanted(package) for package in packages if _sha256(package) not in paths]
        if missing:
            from harness.installers.pip import given, index

            local = given.files([file for arguments in site.asked for file in arguments.files], site).values()
            paths |= {_sha256(one.package): one.path for one in local}
            missing = [one for one in missing if one[2] not in paths]
            paths |= index.download(missing, cache, _indexes(site.asked)) if missing else {}
        return tuple(
            File(path=_place(package), sha256=_sha256(package), content=paths[_sha256(package)]) for package in packages
        )

    def contents(
        self, wanted: Sequence[PipArguments], packages: Sequence[Package], below: Sequence[Package], site: Site
    ) -> Contents:
        installed = [package for package in packages if not package.path]
        if not installed:
            return Contents()
        # what builds and installs may have been fetched for the layer below; it left nothing there
        tools = [package for package in dict.fromkeys((*packages, *below)) if package.path]
        files = self.fetch([*installed, *tools], (), site)
        pip = next(_place(package) for package in tools if package.name == "pip")
        return Contents(files=files, instructions=_instructions(pip, sorted(_place(package) for package in installed)))


def _instructions(pip: str, installed: Iterable[str]) -> tuple[str, ...]:
    paths = shlex.join(f"/tmp/{path}" for path in installed)
    return (
        "COPY wheels /tmp/wheels",
        f"RUN set -e; test -x {HOME}/bin/python || python3 -m venv --without-pip {HOME}; "
        f"PYTHONDONTWRITEBYTECODE=1 {HOME}/bin/python /tmp/{pip}/pip install --no-index --no-deps --no-cache-dir "
        "--disable-pip-version-check --no-warn-script-location --quiet --compile --root-user-action=ignore "
        f"--find-links /tmp/wheels/build {paths}; rm -rf /tmp/wheels",
        f"ENV PATH={HOME}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    )


def _bootstrap(preferred: Sequence[Package], site: Site) -> Package:
    """The pip that installs the others; as it was resolved a moment ago, where it was."""
    from harness.installers.pip import compile

    known = (package for package in preferred if package.path == compile.BUILD and package.name == "pip")
    return next(known, None) or compile.compiled(compile.Question(requirements=("pip",)), (), site)[0][0]


def _indexes(wanted: Iterable[PipArguments]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(arguments.index for arguments in wanted if arguments.index))


def _place(package: Package) -> str:
    return f"wheels/{package.path}/{package.file}" if package.path else f"wheels/{package.file}"


def _sha256(package: Package) -> str:
    return package.checksum.removeprefix("sha256:")


def _wanted(package: Package) -> tuple[str, str, str]:
    return package.name, package.file, _sha256(package)
