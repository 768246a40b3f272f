"""Errors in words."""

from harness.errors import LOG_LINES, BuildError, InputError
from harness.language import Message


def test_the_end_of_a_log_belongs_to_the_full_words() -> None:
    error = BuildError(Message("no build"), Message("look"), log="\n".join(map(str, range(LOG_LINES + 5))) + "\n\n")
    first, advice, *log = error.in_full("en").split("\n")
    assert (first, advice) == ("no build", "  → look")
    assert log == [f"  | {number}" for number in range(5, LOG_LINES + 5)]
    assert error.into("en") == "no build\n  → look"


def test_without_a_log_the_words_are_full() -> None:
    error = InputError(Message("bad"))
    assert error.in_full("en") == error.into("en") == "bad"
