"""harness.installers.dockerfile: what a customer's Dockerfile becomes, and what it may not do."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from harness.cache import Cache
from harness.engine import base_reference
from harness.errors import FetchError, InputError
from harness.installers.dockerfile import Dockerfile, DockerfileArguments
from harness.installers.dockerfile.reading import Read, instructions
from harness.model import Base, Context
from harness.protocols import Site
from harness.systems import SYSTEMS
from tests.unit.shop import DictRegistry

PINNED = "registry.example/team/shop@sha256:" + "1" * 64
BASE = Base(os="debian:12", source="bootstrap")


@dataclass(kw_only=True)
class Images(DictRegistry):
    def image(self, name: str, *, archive: object = None) -> str:
        assert name == PINNED
        return name


@pytest.fixture
def site(tmp_path: Path) -> Site:
    registry = Images(cache=Cache(tmp_path / "cache"), closed=True)
    folder = tmp_path / "recipe"
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "server.py").write_text("serve")
    return Site(system=SYSTEMS["debian:12"], base=BASE, machine="x86_64", registry=registry, folder=folder)


def made(site: Site, text: str, **more: Any) -> Context:
    (site.folder / "app" / more.get("file", "Dockerfile")).write_text(text)
    wanted = [DockerfileArguments.model_validate({"from": "app"} | more)]
    contents = Dockerfile().contents(wanted, (), (), site)
    (context,) = contents.below
    assert contents.parent == context.tag
    return context


def refused(site: Site, text: str, **more: Any) -> str:
    with pytest.raises(InputError) as caught:
        made(site, text, **more)
    return caught.value.into("en").replace(f"{site.folder}/", "")


# ------------------------------------------------------------------- what it becomes
def test_a_dockerfile_builds_on_the_base_image_of_the_server(site: Site) -> None:
    context = made(site, "# ours\nFROM debian:12-slim\nRUN echo a && \\\n  # b\n  echo b\nCOPY server.py /srv/\n")
    assert context.dockerfile == (f"FROM {base_reference(BASE)}\nRUN echo a &&   echo b\nCOPY server.py /srv/\n")
    assert context.parent == base_reference(BASE)
    assert not context.egress
    assert {file.path for file in context.files} == {"Dockerfile", "server.py"}


def test_what_it_may_fetch_is_part_of_its_name(site: Site) -> None:
    closed, opened = made(site, "FROM debian:12\n"), made(site, "FROM debian:12\n", egress="allow")
    assert opened.egress
    assert closed.tag != opened.tag
    assert made(site, "FROM debian:12\nADD https://x.invalid/a /a\n", egress="allow").dockerfile.count("ADD") == 1


def test_stages_and_arguments_keep_their_meaning(site: Site) -> None:
    context = made(
        site,
        f"ARG RELEASE=bookworm\nARG KIND\nFROM debian:${{RELEASE}} AS made\nARG RELEASE\nRUN make\n"
        f"FROM {PINNED}\nARG OTHER\nCOPY --from=made --chown=1 /a /a\nCOPY --from=0 /b /b\nCOPY --from={PINNED} /c /c\n"
        "FROM made\n",
    )
    assert context.dockerfile.splitlines() == [
        f"FROM {base_reference(BASE)} AS made",
        'ARG RELEASE="bookworm"',
        "RUN make",
        f"FROM {PINNED}",
        "ARG OTHER",
        "COPY --from=made --chown=1 /a /a",
        "COPY --from=0 /b /b",
        f"COPY --from={PINNED} /c /c",
        "FROM made",
    ]


def test_arguments_are_the_customers_own_where_they_are_given(site: Site) -> None:
    text = "ARG RELEASE=11\nFROM debian:${RELEASE}\nARG RELEASE\nARG KIND=plain\nARG OTHER=1\nRUN make\n"
    context = made(site, text, args={"RELEASE": "12", "KIND": 'a "b" $HOME \\'})
    assert context.dockerfile.splitlines() == [
        f"FROM {base_reference(BASE)}",
        'ARG RELEASE="12"',
        r'ARG KIND="a \"b\" \$HOME \\"',
        "ARG OTHER=1",
        "RUN make",
    ]
    assert context.tag != made(site, text, args={"RELEASE": "12"}).tag
    assert "there is no ARG RELEASES in it\n  → did you mean `RELEASE`?" in refused(
        site, text, args={"RELEASE": "12", "RELEASES": "12"}
    )


def test_dockerignore_is_heeded(site: Site) -> None:
    folder = site.folder / "app"
    (folder / ".git").mkdir()
    (folder / ".git/config").write_text("secret")
    (folder / "keys").symlink_to("/etc", target_is_directory=True)
    (folder / ".env").write_text("secret")
    (folder / "keep.env").write_text("kept")
    (folder / ".dockerignore").write_text("# not ours\n.git\nkeys\n*.env\n!keep.env\n")
    paths = {file.path for file in made(site, "FROM debian:12\n").files}
    assert paths == {".dockerignore", "Dockerfile", "server.py", "keep.env"}


def test_another_name_and_the_same_again(site: Site) -> None:
    first = made(site, "FROM scratch\nCOPY server.py /\n", file="Dockerfile.prod")
    assert first == made(site, "FROM scratch\nCOPY server.py /\n", file="Dockerfile.prod")
    assert first.parent == "scratch"


# -------------------------------------------------------------------- what it may not
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("FROM debian:12\nADD https://x.invalid/a /a\n", "app/Dockerfile:2:1: it may fetch https://x.invalid/a /a"),
        ("FROM debian:12\nADD git@x.invalid:a.git /a\n", "it may fetch"),
        ("FROM debian:12\nADD --chown=1 HTTP://x.invalid/a /a\n", "it may fetch"),
        ("FROM debian:12\nadd\thttps://x.invalid/a /a\n", "it may fetch"),
        ("FROM debian:12\nARG U=https://x.invalid/a\nADD $U /a\n", "app/Dockerfile:3:1: it may fetch $U /a"),
        ("FROM debian:12\nADD ht''tps://x.invalid/a /a\n", "it may fetch"),
        ('FROM debian:12\nADD ["\\u0068ttps://x.invalid/a", "/a"]\n', "it may fetch"),
        ("FROM debian:12\nADD htt\\\nps://x.invalid/a /a\n", "app/Dockerfile:2:1: it may fetch"),
        ("FROM debian:12\nFROM\tnginx:1\n", "`nginx:1` is not pinned"),
        ("FROM debian:12\nFROM\n", "`` is not pinned"),
        ("FROM debian:12\nRUNN ls\n", "did you mean `RUN`"),
        ("FROM python:3.11\n", "app/Dockerfile:1:1: `python:3.11` is not pinned by its digest"),
        ("FROM debian:13\n", "write `os: debian:13` under `server`"),
        ("FROM debian:12\n\n# a\nCOPY --from=nginx:1 /a /a\n", "app/Dockerfile:4:1: `nginx:1` is not pinned"),
        ("FROM debian:12\nCOPY --from=1 /a /a\n", "`1` is not pinned"),
        ("FROM debian:12\nRUN --mount=type=bind,target=/host ls\n", "`--mount` is for BuildKit"),
        ("FROM debian:12\nRUN --network=host ls\n", "`--network` is for BuildKit"),
        ("FROM debian:12\nCOPY --link server.py /\n", "`--link` is for BuildKit"),
        ("FROM --platform=linux/arm64 debian:12\n", "`--platform` is for BuildKit"),
        ("FROM debian:12\nRUN <<EOF\nls\nEOF\n", "here-document"),
        ("FROM debian:12\nonbuild RUN ls\n", "`ONBUILD`"),
        ("RUN ls\nFROM debian:12\n", "app/Dockerfile:1:1: `RUN` stands before FROM"),
        ("ARG A=1\n", "there is no FROM"),
        ("FROM debian:12\nRUN echo \\\\\n# the end\n", "app/Dockerfile:2:1: it ends with"),
        ("", "there is no FROM"),
    ],
)
def test_what_it_may_not_is_said_with_its_line(site: Site, text: str, said: str) -> None:
    assert said in refused(site, text)


def test_nothing_outside_of_the_folder_is_sent(site: Site) -> None:
    (site.folder / "secret").write_text("secret")
    (site.folder / "app/link").symlink_to("../secret")
    assert "leads out of the folder" in refused(site, "FROM debian:12\n")
    (site.folder / "app/link").unlink()
    (site.folder / "app/Dockerfile").unlink()
    (site.folder / "app/Dockerfile").symlink_to("/etc/hostname")
    with pytest.raises(InputError, match="outside of the recipe"):
        Dockerfile().contents([DockerfileArguments.model_validate("app")], (), (), site)
    for source in ("..", "/etc", "none"):
        with pytest.raises(InputError):
            Dockerfile().contents([DockerfileArguments.model_validate(source)], (), (), site)


def test_a_bundle_fetches_no_image(site: Site) -> None:
    bundled = replace(site, base=Base(os="debian:12", source="bundle", digest="0" * 16))
    with pytest.raises(FetchError, match="bundle does not bring"):
        made(bundled, f"FROM {PINNED}\n")


@pytest.mark.parametrize(
    "asked", [{"from": ""}, {"from": "app", "file": "../Dockerfile"}, {"from": "app", "file": "/etc/passwd"},
              {"from": "app", "egress": "host"}, {"from": "app", "args": {"A B": "1"}},
              {"from": "app", "args": {"A": "1\nRUN id"}}, {"from": "app", "args": {"A=1": "2"}}]
)  # fmt: skip
def test_what_cannot_be_asked_for(asked: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        DockerfileArguments.model_validate(asked)


@given(st.text(alphabet="FROM debian:12RUN COPY --=\\\n#a$ {}<", max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    read = Read(path=Path("Dockerfile"), image=lambda name: f"here/{name}", remote=False)
    lines = text.count("\n") + 1
    assert all(1 <= one.line <= lines for one in instructions(text))
    try:
        made = read.rewritten(text)
    except InputError as exc:
        assert exc.problems
    else:
        assert made.startswith(f"FROM {read.first}")
