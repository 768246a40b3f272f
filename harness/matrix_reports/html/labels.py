"""The fixed words of the page."""

from harness.language import Message

# what the script says
SCRIPTED = ("rows", "columns", "one_column", "every", "find", "find_hint", "nothing", "shown", "known")

LABELS: dict[str, Message] = {
    "skip": Message("Skip to the cells"),
    "copy_it": Message("Copy"),
    "copied": Message("Copied"),
    "grid": Message("Two axes at a time"),
    "grid_hint": Message(
        "Each mark is a cell. Arrow keys go from mark to mark, Enter or a click opens the report of its run."
    ),
    "rows": Message("Rows"),
    "columns": Message("Columns"),
    "one_column": Message("one column"),
    "every": Message("all"),
    "find": Message("Find"),
    "find_hint": Message("id, step or error"),
    "nothing": Message("No cell fits what is asked for."),
    "reset": Message("Show all"),
    "shown": Message("{shown} of {all} cells"),
    "stale": Message("Entries of the baseline that are no longer so"),
    "baseline": Message("Baseline"),
    "owner": Message("Owner"),
    "why": Message("Why"),
    "reason": Message("Reason"),
    "cells": Message("All cells"),
    "cell": Message("Cell"),
    "verdict": Message("Verdict"),
    "what": Message("What was seen"),
    "layer": Message("Layer"),
    "took": Message("Took"),
    "runs": Message("Runs"),
    "known": Message("known"),
    "file": Message("Matrix"),
    "no_cells": Message("No cell was planned."),
    "files": Message("Evidence"),
}
