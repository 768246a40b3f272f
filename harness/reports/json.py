"""json: the verdict itself, for machines."""

from pathlib import Path
from typing import ClassVar

from harness.language import Language


class Json:
    file: ClassVar[str] = "verdict.json"

    def render(self, folder: Path, lang: Language) -> str:
        """One JSON object; ``reason`` and the step's description in ``lang``."""
        from harness.evidence import RunFolder

        return RunFolder.open(folder).read_verdict().into(lang).model_dump_json(indent=1)
