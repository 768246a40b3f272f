"""harness.installers.apt: what a container is asked, what it leaves, and what is made of that."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import ValidationError

from harness.cache import Cache
from harness.errors import FetchError, GoneError, InputError
from harness.installers.apt import Apt, AptArguments
from harness.model import Base, Package
from harness.protocols import Site
from harness.systems import SYSTEMS, System


@dataclass(kw_only=True)
class Distribution:
    """A registry whose containers leave what a distribution of a few packages would."""

    cache: Cache
    folder: Path
    packages: dict[str, list[str]]  # name -> versions, newest first
    needs: dict[str, list[str]] = field(default_factory=dict)
    suites: dict[str, dict[str, list[str]]] = field(default_factory=dict)  # beside its own
    unmet: str = ""
    scripts: list[str] = field(default_factory=list)

    def base(self, system: System, wanted: Base | None = None) -> Base:
        raise AssertionError("the base is known")

    def fetch(self, base: Base, script: str) -> Mapping[str, Path]:
        self.scripts.append(script)
        have = script.partition("cat > /tmp/have <<'.'\n")[2].partition("\n.\n")[0].splitlines()
        if "/out/versions" in script:
            name = next(line for line in script.splitlines() if "/out/versions" in line).split()[2]
            return self._left({"versions": self._madison(name), "near": "\n".join(self._near(name))})
        takes = [line.split()[1:] for line in script.splitlines() if line.startswith("take ")]
        takes += [line.split()[1:] for line in script.splitlines() if line.startswith("take_from ")]
        origins = [line.split()[1] for line in script.splitlines() if line.startswith("origin ")]
        if lost := [one for one in origins if one not in self.suites]:
            return self._left({"no-suite": "\n".join(lost)})
        if self.unmet:
            return self._left({"unmet": self.unmet})
        gone, chosen, files = "", "", []
        for name, asked, kind, *origin in takes:
            version = asked.strip("'")
            there = (self.suites[origin[0]] if origin else self.packages).get(name, [])
            if version not in there and (kind == "must" or not there):
                gone += f"{name}={version}\n{self._madison(name)}"
                if kind == "may" and not origin:
                    gone += "".join(f"{other} | |\n" for other in self._near(name))
                continue
            if version not in there:
                version = there[0]
            chosen += (
                f"Package: {name}\nVersion: {version}\nSHA256: {_sha(f'{name}_{version}')}\nDescription: Version: 9\n\n"
            )
            files += [f"{name}_{version}_all.deb", *(f"{other}_1_all.deb" for other in self.needs.get(name, []))]
        if gone:
            return self._left({"gone": gone, "chosen": ""})
        debs = {name: name.removesuffix("_all.deb") for name in files if name not in have}
        return self._left({"gone": "", "chosen": chosen, "files": "\n".join(dict.fromkeys(files)), **debs})

    def _near(self, name: str) -> list[str]:
        return [other for other in self.packages if other.startswith(name[:5])]

    def _madison(self, name: str) -> str:
        return "".join(
            f" {name} | {version} | http://mirror.invalid/debian {suite}/main amd64 Packages\n"
            for suite, packages in {"bookworm": self.packages, **self.suites}.items()
            for version in packages.get(name, [])
        )

    def _left(self, texts: Mapping[str, str]) -> dict[str, Path]:
        self.folder.mkdir(exist_ok=True)
        for name, text in texts.items():
            (self.folder / name).write_text(text)
        return {name: self.folder / name for name in texts}


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def distribution(tmp_path: Path) -> Distribution:
    return Distribution(
        cache=Cache(tmp_path / "cache"),
        folder=tmp_path / "out",
        packages={"python3": ["3.11.2-1"], "chromium": ["156-1", "150-1"], "fonts": ["2", "1"]},
        needs={"python3": ["libc", "zlib"], "chromium": ["libc", "nss"]},
    )


@pytest.fixture
def site(distribution: Distribution) -> Site:
    base = Base(os="debian:12", source="bootstrap")
    return Site(system=SYSTEMS["debian:12"], base=base, machine="x86_64", registry=distribution)


def wanted(*entries: str, **more: str) -> list[AptArguments]:
    return [AptArguments.model_validate({"packages": list(entries)} | more)]


@pytest.mark.parametrize("entry", ["python3", "libstdc++6", "chromium=156.0.8078.73-1~deb12u1", "fonts=1:6.0.1r16-1.1"])
def test_packages_are_taken(entry: str) -> None:
    assert AptArguments.model_validate([entry]).packages == (entry,)


@pytest.mark.parametrize("entry", ["-o=x", "", "a;b", "Python3", "./a.deb", "a b", "a/stable", "a=1 2", "$(x)"])
def test_anything_else_is_refused(entry: str) -> None:
    with pytest.raises(ValidationError):
        AptArguments.model_validate([entry])


def test_named_packages_are_locked_and_the_rest_is_kept(site: Site, distribution: Distribution) -> None:
    (package,) = Apt().resolve(wanted("python3"), {}, (), site)
    assert package == Package(
        installer="apt", name="python3", version="3.11.2-1", checksum=f"sha256:{_sha('python3_3.11.2-1')}"
    )
    files = Apt().fetch([package], (), site)
    assert [file.path for file in files] == [
        "debs/libc_1_all.deb",
        "debs/python3_3.11.2-1_all.deb",
        "debs/zlib_1_all.deb",
    ]
    assert len(distribution.scripts) == 1


def test_once_fetched_no_container_is_started(site: Site, distribution: Distribution) -> None:
    packages = Apt().resolve(wanted("chromium=150-1"), {}, (), site)
    assert Apt().has(packages, (), site)
    distribution.scripts.clear()
    Apt().fetch(packages, (), site)
    assert distribution.scripts == []


def test_a_file_that_another_set_has_is_not_downloaded_again(site: Site, distribution: Distribution) -> None:
    Apt().resolve(wanted("python3"), {}, (), site)
    Apt().resolve(wanted("chromium"), {}, (), site)
    assert "libc_1_all.deb" in distribution.scripts[1].partition("/tmp/have")[2]
    (distribution.folder / "libc_1_all.deb").write_text("downloaded again")
    files = Apt().fetch(Apt().resolve(wanted("chromium", "python3"), {}, (), site), (), site)
    assert len(files) == 5
    libc = next(file for file in files if file.path == "debs/libc_1_all.deb")
    assert Path(str(libc.content)).read_text() == "libc_1"


def test_a_layer_above_has_only_what_the_layer_below_has_not(site: Site) -> None:
    below = Apt().resolve(wanted("python3"), {}, (), site)
    both = Apt().resolve(wanted("python3", "chromium"), {}, below, site)
    above = [package for package in both if package not in below]
    assert [file.path for file in Apt().fetch(above, below, site)] == [
        "debs/chromium_156-1_all.deb",
        "debs/nss_1_all.deb",
    ]
    assert not Apt().has(above, Apt().resolve(wanted("fonts"), {}, (), site), site)


def test_preferred_versions_are_kept_while_they_are_there(site: Site, distribution: Distribution) -> None:
    old = Apt().resolve(wanted("fonts=1"), {}, (), site)
    assert Apt().resolve(wanted("fonts"), {}, old, site) == old
    distribution.packages["fonts"] = ["2"]
    assert Apt().resolve(wanted("fonts"), {}, old, site)[0].version == "2"


def test_a_locked_version_that_is_gone_is_named(site: Site, distribution: Distribution) -> None:
    locked = Apt().resolve(wanted("chromium=150-1", "python3"), {}, (), site)
    distribution.packages["chromium"] = ["157-1"]
    distribution.cache.folder = distribution.folder / "another"
    with pytest.raises(GoneError, match="chromium 150-1") as gone:
        Apt().fetch(locked, (), site)
    assert "python3" not in str(gone.value)


def test_a_file_that_is_not_what_was_locked_is_refused(site: Site) -> None:
    (package,) = Apt().resolve(wanted("python3"), {}, (), site)
    other = package.model_copy(update={"checksum": "sha256:" + "0" * 64})
    with pytest.raises(FetchError, match=r"python3 3\.11\.2-1"):
        Apt().fetch([other], (), site)


def test_a_version_that_is_not_there_names_the_nearest(site: Site) -> None:
    with pytest.raises(InputError) as refused:
        Apt().resolve(wanted("chromium=155-1"), {}, (), site)
    assert "150-1, 156-1" in refused.value.into("en")


ASKED: dict[str, Callable[[Site], object]] = {
    "resolve": lambda site: Apt().resolve(wanted("chromum"), {}, (), site),
    "versions": lambda site: Apt().versions("chromum", site),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_a_package_that_is_not_there_brings_the_nearest(site: Site, ask: Callable[[Site], object]) -> None:
    with pytest.raises(InputError) as refused:
        ask(site)
    assert refused.value.into("en") == "debian:12 has no package named chromum\n  → did you mean `chromium`?"


def test_a_package_that_is_not_there_is_named(site: Site) -> None:
    with pytest.raises(InputError, match="no package named nothing"):
        Apt().resolve(wanted("nothing"), {}, (), site)
    with pytest.raises(InputError, match="no package named nothing"):
        Apt().versions("nothing", site)


def test_versions_are_in_order(site: Site) -> None:
    assert Apt().versions("chromium", site) == ("150-1", "156-1")


def test_installing_needs_no_network_and_leaves_no_list(site: Site) -> None:
    made = Apt().contents((), Apt().resolve(wanted("python3"), {}, (), site), (), site)
    assert made.instructions[0] == "COPY debs /tmp/debs"
    assert "apt-get update" not in made.instructions[1]
    assert "rm -rf /tmp/debs /var/lib/apt/lists" in made.instructions[1]
    assert Apt().contents((), (), (), site).instructions == ()


def test_what_the_base_image_has_is_no_layer(site: Site, distribution: Distribution) -> None:
    distribution.packages["bash"] = ["5"]
    packages = Apt().resolve(wanted("bash"), {}, (), site)
    record = ("apt", site.base.model_dump_json(), "bash=5")
    known = distribution.cache.record(*record)
    assert known is not None
    distribution.cache.remember(*record, value=known | {"files": []})
    assert Apt().contents((), packages, (), site).instructions == ()


def test_another_base_image_is_another_question(site: Site, distribution: Distribution) -> None:
    packages = Apt().resolve(wanted("python3"), {}, (), site)
    pinned = Base(os="debian:12", source="registry", digest="sha256:" + "1" * 64)
    other = Site(system=site.system, base=pinned, machine=site.machine, registry=distribution)
    assert not Apt().has(packages, (), other)


# ------------------------------------------------------------------ other suites
@pytest.fixture
def backports(distribution: Distribution) -> dict[str, list[str]]:
    distribution.suites["bookworm-backports"] = {"fonts": ["3", "2"]}
    return distribution.suites["bookworm-backports"]


@pytest.mark.parametrize(
    ("more", "system", "origin"),
    [
        ({}, "debian:12", ""),
        ({"suite": "bullseye"}, "debian:12", "bullseye"),
        ({"suite": "bookworm-backports"}, "debian:12", "bookworm-backports"),
        ({"pocket": "backports"}, "debian:13", "trixie-backports"),
        ({"pocket": "release"}, "debian:12", "bookworm"),
    ],
)
def test_a_suite_is_named_or_follows_the_system(more: dict[str, str], system: str, origin: str) -> None:
    (arguments,) = wanted("fonts", **more)
    assert arguments.origin(SYSTEMS[system]) == origin
    assert AptArguments.model_validate(arguments.model_dump(mode="json")) == arguments


def test_without_a_suite_arguments_are_written_as_they_always_were() -> None:
    assert wanted("fonts")[0].model_dump(mode="json") == ["fonts"]
    assert wanted("fonts", pocket="security")[0].model_dump(mode="json")["pocket"] == "security"


@pytest.mark.parametrize(
    "more", [{"suite": "bulseye"}, {"suite": "bullseye", "pocket": "security"}, {"pocket": "backport"}, {"suites": "x"}]
)
def test_a_suite_that_cannot_be_is_refused(more: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        wanted("fonts", **more)


@pytest.mark.usefixtures("backports")
def test_only_what_is_named_comes_from_another_suite_and_the_lock_says_so(
    site: Site, distribution: Distribution
) -> None:
    packages = Apt().resolve([*wanted("python3"), *wanted("fonts", suite="bookworm-backports")], {}, (), site)
    assert [(one.name, one.version, one.path) for one in packages] == [
        ("fonts", "3", "bookworm-backports"),
        ("python3", "3.11.2-1", ""),
    ]
    (script,) = distribution.scripts
    assert "origin bookworm-backports bookworm" in script
    assert "Pin-Priority: -1" in script
    assert "take python3 '' may" in script and "take_from fonts '' may bookworm-backports" in script
    assert Apt().has(packages, (), site)
    Apt().fetch(packages, (), site)
    assert len(distribution.scripts) == 1
    distribution.cache.folder = distribution.folder / "another"
    Apt().fetch(packages, (), site)
    assert "take_from fonts 3 must bookworm-backports" in distribution.scripts[-1]


def test_the_same_version_of_another_suite_is_another_question(
    site: Site, distribution: Distribution, backports: dict[str, list[str]]
) -> None:
    backports["fonts"] = ["2"]
    own = Apt().resolve(wanted("fonts"), {}, (), site)
    other = Apt().resolve(wanted("fonts", pocket="backports"), {}, own, site)
    assert own != other
    assert len(distribution.scripts) == 2


@pytest.mark.usefixtures("backports")
def test_what_another_suite_has_not_names_what_there_is(site: Site) -> None:
    for entry in ("chromium", "fonts=1"):
        with pytest.raises(InputError) as refused:
            Apt().resolve(wanted(entry, suite="bookworm-backports"), {}, (), site)
        assert f"bookworm-backports has no {entry.replace('=', ' ')}" in refused.value.into("en")
        assert "1 (bookworm)" in refused.value.into("en")


def test_a_suite_that_the_mirror_has_not_is_the_user_s_mistake_and_gone_from_a_lock(
    site: Site, distribution: Distribution
) -> None:
    with pytest.raises(InputError, match="has no suite bullseye"):
        Apt().resolve(wanted("fonts", suite="bullseye"), {}, (), site)
    distribution.suites["bullseye"] = {"fonts": ["1"]}
    packages = Apt().resolve(wanted("fonts", suite="bullseye"), {}, (), site)
    distribution.suites.clear()
    distribution.cache.folder = distribution.folder / "another"
    with pytest.raises(GoneError, match="bullseye"):
        Apt().fetch(packages, (), site)


def test_packages_that_do_not_go_together_are_said_in_the_words_of_apt(site: Site, distribution: Distribution) -> None:
    distribution.unmet = "Reading…\nThe following packages have unmet dependencies:\n fonts : Depends: libc (>= 3)\n"
    with pytest.raises(InputError) as refused:
        Apt().resolve(wanted("fonts"), {}, (), site)
    assert "fonts : Depends: libc (>= 3)" in refused.value.into("en")


@pytest.mark.usefixtures("backports")
def test_a_package_comes_from_the_suite_that_one_of_those_who_ask_for_it_names(site: Site) -> None:
    plain, other = wanted("fonts"), wanted("fonts", pocket="backports")
    for asked in ([*plain, *other], [*other, *plain]):
        (package,) = Apt().resolve(asked, {}, (), site)
        assert package.path == "bookworm-backports"
    with pytest.raises(InputError, match="from bullseye and from bookworm-backports"):
        Apt().resolve([*wanted("fonts", suite="bullseye"), *other], {}, (), site)
    with pytest.raises(InputError, match="from its own release and from bookworm-backports"):
        Apt().resolve([*wanted("fonts=1"), *other], {}, (), site)


@pytest.mark.parametrize("record", [["a"], "text", 7, [[1]], {"python3_1_amd64.deb": 7}, {"x": "../../etc/passwd"}])
def test_a_record_of_files_that_a_stranger_wrote_is_none(
    site: Site, distribution: Distribution, record: object
) -> None:
    distribution.cache.remember("apt-files", "debian:12", "x86_64", value=record)
    packages = Apt().resolve(wanted("python3"), {}, (), site)
    assert Apt().has(packages, (), site)
