"""Where a mark sends a test, and what is said of one that is wrong."""

from pathlib import Path

import pytest

from tests.unit.pytest_plugin.project import ALONE, project

pytest_plugins = "pytester"


@pytest.fixture(autouse=True)
def _in_a_project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", ALONE)
    project(pytester.path)


def marked(pytester: pytest.Pytester, arguments: str, fixture: str = "replica") -> pytest.RunResult:
    pytester.makepyfile(
        test_it=f"""
        import pytest
        from pathlib import Path

        @pytest.mark.environment({arguments})
        def test_it({fixture}):
            pass
        """
    )
    return pytester.runpytest("--collect-only", "-q")


def ids(result: pytest.RunResult) -> list[str]:
    assert result.ret == 0, result.stdout.str()
    return [line.partition("::")[2] for line in result.outlines if "::" in line]


@pytest.mark.parametrize(
    ("arguments", "sides"),
    [
        ("'gallery'", ["before", "after"]),
        ("'gallery', sides=('after', 'before')", ["after", "before"]),
        ("'gallery', ('after',)", ["after"]),
        ("'gallery', sides='after'", ["after"]),
        ("'environments/gallery.yaml'", ["before", "after"]),
        ("Path('environments') / 'gallery.yaml'", ["before", "after"]),
        ("name_or_path='gallery', sides=['after', 'after']", ["after"]),
        ("'still', sides='before'", ["before"]),
    ],
)
def test_a_test_is_run_on_the_sides_that_its_mark_names(
    pytester: pytest.Pytester, arguments: str, sides: list[str]
) -> None:
    assert ids(marked(pytester, arguments)) == [f"test_it[{side}]" for side in sides]


def test_the_page_brings_its_replica(pytester: pytest.Pytester) -> None:
    assert ids(marked(pytester, "'gallery'", "page")) == ["test_it[before]", "test_it[after]"]


def test_a_mark_of_a_test_that_asks_for_nothing_changes_nothing(pytester: pytest.Pytester) -> None:
    assert ids(marked(pytester, "'nowhere'", "tmp_path")) == ["test_it"]


def test_a_path_is_from_the_root_folder(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = pytester.mkdir("deep")
    (folder / "test_deep.py").write_text(
        "import pytest\n@pytest.mark.environment('gallery', sides='after')\ndef test_it(replica): pass\n"
    )
    monkeypatch.chdir(folder)
    assert ids(pytester.runpytest("--collect-only", "-q")) == ["test_it[after]"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("", "the mark `environment` cannot be read: missing a required argument: 'name_or_path'"),
        ("'gallery', side='after'", "got an unexpected keyword argument 'side'"),
        ("'galery'", "there is no environment file environments/galery.yaml\n  → did you mean `gallery`?"),
        ("'x/gallery.yaml'", "there is no environment file x/gallery.yaml\n  → did you mean `gallery`?"),
        ("'gallery', sides=('afer',)", "there is no side `afer`\n  → did you mean `after`?"),
        ("'gallery', sides=()", "the mark `environment` names no side"),
        ("'still'", "environments/still.yaml has no upgrade, so it has no side `after`"),
        ("'scenarios/prices.yaml'", "scenarios/prices.yaml:4:1: the key `steps` is not known here"),
    ],
)
def test_a_mark_that_is_wrong_is_told_in_words(pytester: pytest.Pytester, arguments: str, words: str) -> None:
    result = marked(pytester, arguments)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    shown = result.stdout.str()
    assert words in shown
    assert "Traceback" not in shown
    assert "marks.py" not in shown


def test_without_the_mark_a_fixture_says_what_it_needs(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_one(replica): pass\ndef test_two(page): pass")
    result = pytester.runpytest()
    result.assert_outcomes(errors=2)
    assert result.stdout.str().count("the fixture `replica` needs the mark `environment`") >= 2
    assert 'write @pytest.mark.environment("NAME", sides=("before", "after"))' in result.stdout.str()
    assert str(Path("harness/pytest_plugin")) not in result.stdout.str()
