"""How a secret may be written in a text, each with the way back, for tests."""

import html
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from urllib.parse import quote, quote_plus, unquote, unquote_plus

Spell = Callable[[str], str]


def _percent_all(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def _json(text: str) -> str:
    return json.dumps(text)[1:-1]


def _json_unicode(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _json_upper(text: str) -> str:
    """As .NET writes it."""
    return "".join(f"\\u{ord(c):04X}" if 0x7F < ord(c) < 0x10000 else _json_unicode(c) for c in text)


def _json_in_script(text: str) -> str:
    """As Flask, Rails and Go write it into a page."""
    return _json(text).translate({ord(c): f"\\u{ord(c):04x}" for c in "<>&'"})


def _json_slash(text: str) -> str:
    """As PHP writes it."""
    return _json(text).replace("/", "\\/")


def _json_all(text: str) -> str:
    return "".join(f"\\u{int.from_bytes(unit, 'big'):04x}" for unit in _units(text))


def _units(text: str) -> list[bytes]:
    data = text.encode("utf-16-be", "surrogatepass")
    return [data[index : index + 2] for index in range(0, len(data), 2)]


def _from_json(text: str) -> str:
    return str(json.loads(f'"{text}"', strict=False))


def _decimal(text: str) -> str:
    return "".join(f"&#{ord(c)};" for c in text)


def _hexadecimal(text: str) -> str:
    return "".join(f"&#x{ord(c):X};" for c in text)


def _php(text: str) -> str:
    return html.escape(text).replace("&#x27;", "&#039;")


def _attribute(text: str) -> str:
    """As ``outerHTML`` has it."""
    return text.replace("&", "&amp;").replace("\xa0", "&nbsp;").replace('"', "&quot;")


def _both(outer: Spell, inner: Spell) -> Spell:
    return lambda text: outer(inner(text))


SPELLINGS: Mapping[str, tuple[Spell, Spell]] = {
    "plain": (str, str),
    "percent": (lambda text: quote(text, safe=""), unquote),
    "percent, lower case": (_percent_all, unquote),
    "percent, as a browser's query": (lambda text: quote(text, safe="/:;=@[]^|{}`\\!$'()*,?~"), unquote),
    "form": (quote_plus, unquote_plus),
    "percent twice": (_both(quote, quote), _both(unquote, unquote)),
    "form twice": (_both(quote_plus, quote_plus), _both(unquote_plus, unquote_plus)),
    "html": (html.escape, html.unescape),
    "html, as PHP": (_php, html.unescape),
    "html, as outerHTML": (_attribute, html.unescape),
    "html, decimal": (_decimal, html.unescape),
    "html, hexadecimal": (_hexadecimal, html.unescape),
    "html twice": (_both(html.escape, html.escape), _both(html.unescape, html.unescape)),
    "json": (_json, _from_json),
    "json, as it is": (_json_unicode, _from_json),
    "json, upper case": (_json_upper, _from_json),
    "json, in a script": (_json_in_script, _from_json),
    "json, as PHP": (_json_slash, _from_json),
    "json, all of it": (_json_all, _from_json),
    "json twice": (_both(_json, _json), _both(_from_json, _from_json)),
    "json in an attribute": (_both(html.escape, _json_unicode), _both(_from_json, html.unescape)),
    "json in an address": (_both(quote, _json), _both(_from_json, unquote)),
    "address in an attribute": (_both(html.escape, lambda text: quote(text, safe="&")), _both(unquote, html.unescape)),
    "html in json": (_both(_json, html.escape), _both(html.unescape, _from_json)),
}
"""By name: a spelling and its reading."""

IN_BASE64: Mapping[str, Spell] = {
    "base64": lambda text: b64encode(text.encode()).decode(),
    "base64, for addresses": lambda text: urlsafe_b64encode(text.encode()).decode(),
    "base64 in an address": lambda text: quote(b64encode(text.encode()), safe=""),
    "base64 in json, as PHP": lambda text: b64encode(text.encode()).decode().replace("/", "\\/"),
    "json in base64": lambda text: b64encode(_json(text).encode()).decode(),
    "json in base64, as it is": lambda text: urlsafe_b64encode(_json_unicode(text).encode()).decode(),
}
"""Spellings whose reading is told by alignment alone."""
