"""Polls: at once where it can be, never after the deadline."""

from harness.engine.polling import until


def test_at_once_where_the_answer_is_there() -> None:
    assert until(lambda: "yes", 10) == "yes"


def test_again_until_it_is() -> None:
    answers = iter([0, 0, 7])
    assert until(lambda: next(answers), 10) == 7


def test_the_last_answer_where_the_time_is_over() -> None:
    assert until(lambda: None, 0.05) is None
