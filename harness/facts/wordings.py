"""What engines and browsers call the faults of a page: one row a wording, the first that fits counts. Data.

Each row was seen of the browsers that ``tests/contract/test_faults.py`` asks, or stands in the source that it names.
Named groups: ``of`` is ``undefined`` or ``null``, ``member`` what was read or called of it, ``expr`` the expression,
``subject`` what else tells two faults of one sort apart, ``url`` what was asked for.
"""

import re
from dataclasses import dataclass
from typing import Literal

Fault = Literal[
    "reads-of-nothing", "takes-apart-nothing", "calls-no-function", "constructs-no-constructor", "class-without-new",
    "not-iterable", "not-json", "not-defined", "not-yet-defined", "read-only", "in-no-object", "too-deep",
    "array-length", "syntax", "fetch-failed", "module-not-loaded", "chunk-not-loaded", "code-of-text-refused",
    "no-selector", "wrong-argument", "arguments-missing", "dom", "blocked-by-policy", "blocked-by-cors",
    "mixed-content",
]  # fmt: skip
BLOCKED: frozenset[Fault] = frozenset({"blocked-by-policy", "blocked-by-cors", "mixed-content"})  # it is of the link

_V8 = "V8, src/common/message-template.h"
_BLINK = "Blink, platform/bindings/exception_messages.cc"
_CHROMIUM_CSP = "Blink, core/frame/csp/csp_directive_list.cc"
_CHROMIUM_CORS = "Blink, platform/loader/cors/cors_error_string.cc"
_SPIDERMONKEY = "SpiderMonkey, js/public/friend/ErrorNumbers.msg"
_GECKO = "Gecko, dom/bindings/Errors.msg"
_GECKO_POLICY = "Gecko, dom/locales/en-US/chrome/security/csp.properties"
_GECKO_CORS = "Gecko, dom/locales/en-US/chrome/security/security.properties"
_JSC = "JavaScriptCore, runtime/ExceptionHelpers.cpp"
_JSC_JSON = "JavaScriptCore, runtime/LiteralParser.cpp"
_SEEN_WEBKIT = "seen of WebKitGTK 2.50.6"
_SEEN_CHROMIUM = "seen of Chromium 156"
_WEBPACK = "webpack, lib/web/JsonpChunkLoadingRuntimeModule.js"

_NAME = r"[A-Za-z_$][\w$]*"
_EXPR = rf"(?P<expr>(?:\(intermediate value\)(?:\(intermediate value\))*|{_NAME})[^\s'\"`,]*?)"
_ERROR = r"^(?:\w*Error: )?"  # for those that take any expression, so that a long line costs little
_OF = r"(?P<of>undefined|null)"
_DOM = (
    r"(?P<subject>NotFound|HierarchyRequest|InvalidState|InvalidCharacter|InvalidAccess|NotSupported|Security"
    r"|NotAllowed|QuotaExceeded|DataClone|IndexSize|Network)Error: "
)


@dataclass(frozen=True, kw_only=True)
class Wording:
    """``pattern`` is looked for in the first line of a message."""

    fault: Fault
    pattern: re.Pattern[str]
    source: str


def _row(fault: Fault, pattern: str, source: str) -> Wording:
    return Wording(fault=fault, pattern=re.compile(pattern), source=source)


