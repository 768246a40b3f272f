"""HTML files that need nothing but themselves: a template with its style and script, and no network.

What strangers said is text: Jinja2 escapes it, and the content security policy of the
file allows its own script and style alone.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.language import Language, Message
from harness.model import VerdictName

if TYPE_CHECKING:
    from markupsafe import Markup

TEMPLATES = Path(__file__).parents[1] / "templates"


def html_file(name: str, lang: Language, *, labels: Mapping[str, Message], tone: VerdictName, **values: Any) -> str:
    """``templates/<name>.html.j2``, which extends ``base.html.j2``, with ``<name>.css`` and ``<name>.js``, if
    they are there.

    ``labels`` are its fixed words, ``t`` in the template, and ``tone`` is the verdict that gives its colour.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    from harness.writing.words import printable

    style, script = (_joined((f"base.{kind}", f"{name}.{kind}")) for kind in ("css", "js"))
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
    return templates.get_template(f"{name}.html.j2").render(
        t={key: message.into(lang) for key, message in labels.items()},
        lang={"en": "en", "zh": "zh-CN"}[lang],
        tone=tone,
        style=Markup(style),
        script=Markup(script),
        policy=f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'",
        **values,
    )


def embedded(value: object) -> "Markup":
    """``value`` as JSON that may stand in a ``<script type="application/json">``: nothing in it ends
    the element, begins a comment or ends a line of a script."""
    from markupsafe import Markup

    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def _joined(names: Iterable[str]) -> str:
    return "\n".join(path.read_text("utf-8") for name in names if (path := TEMPLATES / name).exists())


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode('ascii')}'"
