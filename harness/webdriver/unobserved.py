"""What could not be observed because the browser does not tell it."""

from collections.abc import Iterable

from harness.language import Message
from harness.protocols import Session


def untold(session: Session, events: Iterable[str]) -> tuple[Message, ...]:
    """A word for each of some BiDi events that the browser of a session does not have."""
    return tuple(
        Message("what browsers tell with {event}: {why}", event=event, why=session.missing[event])
        for event in events
        if event in session.missing
    )
