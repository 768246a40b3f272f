"""The project's chores: ``python3 -m nox -s demo`` (or ``tests``, ``lint``, ``bench``, ``locks``)."""

import nox

nox.options.sessions = ["lint", "tests"]
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_existing_virtualenvs = True

WORKERS = ("--numprocesses=2", "--dist=loadfile", "--no-loadscope-reorder")
LOCKS = {"run": (), "tests": ("--group", "tests"), "lint": ("--group", "tests", "--group", "lint")}


def install(session: nox.Session, lock: str, *, editable: bool = True) -> None:
    """Install what ``.ci/requirements-<lock>.txt`` pins, then the project itself."""
    session.install("--quiet", "--require-hashes", "-r", f".ci/requirements-{lock}.txt")
    session.install("--quiet", "--no-deps", *(["-e"] if editable else []), ".")


@nox.session
def demo(session: nox.Session) -> None:
    """Set this machine up and reproduce a real upgrade failure, from nothing to a report."""
    install(session, "run")
    session.run("harness", "doctor", "--fix")
    session.run(
        "harness",
        "reproduce",
        "environments/datasette-search.yaml",
        "scenarios/search-every-table.yaml",
        "--expect",
        "regression",
        "--try-newer",
        *session.posargs,
    )


@nox.session
def tests(session: nox.Session) -> None:
    """Set this machine up and run every test; ``nox -s tests -- tests/unit`` runs some."""
    install(session, "tests")
    if not any("tests/unit" in arg for arg in session.posargs):
        session.run("harness", "doctor", "--fix")
    # Two at a time, because tests with an engine mostly wait; in the order of the folders, the long ones first.
    session.run("pytest", "--durations=15", *WORKERS, *session.posargs)


@nox.session
def stories(session: nox.Session) -> None:
    """Run every shipped case and what mends it, also those that are too slow for every push."""
    install(session, "tests")
    session.run("harness", "doctor", "--fix")
    session.run("pytest", "--durations=0", "-m", "engine", "tests/integration/test_stories.py", *session.posargs)


@nox.session
def truth(session: nox.Session) -> None:
    """Run the truth set, planted failures and decoys, and print what was said of each; names or patterns choose."""
    install(session, "tests")
    session.run("harness", "doctor", "--fix")
    session.run("python", "-m", "tests.truth", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style, types, what may import what, and schemas that fit the code."""
    install(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports")
    session.run("python", "-m", "harness.schemas", "--check")
    session.run("harness", "lint")
    session.run("harness", "lock", "--check", "environments")


@nox.session
def bench(session: nox.Session) -> None:
    """Time the product against a hand-written script for the same work; prints ratios."""
    install(session, "tests")
    session.run("harness", "doctor", "--fix")
    session.run("python", "-m", "tests.bench", *session.posargs)


@nox.session(venv_backend="none")
def locks(session: nox.Session) -> None:
    """Write the pinned requirements of the other sessions anew (needs `uv`)."""
    for name, groups in LOCKS.items():
        session.run(
            *("uv", "pip", "compile", "--universal", "--generate-hashes", "--no-header", "--quiet", "--upgrade"),
            *("--python-version", "3.11", "--no-emit-index-url", "pyproject.toml", *groups),
            *("-o", f".ci/requirements-{name}.txt"),
        )
