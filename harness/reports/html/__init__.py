"""html: one file that shows both sides step by step, without a network.

Everything of a page or a log is a stranger's: Jinja2 escapes it, no address becomes a
link, and the file's content security policy allows only its own script and style.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from harness.language import Language

if TYPE_CHECKING:
    from harness.evidence import RunFolder
    from harness.model import Evidence, Verdict

TEMPLATES = Path(__file__).parents[2] / "templates"
LOGS = ("build-product.log", "build-browser.log", "server.log")


class Html:
    file: ClassVar[str] = "report.html"

    def render(self, folder: Path, lang: Language) -> str:
        """The whole document. InputError where the run has no verdict."""
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
        from markupsafe import Markup

        from harness.evidence import RunFolder
        from harness.words import printable

        run = RunFolder.open(folder)
        style, script = ((TEMPLATES / name).read_text("utf-8") for name in ("report.css", "report.js"))
        templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=lambda value: printable(value) if type(value) is str else value,
        )
        return templates.get_template("report.html.j2").render(
            style=Markup(style),
            script=Markup(script),
            policy=f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; "
            "base-uri 'none'; form-action 'none'",
            **_values(run, lang),
        )


def _values(run: "RunFolder", lang: Language) -> dict[str, Any]:
    from harness import __version__, words
    from harness.evidence import SIDES
    from harness.reports.html.labels import EXPLAINED, LABELS
    from harness.reports.html.pictures import Album
    from harness.reports.html.view import Storyboard

    verdict, comparison = run.read_verdict().into(lang), run.read_comparison()
    traces = {side: run.read_trace(side) for side in SIDES}
    board = Storyboard(Album(run), verdict, comparison, traces, lang)
    return {
        "t": {key: message.into(lang) for key, message in LABELS.items()},
        "lang": {"en": "en", "zh": "zh-CN"}[lang],
        "verdict": verdict,
        "word": words.VERDICT_WORDS[verdict.verdict].into(lang),
        "explained": EXPLAINED[verdict.verdict].into(lang),
        "layer": words.LAYER_WORDS[verdict.layer].into(lang) if verdict.layer else "",
        "errors": _ordered(verdict.errors),
        "sides": [(side, getattr(verdict, side)) for side in SIDES],
        "steps": board.steps(),
        "environment": _environment(verdict),
        "not_observed": _not_observed(traces.values(), lang),
        "logs": _logs(run) if verdict.verdict == "no-verdict" else [],
        "version": __version__,
    }


def _ordered(errors: "tuple[Evidence, ...]") -> "list[Evidence]":
    """The earliest first, but what has a stack before what has none in the same step: it says more."""
    return sorted(errors, key=lambda item: (item.step, not item.detail))


def _environment(verdict: "Verdict") -> list[tuple[str, str, str, bool]]:
    """path, before, after, differs"""
    from harness.model import rows

    if not verdict.environments:
        return [(item.path, item.before or "–", item.after or "–", True) for item in verdict.environment_diff]
    old, new = (
        rows(verdict.environments[side]) if side in verdict.environments else {} for side in ("before", "after")
    )
    paths = dict.fromkeys([*old, *new])
    return [(path, old.get(path, "–"), new.get(path, "–"), old.get(path) != new.get(path)) for path in paths]


def _not_observed(traces: Any, lang: Language) -> list[str]:
    return list(dict.fromkeys(said.message().into(lang) for trace in traces if trace for said in trace.not_observed))


def _logs(run: "RunFolder") -> list[tuple[str, str]]:
    """Where there is no verdict, the ends of the logs say why."""
    from harness.evidence import SIDES

    ends = [(f"{side}/{name}", run.read_log_end(side, name)) for side in SIDES for name in LOGS]
    return [(name, text) for name, text in ends if text.strip()]


def _hash(content: str) -> str:
    import base64
    import hashlib

    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode('ascii')}'"
