"""html: one file that shows both sides step by step, without a network.

Everything of a page or a log is a stranger's: no address becomes a link.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from harness.language import Language

if TYPE_CHECKING:
    from harness.evidence import RunFolder
    from harness.model import Evidence, Recognised, Verdict

LOGS = ("build-product.log", "build-browser.log", "seed.log", "migrate.log", "server.log")


class Html:
    file: ClassVar[str] = "report.html"

    def render(self, folder: Path, lang: Language) -> str:
        """The whole document. InputError where the run has no verdict."""
        from harness.evidence import RunFolder
        from harness.reports.html.labels import LABELS
        from harness.writing.audience_html import LABELS as AUDIENCE_LABELS
        from harness.writing.html_file import html_file

        run = RunFolder.open(folder)
        verdict = run.read_verdict().into(lang)
        return html_file(
            "report", lang, labels=AUDIENCE_LABELS | LABELS, tone=verdict.verdict, **_values(run, verdict, lang)
        )


def _values(run: "RunFolder", verdict: "Verdict", lang: Language) -> dict[str, Any]:
    from harness import __version__
    from harness.evidence import SIDES
    from harness.reports.html.answers import answers_view, chain_views
    from harness.reports.html.pictures import Album
    from harness.reports.html.timeline import timeline
    from harness.reports.html.view import Storyboard
    from harness.writing import origins, words
    from harness.writing.customer import customer
    from harness.writing.untried import untried
    from harness.writing.vendor import vendor

    comparison = run.read_comparison()
    traces = {side: run.read_trace(side) for side in SIDES}
    board = Storyboard(Album(run), verdict, comparison, traces, lang)
    return {
        "verdict": verdict,
        "word": words.VERDICT_WORDS[verdict.verdict].into(lang),
        "explained": words.EXPLAINED_WORDS[verdict.verdict].into(lang),
        "layer": words.LAYER_WORDS[verdict.layer].into(lang) if verdict.layer else "",
        "customer": customer(verdict, lang),
        "vendor": vendor(verdict, comparison, lang),
        "strong": {strength: message.into(lang) for strength, message in words.STRENGTH_WORDS.items()},
        "mends": words.mends(verdict, lang),
        "cause": words.cause(verdict.conclusion).into(lang) if verdict.conclusion else "",
        "controls": _controls(verdict, lang),
        "untried": [(command, what.into(lang)) for command, what in untried(verdict)],
        "errors": _ordered(verdict.errors),
        "errors_before": _ordered(verdict.errors_before),
        "origin": lambda error: origins.told(error, lang),
        "chains": chain_views(verdict, lang),
        "answers": answers_view(comparison, verdict.chain, lang),
        "weights": {weight: message.into(lang) for weight, message in words.WEIGHT_WORDS.items()},
        "known": [_known(issue, lang) for issue in verdict.known],
        "sides": [(side, getattr(verdict, side)) for side in SIDES],
        "steps": board.steps(),
        "timeline": timeline(comparison, traces, lang),
        "environment": _environment(verdict),
        "not_observed": _not_observed(traces.values(), lang),
        "logs": _logs(run) if verdict.verdict == "no-verdict" else [],
        "version": __version__,
    }


def _controls(verdict: "Verdict", lang: Language) -> list[dict[str, str]]:
    """Each control run: its question, what came out, and where its own report lies."""
    from harness.writing.words import OUTCOME_WORDS

    return [
        {
            "name": one.name,
            "question": one.question.message().into(lang),
            "outcome": one.outcome,
            "word": OUTCOME_WORDS[one.outcome].into(lang),
            "answer": one.answer.message().into(lang),
            "report": f"{one.folder}/report.html" if one.folder else "",
        }
        for one in (verdict.conclusion.controls if verdict.conclusion else ())
    ]


def _known(issue: "Recognised", lang: Language) -> dict[str, Any]:
    from harness.model import in_language
    from harness.writing.words import one_line

    return {
        **{name: in_language(getattr(issue, name), lang) for name in ("title", "cause", "mend")},
        "link": issue.link,
        "owner": issue.owner,
        "why": [one_line(said.message().into(lang)) for said in issue.why],
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

    ends = [(f"{side}/{name}", run.read_log_end(side, name)) for side in SIDES for name in _log_names(run.side(side))]
    return [(name, text) for name, text in ends if text.strip()]


def _log_names(folder: Path) -> list[str]:
    """The logs of a side, also those of its services and of the replicas in which its data was made."""
    others = [path for pattern in ("service-*.log", "state-*/*.log") for path in sorted(folder.glob(pattern))]
    return [*LOGS, *(path.relative_to(folder).as_posix() for path in others)]
