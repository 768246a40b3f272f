"""harness.render: contexts, their order, their bytes, and writing them."""

import itertools
import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import lock
from harness.client.extensions import read
from harness.errors import InputError
from harness.installers import INSTALLERS
from harness.model import (
    Client,
    Context,
    Environment,
    Extension,
    Installation,
    Recipe,
    Ref,
    Rendering,
    ServiceRef,
    Template,
    Viewport,
)
from harness.render import render, write
from harness.render.contents import quoted
from tests.unit.crx import folder as extension_folder
from tests.unit.shop import Shop, shop

__all__ = ["shop"]  # a fixture


def rendered(shop: Shop, environment: Environment | None = None, recipe: Recipe | None = None) -> Rendering:
    environment, recipe = environment or shop.environment(), recipe or shop.recipe()
    locked = lock.resolve(shop.file(environment), {"shop": recipe}, shop.registry)
    return render(environment, recipe, locked.environments[0], locked, shop.registry)


def tags(chain: tuple[Context, ...]) -> list[str]:
    return [context.tag for context in chain]


def lines(context: Context) -> list[str]:
    return context.dockerfile.splitlines()


# -------------------------------------------------------------------- chains
def test_each_context_stands_on_the_one_before(shop: Shop) -> None:
    for chain in (rendered(shop).server, rendered(shop).browser):
        for lower, upper in itertools.pairwise(chain):
            assert upper.parent == lower.tag
        assert all(lines(context)[0] == f"FROM {context.parent}" for context in chain)
        assert chain[0].parent.startswith("harness/base:debian-12")


def test_layers_go_from_the_shared_to_the_particular(shop: Shop) -> None:
    os, product, plugins = rendered(shop).server
    assert (os.name, product.name, plugins.name) == ("os", "product", "plugins")
    assert "RUN apt python3=1-2" in lines(os)
    assert "RUN pip forms=3.2 shop=1.0" in lines(product)
    assert "RUN pip coupon=0.5" in lines(plugins)
    browser, client = rendered(shop).browser
    assert "chromium=156.0-1" in browser.dockerfile
    assert "chromium=" not in client.dockerfile


def test_same_input_same_bytes(shop: Shop) -> None:
    first, again = rendered(shop), rendered(shop)
    assert first == again
    assert tags(first.server) == tags(again.server)


def test_ten_environments_of_a_product_share_its_layers(shop: Shop) -> None:
    shop.pip.published["coupon"] = [f"0.{number}" for number in range(10)]
    shop.pip.needed["coupon"] = []
    chains = [
        rendered(shop, shop.environment(plugins=[Ref(name="coupon", version=version)])).server
        for version in shop.pip.published["coupon"]
    ]
    assert len({tuple(tags(chain)[:-1]) for chain in chains}) == 1
    assert len({tags(chain)[-1] for chain in chains}) == 10


def test_another_version_of_the_product_shares_the_system_and_the_browser(shop: Shop) -> None:
    old, new = rendered(shop, shop.environment("1.0")), rendered(shop, shop.environment("2.0"))
    assert tags(old.server)[0] == tags(new.server)[0]
    assert tags(old.server)[1] != tags(new.server)[1]
    assert tags(old.browser) == tags(new.browser)


@pytest.mark.parametrize(
    "client",
    [Client(locale="zh_CN.UTF-8"), Client(timezone="Asia/Shanghai")],
)
def test_a_locale_or_time_zone_costs_no_second_browser(shop: Shop, client: Client) -> None:
    plain = rendered(shop).browser
    other = rendered(shop, shop.environment().model_copy(update={"client": client})).browser
    assert tags(plain)[0] == tags(other)[0]
    assert tags(plain)[1] != tags(other)[1]


def test_a_viewport_costs_no_image(shop: Shop) -> None:
    client = Client(viewport=Viewport(width=390, height=844))
    assert rendered(shop, shop.environment().model_copy(update={"client": client})) == rendered(shop)


def of_client(shop: Shop, **fields: object) -> tuple[Context, ...]:
    """The browser's images for a client with these fields; its environment file lies in the shop's folder."""
    folder = shop.folder / "recipes" / "shop"
    folder.mkdir(parents=True, exist_ok=True)
    environment = shop.environment().model_copy(update={"client": Client.model_validate(fields)})
    return rendered(shop, environment, shop.recipe(folder=folder)).browser


@pytest.mark.parametrize(
    "field",
    [
        {"screen": "1920x1080"},
        {"pixel_ratio": 2},
        {"colour_scheme": "dark"},
        {"languages": ["de"]},
        {"preferences": {"download.prompt_for_download": True}},
    ],
    ids=str,
)
def test_what_a_browser_is_told_when_it_starts_costs_no_image(shop: Shop, field: dict[str, object]) -> None:
    assert tags(of_client(shop, **field)) == tags(rendered(shop).browser)


