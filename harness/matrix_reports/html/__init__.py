"""html: one file that shows every cell on any two axes, without a network."""

from pathlib import Path
from typing import ClassVar

from harness.language import Language


class Html:
    file: ClassVar[str] = "matrix.html"

    def render(self, folder: Path, lang: Language) -> str:
        """The whole document; the reports of cells are linked where they lie beside it."""
        from harness import __version__
        from harness.evidence import MatrixFolder
        from harness.matrix_reports.html.labels import LABELS, SCRIPTED
        from harness.matrix_reports.html.view import Panel
        from harness.writing import matrices as matrix_words
        from harness.writing.html_file import embedded, html_file
        from harness.writing.standings import tone

        result = MatrixFolder.open(folder).read_result()
        panel = Panel(result, lang)
        return html_file(
            "matrix",
            lang,
            labels=LABELS,
            tone=tone(result),
            result=result,
            headline=matrix_words.headline(result).into(lang),
            facts=[fact.into(lang) for fact in matrix_words.facts(result)],
            panel=panel,
            data=embedded(panel.data() | {"words": {key: LABELS[key].into(lang) for key in SCRIPTED}}),
            version=result.harness_version or __version__,
        )
