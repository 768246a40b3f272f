"""What browsers have their own words and ways for."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Words:
    no_such_host: str
    undefined: str  # reading `map` of undefined
    stack: str  # where that was, in a function of observed.html
    crash: str  # a page that ends its process; empty where only the container can do that
    crashed: str  # what becomes of the session
    lookup_s: float  # until a name that cannot be there is given up where there is no way out
    day: str  # what a person types into a date field for 2026-11-22
    languages: tuple[str, ...]  # what the page takes for the person's, of zh_CN
    asks_again: bool = False  # for what could not be had when its parser looked ahead


WORDS = {
    "chromium": Words(
        no_such_host="ERR_NAME_NOT_RESOLVED",
        undefined="TypeError: Cannot read properties of undefined (reading 'map')",
        stack="fail ({url}:9:13)",
        crash="chrome://crash",
        crashed="the browser's tab crashed",
        lookup_s=2,
        day="11222026",
        languages=("zh-CN", "zh-CN"),
    ),
    "firefox": Words(
        no_such_host="NS_ERROR_UNKNOWN_HOST",
        undefined='TypeError: can\'t access property "map" of undefined',
        stack="fail ({url}:9:3)",
        crash="",
        crashed="the connection to the browser was lost",
        lookup_s=10,  # it asks the system, which asks the engine
        day="2026-11-22",
        languages=("zh-CN", "zh-Hans-CN"),
        asks_again=True,
    ),
}
ONE_AT_A_TIME = frozenset({"firefox"})
"""Browsers whose driver has one session at a time."""

PAGES = """\
grep -lE '^(Isolated Web Co|Web Content|chromium)$' /proc/[0-9]*/comm 2>/dev/null | cut -d/ -f3 |
while read p; do if grep -qaE '[t]ype=renderer|[c]ontentproc' /proc/$p/cmdline; then echo $p; fi; done
"""
"""A shell script that prints the numbers of the processes of pages."""