def test_fonts_and_a_clock_cost_no_second_browser(shop: Shop) -> None:
    shop.apt.published |= {"fonts-noto-cjk": ["1"], "tcc": ["2"]}
    plain = tags(rendered(shop).browser)
    chain = of_client(shop, fonts=["noto-cjk", "dejavu-core"], clock="+3d")
    assert tags(chain)[0] == plain[0]
    installed, purged = lines(chain[1])[1:3]
    assert installed == "RUN apt fonts-noto-cjk=1 tcc=2"
    assert "--purge" in purged
    assert "fonts-liberation fonts-wqy-microhei" in purged
    made = lines(chain[1])
    copied = made.index('COPY ["client/usr/local/src/clock.c", "/usr/local/src/clock.c"]')
    assert made[copied + 1].startswith("RUN tcc -shared ")


def test_policies_are_in_the_client_s_layer(shop: Shop) -> None:
    chain = of_client(shop, policies={"HomepageLocation": "http://product:8000/"})
    assert tags(chain)[0] == tags(rendered(shop).browser)[0]
    (file,) = chain[1].files
    assert json.loads(Path(file.content).read_text() if isinstance(file.content, Path) else file.content) == {
        "HomepageLocation": "http://product:8000/"
    }
    where = "/etc/chromium/policies/managed/harness.json"
    assert f'COPY ["client{where}", "{where}"]' in lines(chain[1])


def test_every_extension_comes_to_lie_in_one_folder(shop: Shop) -> None:
    shop.apt.published["webext-blocker"] = ["1.5", "1.6"]
    extension_folder(shop.folder, "banner", banner__js=b"1")
    file = read(Extension(source="file", name="banner"), shop.folder)
    chain = of_client(shop, extensions=[file, {"apt": "webext-blocker@1.5"}])
    assert tags(chain)[0] == tags(rendered(shop).browser)[0]
    assert [one.path for one in chain[1].files if one.path.startswith("extensions/")] == [
        "extensions/banner/banner.js",
        "extensions/banner/manifest.json",
    ]
    installed, copied, packaged = lines(chain[1])[1:4]
    assert installed == "RUN apt webext-blocker=1.5"
    assert copied == 'COPY ["extensions/banner", "/opt/extensions/banner/"]'
    assert packaged.startswith("RUN mkdir -p /opt/extensions/webext-blocker && ")
    assert "dpkg -L webext-blocker | grep -m 1 '^/usr/share/chromium/extensions/[^/]*$'" in packaged


def test_without_plugins_the_start_command_is_still_set(shop: Shop) -> None:
    last = rendered(shop, shop.environment(plugins=())).server[-1]
    assert lines(last)[-1] == 'CMD ["shop", "--port", "8000"]'
    assert not any(line.startswith("RUN pip") for line in lines(last))


# --------------------------------------------------------------- particulars
def test_nobody_runs_as_root(shop: Shop) -> None:
    for chain in (rendered(shop).server, rendered(shop).browser):
        users = [line for line in lines(chain[-1]) if line.startswith("USER ")]
        assert users and users[-1] != "USER root"


@pytest.mark.parametrize("user", ["root", "", "a b", "x; rm -rf /", "Ünder"])
def test_a_user_that_cannot_be_is_refused(shop: Shop, user: str) -> None:
    with pytest.raises(InputError):
        rendered(shop, recipe=shop.recipe(user=user))


def test_templates_see_the_exact_environment(shop: Shop) -> None:
    (shop.folder / "page.j2").write_text("{{ product.version }} {{ plugins | list }} {{ compat | list }}", "utf-8")
    recipe = shop.recipe(templates=(Template(source="page.j2", to="/srv/{{ product.name }}.html"),))
    last = rendered(shop, shop.environment("1", compat=(Ref(name="bridge"),)), recipe).server[-1]
    assert next(file for file in last.files if file.path == "templates/1").content == b"1.0 ['coupon'] ['bridge']"
    assert 'COPY --chown=app ["templates/1", "/srv/shop.html"]' in lines(last)


def test_a_template_changes_only_the_last_image(shop: Shop) -> None:
    recipe = shop.recipe(templates=(Template(source="page.j2", to="/srv/page.html"),))
    (shop.folder / "page.j2").write_text("one", "utf-8")
    first = rendered(shop, recipe=recipe).server
    (shop.folder / "page.j2").write_text("two", "utf-8")
    second = rendered(shop, recipe=recipe).server
    assert tags(first)[:-1] == tags(second)[:-1]
    assert tags(first)[-1] != tags(second)[-1]