WORDINGS: tuple[Wording, ...] = (
    _row("not-json", r"is not valid JSON$|in JSON at position|end of JSON input", _V8),
    _row("not-json", r"\bJSON\.parse: ", _SPIDERMONKEY),
    _row("not-json", r"\bJSON Parse error", _JSC_JSON),
    _row("not-json", r"^SyntaxError: The string did not match the expected pattern\.$", _SEEN_WEBKIT),
    # ------------------------------------------------------ read, taken apart
    _row("reads-of-nothing", rf"Cannot (?:read|set) properties of {_OF} \((?:reading|setting) '(?P<member>[^']*)'\)",
         _V8),
    _row("reads-of-nothing", rf"Cannot (?:read|set) property '(?P<member>[^']*)' of {_OF}", "V8 before 9.3"),
    _row("takes-apart-nothing", rf"Cannot destructure property '(?P<member>[^']*)' of '{_EXPR}' as it is {_OF}", _V8),
    _row("takes-apart-nothing", rf"Cannot destructure '{_EXPR}' as it is {_OF}", _V8),
    _row("not-iterable", rf"can't access property Symbol\.iterator, {_EXPR} is {_OF}", _SPIDERMONKEY),
    _row("reads-of-nothing", rf"can't access property (?P<member>\"[^\"]*\"|{_NAME}|\d+), {_EXPR} is {_OF}",
         _SPIDERMONKEY),
    _row("reads-of-nothing", rf"can't access property (?P<member>\"[^\"]*\"|\d+) of {_OF}", _SPIDERMONKEY),
    _row("constructs-no-constructor", rf"is not a constructor \(evaluating 'new {_EXPR}[('].*\)$", _JSC),
    _row("reads-of-nothing",
         rf"{_ERROR}{_OF} is not an object \(evaluating '(?:new )?(?P<expr>.*?)(?:\s?=(?![=>]).*)?'\)", _JSC),
    _row("takes-apart-nothing", r"Right side of assignment cannot be destructured", _SEEN_WEBKIT),
    # ---------------------------------------------------- called, constructed
    _row("calls-no-function", rf"{_ERROR}(?P<expr>.+?) is not a function\. \(In '", _JSC),
    _row("not-iterable", r"(?:undefined|null) is not a function \(near '\.\.\.[^']* of (?P<expr>[\w$.\[\]]+)\.\.\.'\)",
         _JSC),
    _row("not-iterable", r"(?:undefined|null) is not a function \(near '\.\.\..*\.\.\.'\)", _JSC),
    _row("not-iterable", rf"{_EXPR} is not a function or its return value is not iterable", _V8),
    _row("calls-no-function", rf"{_EXPR} is not a function", f"{_V8}; {_SPIDERMONKEY}"),
    _row("constructs-no-constructor", rf"{_EXPR} is not a constructor", f"{_V8}; {_SPIDERMONKEY}"),
    _row("class-without-new", r"Class constructor .* cannot be invoked without 'new'", _V8),
    _row("class-without-new", r"class constructors must be invoked with 'new'", _SPIDERMONKEY),
    _row("class-without-new", r"Cannot call a class constructor .*without \|new\|", _JSC),
    _row("not-iterable", rf"{_EXPR} is not iterable", f"{_V8}; {_SPIDERMONKEY}"),
    _row("not-iterable", r"Spread syntax requires \.\.\.iterable", f"{_V8}; {_JSC}"),
    # ----------------------------------------------------------------- names
    _row("not-defined", r"^ReferenceError: (?P<subject>\S+) is not defined$", f"{_V8}; {_SPIDERMONKEY}"),
    _row("not-defined", r"Can't find variable: (?P<subject>\S+)", _JSC),
    _row("not-yet-defined", r"Cannot access '.*' before initialization", _V8),
    _row("not-yet-defined", r"can't access lexical declaration '.*' before initialization", _SPIDERMONKEY),
    _row("not-yet-defined", r"Cannot access uninitialized variable", _JSC),
    _row("read-only", r"Assignment to constant variable|Cannot assign to read only property", _V8),
    _row("read-only", r"^TypeError: (?:invalid assignment to const '.*'|(?:\"[^\"]*\"|\d+) is read-only)",
         _SPIDERMONKEY),
    _row("read-only", r"Attempted to assign to readonly property", _JSC),
    _row("in-no-object", r"annot use 'in' operator to search for ['\"](?P<subject>[^'\"]*)['\"] in ",
         f"{_V8}; {_SPIDERMONKEY}"),
    _row("in-no-object", r"is not an Object\. \(evaluating '\"(?P<subject>[^\"]*)\" in ", _JSC),
    _row("too-deep", r"Maximum call stack size exceeded", f"{_V8}; {_JSC}"),
    _row("too-deep", r"^InternalError: too much recursion", _SPIDERMONKEY),
    _row("array-length", r"[Ii]nvalid array length", f"{_V8}; {_SPIDERMONKEY}"),
    _row("array-length", r"Array length must be a positive integer of safe magnitude", _JSC),
    _row("syntax", r"^SyntaxError: (?:Unexpected token '?|expected expression, got ')(?P<subject>[^\s'.]+)",
         f"{_V8}; {_SPIDERMONKEY}; JavaScriptCore, parser/Parser.cpp"),
    # -------------------------------------------------------------- not there
    _row("module-not-loaded", r"Failed to fetch dynamically imported module", _SEEN_CHROMIUM),
    _row("module-not-loaded", r"error loading dynamically imported module", _SPIDERMONKEY),
    _row("module-not-loaded", r"Importing a module script failed", _SEEN_WEBKIT),
    _row("chunk-not-loaded", r"Loading (?:CSS )?chunk \S+ failed", _WEBPACK),
    _row("fetch-failed", r"^TypeError: Failed to fetch$", "Blink, core/fetch/fetch_manager.cc"),
    _row("fetch-failed", r"^TypeError: NetworkError when attempting to fetch resource", _GECKO),
    _row("fetch-failed", r"^TypeError: (?:Load failed|The network connection was lost\.)", _SEEN_WEBKIT),
    _row("code-of-text-refused", r"^EvalError: (?:Evaluating|Refused to evaluate) a string as JavaScript",
         _CHROMIUM_CSP),
    _row("code-of-text-refused", r"^EvalError: call to eval\(\) blocked by CSP|call to Function\(\) blocked by CSP",
         _SPIDERMONKEY),
    # ------------------------------------------------------------------- DOM
    _row("no-selector", r"'(?P<subject>[^']*)' is not a valid selector", f"{_BLINK}; {_GECKO}; {_SEEN_WEBKIT}"),
    _row("arguments-missing", r"Failed to execute '\w+' on '\w+': \d+ arguments? required", _BLINK),
    _row("arguments-missing", r"^TypeError: \w+\.\w+: At least \d+ arguments? required", _GECKO),
    _row("arguments-missing", r"^TypeError: Not enough arguments$", _SEEN_WEBKIT),
    _row("wrong-argument", r"^TypeError: Failed to execute '(?P<subject>\w+)' on '\w+': parameter \d+ is not", _BLINK),
    _row("wrong-argument", r"^TypeError: \w+\.(?P<subject>\w+): Argument \d+ ", _GECKO),
    _row("wrong-argument", r"^TypeError: Argument \d+ \('.*'\) to \w+\.(?P<subject>\w+) must be", _SEEN_WEBKIT),
    _row("dom", rf"^{_DOM}Failed to (?:execute|read|set) '", _BLINK),
    _row("dom", rf"^{_DOM}\w+\.\w+: ", _GECKO),
    _row("dom", rf"^{_DOM}(?:The object can not be found here|The operation (?:would yield|is|was)|The object is in)",
         _SEEN_WEBKIT),
    # --------------------------------------------------------------- refused
    _row("blocked-by-policy",
         r"^(?!\[Report Only\]).*following Content Security Policy directive[^\"']*[\"'](?P<subject>[\w-]+)",
         _CHROMIUM_CSP),
    _row("blocked-by-policy", r"^Content-Security-Policy: (?!\(Report-Only).*following directive: “(?P<subject>[\w-]+)",
         _GECKO_POLICY),
    _row("blocked-by-cors", r"^Access to .* at '(?P<url>[^']*)' .*blocked by CORS policy", _CHROMIUM_CORS),
    _row("blocked-by-cors", r"^Cross-Origin Request Blocked: .* at (?P<url>\S+)\. \(Reason", _GECKO_CORS),
    _row("mixed-content", r"^Mixed Content: .*'(?P<url>[^']*)'\. This .* blocked",
         "Blink, core/loader/mixed_content_checker.cc"),
    _row("mixed-content", r"^Blocked loading mixed (?:active|display) content “(?P<url>[^”]*)”", _GECKO_CORS),
    # ------------------------------------- what SpiderMonkey says with no more
    _row("takes-apart-nothing", rf"{_EXPR} is {_OF}$", _SPIDERMONKEY),
)  # fmt: skip


def fitting(line: str) -> "tuple[Wording, re.Match[str]] | None":
    """The wording of a message's first line, without what only says that nobody caught it; None where it is of none."""
    return next(((row, found) for row in WORDINGS if (found := row.pattern.search(line))), None)
