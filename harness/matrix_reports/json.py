"""json: what became of the cells, for machines."""

from pathlib import Path
from typing import ClassVar

from harness.language import Language


class Json:
    file: ClassVar[str] = "matrix.json"

    def render(self, folder: Path, lang: Language) -> str:
        """One JSON object, a ``MatrixResult``; reasons and the steps' descriptions in ``lang``."""
        from harness.evidence import MatrixFolder
        from harness.writing.matrices import in_words

        result = MatrixFolder.open(folder).read_result()
        return in_words(result, lang).model_dump_json(indent=1)