def test_a_template_from_elsewhere_is_refused(shop: Shop) -> None:
    with pytest.raises(InputError, match="outside"):
        rendered(shop, recipe=shop.recipe(templates=(Template(source="../secret", to="/srv/x"),)))


def test_set_up_runs_as_the_user_after_everything_it_may_need(shop: Shop) -> None:
    (shop.folder / "page.j2").write_text("page", "utf-8")
    recipe = shop.recipe(
        setup=(("shop", "migrate", "--to", "{{ product.version }}"),),
        templates=(Template(source="page.j2", to="/srv/page.html"),),
        environment={"MODE": "test"},
    )
    last = lines(rendered(shop, recipe=recipe).server[-1])
    setup = last.index('RUN ["shop", "migrate", "--to", "1.0"]')
    for earlier in ("RUN pip coupon=0.5", 'ENV MODE="test"', "USER app", "WORKDIR /srv"):
        assert last.index(earlier) < setup
    assert max(i for i, line in enumerate(last) if line.startswith("COPY")) < setup
    assert last[setup + 1].startswith("CMD")


def test_words_of_commands_reach_the_image_as_they_are(shop: Shop) -> None:
    words = ("shop", "a b", '"quoted"', "$HOME", "中文", "back\\slash")
    last = rendered(shop, recipe=shop.recipe(start=words)).server[-1]
    assert json.loads(lines(last)[-1].removeprefix("CMD ")) == list(words)


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=30))
def test_values_of_variables_are_quoted(value: str) -> None:
    written = quoted(value, "NAME")
    assert written[0] == written[-1] == '"'
    read = as_docker_reads(written[1:-1])
    assert read == value


def as_docker_reads(text: str) -> str:
    """As Docker reads a double-quoted word: a backslash keeps the next sign; a bare ``$`` or ``"`` may not be there."""
    read, signs = "", iter(text)
    for sign in signs:
        assert sign not in '$"'
        read += next(signs) if sign == "\\" else sign
    return read


@pytest.mark.parametrize("variables", [{"A B": "x"}, {"1": "x"}, {"X": "line\nbreak"}, {"": "x"}])
def test_variables_that_cannot_be_are_refused(shop: Shop, variables: dict[str, str]) -> None:
    with pytest.raises(InputError):
        rendered(shop, recipe=shop.recipe(environment=variables))


@pytest.mark.parametrize(
    ("locale", "made"),
    [
        ("zh_CN.UTF-8", ["-i", "zh_CN", "-f", "UTF-8", "zh_CN.UTF-8"]),
        ("de_DE@euro", ["-i", "de_DE@euro", "-f", "UTF-8", "de_DE@euro"]),
        ("ja_JP.EUC-JP", ["-i", "ja_JP", "-f", "EUC-JP", "ja_JP.EUC-JP"]),
    ],
)
def test_a_locale_is_made(shop: Shop, locale: str, made: list[str]) -> None:
    environment = shop.environment().model_copy(update={"client": Client(locale=locale)})
    client = rendered(shop, environment).browser[-1]
    command = next(json.loads(line[4:]) for line in lines(client) if "localedef" in line)
    assert command[-5:] == made
    assert f'LANG="{locale}"' in client.dockerfile


def test_a_locale_that_is_always_there_is_not_made(shop: Shop) -> None:
    environment = shop.environment().model_copy(update={"client": Client(locale="C.UTF-8")})
    assert "localedef" not in rendered(shop, environment).browser[-1].dockerfile


def test_nothing_of_this_machine_is_in_a_context(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://canary.invalid:3128")
    for context in (*rendered(shop).server, *rendered(shop).browser):
        assert "canary" not in context.dockerfile
        assert str(shop.folder) not in context.dockerfile


# ------------------------------------------------------------------- writing
def test_packages_are_listed_or_written(shop: Shop, tmp_path: Path) -> None:
    (shop.folder / "page.j2").write_text("page", "utf-8")
    rendering = rendered(shop, recipe=shop.recipe(templates=(Template(source="page.j2", to="/srv/page.html"),)))
    folders = write(rendering, tmp_path / "listed")
    assert [folder.relative_to(tmp_path / "listed").as_posix() for folder in folders] == [
        "server/1-os",
        "server/2-product",
        "server/3-plugins",
        "browser/1-browser",
        "browser/2-client",
    ]
    assert (folders[2] / "templates/1").read_text() == "page"
    assert (folders[1] / "Dockerfile").read_text() == rendering.server[1].dockerfile
    listed = (folders[1] / "packages.txt").read_text()
    assert listed.count("\n") == 2
    assert not (folders[1] / "pip").exists()

    complete = write(rendering, tmp_path / "complete", complete=True)
    for folder, context in zip(complete, (*rendering.server, *rendering.browser), strict=True):
        there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        assert there == {"Dockerfile", *(file.path for file in context.files)}


def test_files_keep_their_executable_bit(shop: Shop, tmp_path: Path) -> None:
    (shop.folder / "site").mkdir()
    (shop.folder / "site" / "run.sh").write_text("#!/bin/sh\n")
    (shop.folder / "site" / "run.sh").chmod(0o755)
    (shop.folder / "site" / "index.html").write_text("hello")
    recipe = shop.recipe()
    install = (*recipe.product.install, Installation(installer="files", arguments={"from": "site", "to": "/srv"}))
    recipe = recipe.model_copy(update={"product": recipe.product.model_copy(update={"install": install})})
    folders = write(rendered(shop, recipe=recipe), tmp_path / "out")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folders[1] / "files-1").iterdir()}
    assert modes == {"run.sh": 0o755, "index.html": 0o644}
    assert "files" in INSTALLERS


