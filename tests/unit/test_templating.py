from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import templating
from harness.errors import InputError
from harness.model import Environment, Ref, Server
from harness.templating import OUTPUT_LIMIT, context, expand, is_version, rehearse, render_file

HERE = Path("recipe.yaml")
SEEN = context(
    Environment(
        server=Server(
            product=Ref(name="slides", version="4.6.1"),
            plugins=(Ref(name="menu", version="1.2.0"),),
            dependencies=(Ref(name="wtforms", version="3.1.2"),),
        )
    )
)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("reveal.js@{{ product.version }}", "reveal.js@4.6.1"),
        ("{{ plugins.menu.version }} {{ plugins['menu'].name }}", "1.2.0 menu"),
        ("{{ dependencies.wtforms.version }}", "3.1.2"),
        ("{{ client.os }} {{ client.viewport.width }} {{ link.egress }}", "debian:12 1366 deny"),
        ("{% if 'menu' in plugins and 'x' not in compat %}yes{% endif %}\n", "yes\n"),
        ("{{ 'dist' if product.version is version('>=4') else 'css' }}", "dist"),
        ("<b>{{ '<i>' }}</b>", "<b><i></b>"),
        ("{{ plugin.version if plugin is defined else 'none' }}", "none"),
    ],
)
def test_a_template_sees_the_environment(text: str, made: str) -> None:
    assert expand(text, SEEN, path=HERE) == made


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("\n{{ prodct.version }}", "6:1: no template sees a `prodct`\n  → did you mean `product`?"),
        (
            "{{ product.versoin }}",
            "5:1: the template asks for `versoin`, which is not there\n  → did you mean `version`?",
        ),
        (
            "a\n{{\nplugins.menue.version }}",
            "7:1: the template asks for `menue`, which is not there\n  → did you mean `menu`?",
        ),
        ("\n\n{% if %}", "7:1: the template is not valid: Expected an expression, got 'end of statement block'"),
        ("{{ 1 / 0 }}", "5:1: the template fails: ZeroDivisionError: division by zero"),
        ("{{ 'a' * 10 }}", "5:1: the template does what a recipe may not: the operator * is not available here"),
        ("{% include 'x' %}", "5:1: a template cannot include another (`x`)"),
        (
            "{{ product.version is version('four') }}",
            "5:1: `four` is no range of versions\n  → write it as >=4 or >=4,<5",
        ),
        ("{{ 'x' is version('>=4') }}", "5:1: `x` is no version"),
    ],
)
def test_a_mistake_has_its_line_and_the_nearest_word(text: str, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        expand(text, SEEN, path=HERE, line=5)
    assert caught.value.into("en") == f"recipe.yaml:{problem}"


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ product.update({'name': 'x'}) }}",
        "{{ product.clear() }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ product['name'].center(1000000000) }}",
        "{{ 2 ** 100000000 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ 'x'|center(1000000000) }}",
        "{{ self._TemplateReference__context.environment.globals }}",
        "{{ lipsum() }}",
    ],
)
def test_the_sandbox_holds(text: str) -> None:
    with pytest.raises(InputError):
        expand(text, SEEN, path=HERE)
    assert SEEN["product"] == {"name": "slides", "version": "4.6.1"}


def test_output_is_bounded() -> None:
    text = "{% for a in range(90000) %}" + "x" * 100 + "{% endfor %}"
    with pytest.raises(InputError, match="problem") as caught:
        expand(text, SEEN, path=HERE)
    assert str(OUTPUT_LIMIT) in caught.value.into("en")


def test_a_file_is_rendered_and_its_mistakes_are_its_own(tmp_path: Path) -> None:
    path = tmp_path / "index.html.j2"
    path.write_text("<b>\n{{ product.name }}\n")
    assert render_file(path, SEEN) == "<b>\nslides\n"
    path.write_text("<b>\n{{ nothing }}\n")
    with pytest.raises(InputError) as caught:
        render_file(path, SEEN)
    assert caught.value.problems[0].line == 2
    assert caught.value.problems[0].path == path
    path.write_bytes(b"\xff")
    with pytest.raises(InputError, match="1 problem"):
        render_file(path, SEEN)
    with pytest.raises(InputError) as caught:
        render_file(tmp_path / "missing.j2", SEEN)
    assert caught.value.into("en").endswith("the template cannot be read: No such file or directory")


@pytest.mark.parametrize(
    ("version", "wanted", "holds"),
    [
        ("4.6.1", ">=4", True),
        ("3.9.2", ">=4", False),
        ("4.0.0-beta.3", ">=4", False),
        ("4.0.0-beta.3", ">=4.0.0b1", True),
        ("4.0.0-nightly.20260101", ">=4", False),
        ("4.0.0-nightly.20260101", ">=3", True),
        ("1.0a14", ">=0.64,<1.0", False),
        ("1.0a14", ">=0.64,<2", True),
        ("v2.1", "==2.*", True),
    ],
)
def test_versions_compare(version: str, wanted: str, holds: bool) -> None:
    assert is_version(version, wanted) is holds


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("{{ product.version }}", []),
        ("{% if false %}\n{{ prodct }}\n{% endif %}", [2]),
        ("\n{{ product.versoin }}", [2]),
        ("{{ product.version.split('.')[7] }}", []),  # other versions may have as many parts
        ("{% if %}", [1]),
        ("{{ product.version is version('x') }}", [1]),
    ],
)
def test_a_rehearsal_reports_only_what_is_certain(text: str, lines: list[int]) -> None:
    _, problems = rehearse(text, SEEN, path=HERE)
    assert [problem.line for problem in problems] == lines


@given(st.text(alphabet="{}%# \n'\"|.()[]productversion=+-*/~0if", max_size=60))
def test_no_text_gives_anything_but_text_or_an_input_error(text: str) -> None:
    def outcome() -> Any:
        try:
            return expand(text, SEEN, path=HERE)
        except InputError as exc:
            return exc.problems[0].line

    assert isinstance(outcome(), str | int)
    rehearse(text, SEEN, path=HERE)


def test_that_memory_does_not_suffice_is_for_others_to_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is given little of it must end, and not say that a template is wrong."""

    def eats(*_: object) -> bool:
        raise MemoryError

    monkeypatch.setitem(templating._environment().tests, "version", eats)
    for function in (templating.expand, templating.rehearse):
        with pytest.raises(MemoryError):
            function("{{ 1 is version('1') }}", {}, path=Path("recipe.yaml"))
