"""What all our files begin with."""

from typing import Annotated

from pydantic import StringConstraints

from harness.documents import Mistakes, Node
from harness.language import Message

SCHEMA = 1
SLUG = r"^[a-z0-9][a-z0-9._-]{0,63}$"
Slug = Annotated[str, StringConstraints(pattern=SLUG)]  # a name that can be that of a folder


def body(root: Node, mistakes: Mistakes) -> Node:
    """The file without its ``schema``, which must be ours."""
    schema = root.mapping.get("schema")
    if schema is None:
        mistakes.add(root, Message("`schema` is missing"), Message("begin the file with `schema: 1`"))
    elif schema.value != SCHEMA or isinstance(schema.value, bool):
        mistakes.add(schema, Message("this release reads `schema: 1` only, not `{found}`", found=schema.text))
    return root.without("schema")