# ------------------------------------------------------------------ services
def test_a_service_is_one_image_with_its_new_data(shop: Shop, tmp_path: Path) -> None:
    environment = shop.environment(services=(ServiceRef(name="redis", version="7"),))
    plain, rendering = rendered(shop), rendered(shop, environment)
    assert (tags(rendering.server), tags(rendering.browser)) == (tags(plain.server), tags(plain.browser))
    ((context,),) = rendering.services.values()
    assert context.name == "redis"
    found = lines(context)
    assert "policy-rc.d" in found[1]
    assert found[2] == "RUN apt redis-server=5:7.0.15-2"
    assert found[-4:] == [
        "USER redis",
        'RUN ["sh", "-euc", "mkdir /srv/data\\n"]',
        "STOPSIGNAL SIGTERM",
        'CMD ["sh", "-eu", "/srv/start"]',
    ]
    (start,) = [file for file in context.files if file.path == "start"]
    assert isinstance(start.content, bytes)
    assert b"requirepass $PASSWORD" in start.content
    write(rendering, tmp_path)
    assert (tmp_path / "services.redis/1-redis/start").read_bytes() == start.content


def test_a_service_that_is_given_keeps_all_but_who_runs_it_and_what(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(shop.registry), "image", lambda self, name, *, archive=None: name, raising=False)
    said = {"name": "mongodb", "image": GIVEN, "port": 27017, "data": ["/data/db"], "environment": {"A": "b"}}
    for more, found in (({}, []), ({"user": "mongodb", "command": ["a", "$b"]}, ["USER mongodb", 'CMD ["a", "$b"]'])):
        environment = shop.environment(services=(ServiceRef.model_validate({**said, **more}),))
        ((context,),) = rendered(shop, environment).services.values()
        assert (context.parent, lines(context)) == (GIVEN, [f"FROM {GIVEN}", *found])


def test_a_variable_of_a_service_is_in_no_image(shop: Shop) -> None:
    recipe = shop.recipe(environment={"URL": "{{ services.redis.url }}", "PLAIN": "{{ product.version }}"})
    dockerfile = rendered(shop, recipe=recipe).server[-1].dockerfile
    assert 'ENV PLAIN="1.0"' in dockerfile
    assert "URL" not in dockerfile


# ------------------------------------------------------------- images that are given
GIVEN = "registry.example/shop@sha256:" + "1" * 64


def given_shop(shop: Shop, monkeypatch: pytest.MonkeyPatch, **said: object) -> tuple[Context, ...]:
    """The server of a shop whose image is given, with what the recipe ``said`` besides."""
    monkeypatch.setattr(type(shop.registry), "image", lambda self, name, *, archive=None: name, raising=False)
    (shop.folder / "site").mkdir()
    (shop.folder / "site/index.html").write_text("hello")
    install = [{"image": GIVEN}, {"files": {"from": "site", "to": "/srv"}}]
    fields = {"name": "shop", "folder": shop.folder, "product": {"version": ["1.0"], "install": install}} | said
    return rendered(shop, shop.environment(plugins=()), Recipe.model_validate(fields)).server


def test_an_image_that_is_given_keeps_what_the_recipe_does_not_say(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    (context,) = given_shop(shop, monkeypatch)
    assert context.parent == GIVEN
    assert lines(context) == [f"FROM {GIVEN}", 'COPY --chown=root ["files-1", "/srv/"]']


def test_what_the_recipe_says_takes_its_place(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"user": "app", "workdir": "/opt", "start": ["serve", "$x"], "environment": {"A": "b"}, "setup": [["seed"]]}
    (context,) = given_shop(shop, monkeypatch, **said)
    assert lines(context)[1:] == [
        'COPY --chown=app ["files-1", "/srv/"]',
        'ENV A="b"',
        "WORKDIR /opt",
        "USER app",
        'RUN ["seed"]',
        "ENTRYPOINT []",
        'CMD ["serve", "$x"]',
    ]
