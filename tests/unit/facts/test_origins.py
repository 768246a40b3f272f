"""Whose code raised an error, of what there is in the environment."""

import pytest

from harness.facts import origins
from harness.facts.owners import Owner
from harness.model import Origin
from tests.unit.facts.test_tracebacks import lines

FLASK = (
    Owner(label="admin@1.5.8", names=("Flask-Admin", "admin")),
    Owner(label="shop@2.0", names=("shop",), role="product"),
)


def test_a_plugin_called_what_raised_in_a_library() -> None:
    assert origins.of_server(lines("python-chained"), FLASK) == Origin(
        exception="json.decoder.JSONDecodeError",
        began_as="ValueError",
        file="/srv/venv/lib/python3.11/site-packages/wtforms/form.py",
        line=79,
        package="wtforms",
        role="library",
        caller="admin@1.5.8",
    )


@pytest.mark.parametrize(
    ("name", "owner", "told"),
    [
        ("python-chained", Owner(label="forms@3", names=("WTForms",)), ("forms@3", "plugin", "")),
        ("node-cause", Owner(label="table@2", names=("@shop/table", "table")), ("table@2", "plugin", "")),
        ("node-cause", Owner(label="lodash@4", names=("lodash",)), ("@shop/table", "library", "lodash@4")),
        ("php-uncaught", Owner(label="gallery@1", names=("gallery",)), ("gallery@1", "plugin", "")),
        ("php-uncaught", Owner(label="cms@6", names=("cms",), role="product"), ("cms@6", "product", "")),
        ("java-caused", Owner(label="table@1.4", names=("table-plugin",)), ("spring-webmvc", "library", "table@1.4")),
    ],
)
def test_whose_code_a_traceback_is_of(name: str, owner: Owner, told: tuple[str, str, str]) -> None:
    found = origins.of_server(lines(name), [owner])
    assert found is not None
    assert (found.package, found.role, found.caller) == told


def traceback(path: str) -> list[str]:
    return ["Traceback (most recent call last):", f'  File "{path}", line 3, in f', "KeyError: 'a'"]


@pytest.mark.parametrize(
    ("path", "package", "role"),
    [
        ("/usr/lib/python3/dist-packages/flask_admin/base.py", "admin@1.5.8", "plugin"),
        ("/usr/local/lib/python3.12/site-packages/six.py", "six", "library"),
        ("/srv/shop/views.py", "shop@2.0", "product"),
        ("/usr/lib/python3.11/json/__init__.py", "", None),
        ("<string>", "", None),
    ],
)
def test_whose_file_it_is(path: str, package: str, role: str | None) -> None:
    found = origins.of_server(traceback(path), FLASK)
    assert found is not None
    assert (found.package, found.role, found.exception) == (package, role, "KeyError")


def test_a_folder_in_which_packages_leave_out_what_they_are_for() -> None:
    owner = Owner(label="jazzmin@3.0.0", names=("django-jazzmin",))
    found = origins.of_server(traceback("/srv/venv/lib/python3.11/site-packages/jazzmin/views.py"), [owner])
    assert found is not None
    assert found.package == "jazzmin@3.0.0"


def test_no_traceback_has_no_origin() -> None:
    assert origins.of_server(["ERROR mail queue is full"], FLASK) is None


PAGE = (
    Owner(label="stellar@0.6.2", names=("jquery.stellar", "stellar")),
    Owner(label="gallery@3.7.1", names=("jquery",), role="product"),
)


@pytest.mark.parametrize(
    ("stack", "told"),
    [
        (
            "f (http://product:8000/node_modules/jquery/jquery.min.js:2:82864)\n"
            "g (http://product:8000/node_modules/jquery.stellar/stellar.js:9:1)",
            ("TypeError", "http://product:8000/node_modules/jquery/jquery.min.js", 2, "gallery@3.7.1", "product",
             "stellar@0.6.2"),
        ),
        (
            "f (http://product:8000/node_modules/jquery.stellar/stellar.js:9:1)",
            ("TypeError", "http://product:8000/node_modules/jquery.stellar/stellar.js", 9, "stellar@0.6.2", "plugin",
             ""),
        ),
        (
            "f (http://product:8000/node_modules/@a/b/c.js:9:1)",
            ("TypeError", "http://product:8000/node_modules/@a/b/c.js", 9, "@a/b", "library", ""),
        ),
        ("", ("TypeError", "", None, "", None, "")),
    ],
)  # fmt: skip
def test_whose_code_an_error_of_a_page_is_of(stack: str, told: tuple[object, ...]) -> None:
    found = origins.of_page("TypeError: e.indexOf is not a function", stack, "", PAGE)
    assert found is not None
    assert (found.exception, found.file, found.line, found.package, found.role, found.caller) == told


def test_words_alone_have_no_origin() -> None:
    assert origins.of_page("the plug-in gave up", "", "", PAGE) is None
