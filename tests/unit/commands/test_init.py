"""harness init"""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from harness import cli, spec
from harness.drafts import beginnings
from tests.unit.crx import folder as extension_folder

OPTIONS = ("--product", "shop", "--before", "1.0", "--after", "2.0", "--plugin", "coupon@0.5")
Answer = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    return tmp_path


def init(*words: str) -> int:
    return cli.main(["init", *words, "--lang", "en"])


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Somebody at a terminal who gives these answers, then ends or interrupts; returns what they are asked."""

    def answers(*given: str, then: type[BaseException] = EOFError) -> list[str]:
        asked: list[str] = []
        left: Iterator[str] = iter(given)

        def ask(question: str) -> str:
            asked.append(question)
            for answer in left:
                return answer
            raise then

        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        monkeypatch.setattr("builtins.input", ask)
        return asked

    return answers


def there(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_from_options_all_is_written_and_explained(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert init(*OPTIONS) == 0
    assert there(folder) == [
        "environments/recipes/shop/recipe.yaml", "environments/shop-coupon.yaml", "scenarios/shop-coupon.yaml"
    ]  # fmt: skip
    out = capsys.readouterr().out
    for path in there(folder):
        assert f"{path}: " in out
    assert "harness reproduce environments/shop-coupon.yaml scenarios/shop-coupon.yaml" in out
    assert cli.main(["lint", "--lang", "en"]) == 0


def test_a_person_is_asked_with_usual_answers(folder: Path, person: Answer) -> None:
    asked = person("shop", "", "", "", "", "1.0", "2.0", "coupon@0.5, gift@1.0", "", "", "")
    assert init() == 0
    assert asked == [
        "Product: ",
        "What installs it [pip]: ",
        "Name of its package [shop]: ",
        "Port that it listens on [8000]: ",
        "Command that starts it [shop]: ",
        "Version that the customer has [latest]: ",
        "Version after the upgrade (none: no upgrade): ",
        "Plug-ins, as name@version: ",
        "Operating system [debian:12]: ",
        "Browser [chromium]: ",
        "Name of the environment [shop-coupon-gift]: ",
    ]
    case = spec.load(folder / "environments/shop-coupon-gift.yaml", folder / "scenarios/shop-coupon-gift.yaml")
    assert [str(ref) for ref in case.file.environments[1].server.plugins] == ["coupon@0.5", "gift@1.0"]


def test_what_is_given_is_not_asked(person: Answer) -> None:
    asked = person("", "", "", "", "", "", "", "")
    assert init("mine", *OPTIONS, "--os", "debian:13") == 0
    assert [question.partition(" [")[0] for question in asked] == [
        "What installs it", "Name of its package", "Port that it listens on", "Command that starts it", "Browser"
    ]  # fmt: skip


def test_a_wrong_answer_is_asked_again_with_the_nearest(
    person: Answer, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    first = ("Shop", "shop", "pipp", "pip", "", "x", "99999", "80", "'", "")
    asked = person(*first, "", "new", "", "", "debian:1", "", "", "")
    assert init() == 0
    out = capsys.readouterr().out
    for words in (
        "`Shop` is no name for a file", "did you mean `pip`?", "`x` does not do", "`99999` does not do",
        "`'` is no command", "`new` is no version", "did you mean `debian:1"
    ):  # fmt: skip
        assert words in out
    assert sum(question.startswith("Port") for question in asked) == 3
    assert "environments/shop.yaml" in there(folder)


def test_a_product_with_a_recipe_is_not_asked_how_it_is_installed(
    folder: Path, person: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(*OPTIONS) == 0
    asked = person("shop", "", "", "cupon@0.6", "coupon@0.6", "", "", "shop-coupon", "another")
    assert init() == 0
    assert not any(question.startswith(("What installs", "Command")) for question in asked)
    out = capsys.readouterr().out
    assert "did you mean `coupon`?" in out
    assert "environments/shop-coupon.yaml is there already" in out
    assert there(folder)[-1] == "scenarios/shop-coupon.yaml"
    assert "environments/another.yaml" in there(folder)


@pytest.mark.parametrize("given", [0, 1, 5, 10])
@pytest.mark.parametrize(("then", "code"), [(KeyboardInterrupt, 130), (EOFError, 2)])
def test_who_goes_away_leaves_nothing(
    given: int, then: type[BaseException], code: int, folder: Path, person: Answer
) -> None:
    person(*(["shop", "", "", "", "", "", "", "", "", ""][:given]), then=then)
    assert init() == code
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "--product is missing"),
        (("--product", "../x"), "`../x` is no name"),
        (("--product", "shop", "--installer", "nmp"), "did you mean `npm`?"),
        (("--product", "shop", "--package", "-e ."), "package: `-e .` does not do"),
        (("--product", "shop", "--port", "0"), "port: `0` does not do"),
        (("--product", "shop", "--start", ""), "started by something"),
        (("--product", "shop", "--before", "new"), "`new` is no version"),
        (("--product", "shop", "--after", "none"), "`@none` takes away"),
        (("--product", "shop", "--plugin", "coupon@"), "is no version"),
        (("--product", "shop", "--os", "debian:9"), "not one of those"),
        (("--product", "shop", "--browser", "chromum@1"), "did you mean `chromium`?"),
        (("a/b", "--product", "shop"), "`a/b` is no name"),
        (("--product", "shop", "--set", "client.lokale=x"), "did you mean `client.locale`?"),
        (("--product", "shop", "--set", "client.locale"), "sets no field"),
        (("--product", "shop", "--set", "upgrade.2.client.locale=C"), "sets no field"),
        (("--product", "shop", "--set", "client.clock=[soon"), "--set:"),
        (("--product", "shop", "--set", "client.clock=soon"), "environments/shop.yaml:"),
        (("--product", "shop", "--browser", "webkit", "--set", "link.tls=true"), "cannot honour `link.tls`"),
    ],
)
def test_a_wrong_option_is_said_and_nothing_is_written(
    options: tuple[str, ...], words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(*options) == 2
    assert words in capsys.readouterr().err
    assert list(folder.iterdir()) == []


def test_nothing_is_written_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert init(*OPTIONS) == 0
    before = {path: (folder / path).read_bytes() for path in there(folder)}
    assert init(*OPTIONS) == 2
    assert "nothing is written over" in capsys.readouterr().err
    assert {path: (folder / path).read_bytes() for path in there(folder)} == before


EVERY_AXIS = [
    "client.clock=+3d", "client.languages=[zh-CN, en]", "client.certificates=[replica, certificates/company.pem]",
    "client.extensions=[extensions/banner, {npm: some-extension@1.2.0, folder: dist}]",
    'client.policies={BlockAbout: true}', "client.pixel_ratio=1.5", "client.fonts=[noto-cjk]",
    "link.tls=true", "link.basic_auth={user: ann}", 'link.blocked=["*.ads.example"]', "link.proxy={}",
    "server.services=[{name: postgresql, os: debian:13}, redis, "
    f"{{name: store, image: {{from: services/a.tar, sha256: {hashlib.sha256(b'a').hexdigest()}}}, port: 1, data: []}}]",
    "server.python=3.11", "server.node=20",
    "upgrade.client.os=debian:13", "upgrade.server.services=[redis@none]", "upgrade.link.proxy=null",
]  # fmt: skip


def test_any_field_can_be_set(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    extension_folder(folder / "environments")
    (folder / "environments/certificates").mkdir()
    trustme.CA().cert_pem.write_to_path(folder / "environments/certificates/company.pem")
    (folder / "environments/services").mkdir()
    (folder / "environments/services/a.tar").write_bytes(b"a")
    words = [word for one in EVERY_AXIS for word in ("--set", one)]
    assert init("mine", *OPTIONS, *words) == 0, capsys.readouterr().err
    assert cli.main(["lint", "--lang", "en"]) == 0
    before, after = spec.load(folder / "environments/mine.yaml", None).file.environments
    assert (before.client.clock, before.client.pixel_ratio, before.link.tls) == ("+3d", 1.5, True)
    assert (before.server.python, before.server.node) == ("3.11", "20")
    assert [one.name for one in before.client.extensions] == ["banner", "some-extension"]
    assert [one.name for one in before.server.services] == ["postgresql", "redis", "store"]
    assert (after.client.os, str(after.server.product)) == ("debian:13", "shop@2.0")
    assert [one.name for one in after.server.services] == ["postgresql", "store"]
    assert before.link.proxy
    assert after.link.proxy is None


def test_other_browsers_can_be_set(folder: Path) -> None:
    assert init("mine", *OPTIONS, "--browser", "webkit", "--set", "client.colour_scheme=dark") == 0
    grid = "client.browser={name: remote, url: 'http://grid:4444', capabilities: {browserName: safari}}"
    assert init("far", *OPTIONS, "--set", grid) == 0
    assert spec.load(folder / "environments/far.yaml", None).file.environments[0].client.browser.name == "remote"


def test_what_a_recipe_needs_is_there(folder: Path) -> None:
    assert init(*OPTIONS) == 0
    recipe = folder / "environments/recipes/shop/recipe.yaml"
    recipe.write_text(recipe.read_text() + "services: [redis]\n")
    assert init("mine", *OPTIONS) == 0
    assert "services: [redis]" in (folder / "environments/mine.yaml").read_text()


def test_an_upgrade_need_not_be_the_product_s(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert init("mine", *OPTIONS[:4], "--set", "upgrade.server.os=debian:13") == 0
    assert "harness reproduce" in capsys.readouterr().out
    assert [one.server.os for one in spec.load(folder / "environments/mine.yaml", None).file.environments] == [
        "debian:12", "debian:13"
    ]  # fmt: skip


def test_an_upgrade_can_be_one_in_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert init("mine", *OPTIONS, "--set", "upgrade.kind=in-place", "--set", "upgrade.server.os=debian:13") == 0
    assert spec.load(folder / "environments/mine.yaml", None).file.kinds == ("in-place",)
    assert init("other", *OPTIONS, "--set", "upgrade.kind=inplace") == 2
    assert "environments/other.yaml:" in capsys.readouterr().err
    assert init("other", *OPTIONS, "--set", "upgrade.kin=in-place") == 2
    assert "did you mean `upgrade.kind`?" in capsys.readouterr().err


def test_a_package_of_npm_that_is_a_server_has_node_and_no_page(folder: Path) -> None:
    words = ("--product", "api", "--installer", "npm", "--package", "express", "--start", "node server.js", "--yes")
    assert init(*words) == 0
    recipe = spec.load_recipe("api", folder / "environments/api.yaml")
    assert [one.installer for one in recipe.product.install] == ["node", "npm"]
    assert not (folder / "environments/recipes/api/index.html.j2").exists()


def test_json_asks_nothing(folder: Path, person: Answer, capsys: pytest.CaptureFixture[str]) -> None:
    asked = person()
    assert init(*OPTIONS, "--json", "--folder", "sub") == 0
    found = json.loads(capsys.readouterr().out)["files"]
    assert asked == []
    assert sorted(found) == there(folder)
    assert all(path.startswith("sub/") for path in found)


def test_in_chinese(person: Answer, capsys: pytest.CaptureFixture[str]) -> None:
    asked = person("shop", *[""] * 10)
    assert cli.main(["init", "--lang", "zh"]) == 0
    assert asked[0] == "产品: "
    assert "接下来" in capsys.readouterr().out


def test_the_usual_installer_is_there() -> None:
    assert {"pip", "npm", "apt"} <= set(beginnings())
