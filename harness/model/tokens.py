"""Names, versions and places as recipes and locks may write them.

Both may be a stranger's. So none of them leads out of a folder or is taken for an option or an address.
"""

from typing import Annotated

from pydantic import Field

_WORD = r"[A-Za-z0-9_~][A-Za-z0-9_.+~-]*"
_INTEGRITY = r"sha(1|256|384|512)-[A-Za-z0-9+/]+=*(\?[!-~]*)?"  # W3C, Subresource Integrity, 3.5

PackageName = Annotated[str, Field(pattern=rf"^(@{_WORD}/)?{_WORD}$", max_length=250)]
ExactVersion = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.+~:!-]*$", max_length=250)]
FileName = Annotated[str, Field(pattern=r"^([A-Za-z0-9_][A-Za-z0-9_.+~!-]*)?$", max_length=250)]
Place = Annotated[str, Field(pattern=rf"^(@?{_WORD}(/@?{_WORD})*)?$", max_length=4000)]
Checksum = Annotated[str, Field(pattern=rf"^(sha256:[0-9a-f]{{64}}|{_INTEGRITY}( {_INTEGRITY})*)$")]
FileSum = Annotated[str, Field(pattern=r"^([0-9a-f]{64}|.*\{[{%].*)$")]  # SHA-256, in a recipe also by a template
IndexAddress = Annotated[
    str, Field(pattern=r"^https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~%/+-]*)?$")
]  # without credentials
