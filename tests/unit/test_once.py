"""Questions that many threads ask and one answers."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from harness.once import Once


def test_an_answer_is_made_once_for_all_who_ask() -> None:
    once: Once[object] = Once()
    barrier, made = Barrier(8, timeout=20), []

    def ask(number: int) -> object:
        barrier.wait()
        return once.ask("key", lambda: made.append(number) or object())  # type: ignore[func-returns-value]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert len(made) == 1
    assert len(set(map(id, answers))) == 1


def test_every_key_is_a_question_of_its_own() -> None:
    once: Once[int] = Once()
    assert [once.ask(key, lambda key=key: key[1]) for key in (("a", 1), ("a", 2), ("a", 1))] == [1, 2, 1]  # type: ignore[misc]
    assert once.ask(("a", 1), lambda: 7) == 1


def test_whoever_asks_later_waits_and_holds_up_nobody_with_another_question() -> None:
    once: Once[str] = Once()
    begun, go_on = Event(), Event()

    def slow() -> str:
        begun.set()
        assert go_on.wait(20)
        return "slow"

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(once.ask, "slow", slow)
        assert begun.wait(20)
        second = pool.submit(once.ask, "slow", lambda: "never")
        assert once.ask("other", lambda: "quick") == "quick"
        assert not second.done()
        go_on.set()
        assert (first.result(20), second.result(20)) == ("slow", "slow")


def test_what_an_answer_raises_is_raised_for_all() -> None:
    once: Once[int] = Once()
    tries = []

    def fails() -> int:
        tries.append(1)
        raise ZeroDivisionError("oh")

    for _ in range(2):
        with pytest.raises(ZeroDivisionError, match="oh"):
            once.ask("key", fails)
    assert len(tries) == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_whoever_waits_is_told_of_an_interruption_too(error: type[BaseException]) -> None:
    once: Once[int] = Once()

    def interrupted() -> int:
        raise error

    with pytest.raises(error):
        once.ask("key", interrupted)
    with pytest.raises(error):
        once.answer("key")


def test_a_question_can_be_claimed_and_answered_elsewhere() -> None:
    once: Once[int] = Once()
    mine = once.claim("key")
    assert mine is not None
    assert once.claim("key") is None
    mine.set_result(7)
    assert once.answer("key") == once.ask("key", lambda: 8) == 7


def test_one_of_many_claims_a_question() -> None:
    once: Once[int] = Once()
    barrier = Barrier(8, timeout=20)

    def claim(_: int) -> bool:
        barrier.wait()
        return once.claim("key") is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, range(8))) == 1


def test_what_nobody_asked_has_no_answer() -> None:
    with pytest.raises(KeyError):
        Once[int]().answer("key")
