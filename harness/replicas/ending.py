"""How the product of a replica stands where a replay failed, or where it did not get ready: that it ended is worth
knowing, and may be our doing."""

import math
from datetime import datetime

from harness.engine.containers import Running
from harness.errors import ProductNotReady, ReplicaError
from harness.model import Dom, Ended, Environment, LogLine, Observation, Recipe, Request, Said, Screenshot, Seen, Trace
from harness.replicas.memory import SETTING, exhausted

LATE_S = 5.0  # that the engine knows of an end
AFTER_S = 1e-6  # what it printed comes before its end
OURS = frozenset({126, 127, 137, 143})  # exit codes: the command cannot be run, is not there, or somebody ended it
STARTING = frozenset({502, 503, 504})  # statuses of a product that may still be on its way up


def of(trace: Trace, product: Running, environment: Environment, recipe: Recipe, began_s: float) -> Ended | None:
    """That the product ended, or a process of it for want of memory; None where neither is so. ``began_s`` is when the
    replay began, in seconds since 1970. ReplicaError where harness gave it too little memory: nothing is known of the
    page then; EngineError."""
    printed = [item.text for item in trace.observations if isinstance(item, LogLine) and item.source == "product"]
    code, short = product.exit_code(), exhausted(product, environment, recipe, printed)
    if short and short.ours:
        raise ReplicaError(short.what, SETTING, log=product.log_tail())
    if code is None and short is None:
        return None
    failed = trace.failed
    time_s = failed.start_s if failed else trace.duration_s
    if code is not None:
        told_s = datetime.fromisoformat(product.ended_at()[:26].rstrip("Z") + "+00:00").timestamp() - began_s
        time_s = max(0.0, _noticed(trace, told_s))
    step = max((one.number for one in trace.outcomes if one.outcome != "not-run" and one.start_s <= time_s), default=0)
    why = Said.of(short.what) if short else None
    return Ended(step=step, time_s=round(time_s, 6), exit_code=code, why=why)


def _noticed(trace: Trace, told_s: float) -> float:
    """When it ended: an engine that is busy tells of it some time after the first request that nothing answered."""
    requests = [one for one in trace.observations if isinstance(one, Request) and one.time_s <= told_s]
    alive_s = max((one.time_s for one in requests if one.status is not None), default=-math.inf)
    cut = (one.time_s for one in requests if one.status is None and one.failure and one.time_s > alive_s)
    first_s = min(cut, default=told_s)
    return first_s if told_s - first_s <= LATE_S else told_s


def is_seen(exc: ProductNotReady) -> bool:
    """Whether a customer would see what kept a product from getting ready, where the same recipe gets it ready before
    the upgrade: it ended by itself, or answers, and otherwise than before."""
    if exc.code is not None:
        return exc.short or exc.code not in OURS
    return exc.status is not None and exc.status not in STARTING


def at_start(exc: ProductNotReady) -> tuple[Observation, ...]:
    """What is known of one that did not get ready and is not looked at any further."""
    lines = tuple(LogLine(step=0, time_s=0.0, text=line) for line in exc.log.splitlines() if line.strip())
    if exc.code is None:
        return lines
    return (*lines, Ended(step=0, time_s=AFTER_S, exit_code=exc.code))


def noted(trace: Trace, exc: ProductNotReady) -> Trace:
    """A trace of a product that did not get ready. Where it ended that is why the step fails that was to use it, and
    what the browser says and shows of an address that is gone is left out; where it answers, the steps speak for
    themselves."""
    said, outcomes = Said.of(exc.what), list(trace.outcomes)
    if exc.code is not None:
        left = tuple(one for one in trace.observations if not _of_the_browser(one))
        trace = trace.model_copy(update={"observations": left})
    number = next((place for place, one in enumerate(outcomes) if one.outcome == "failed"), 0)
    if exc.code is not None and trace.failed:
        outcomes[number] = outcomes[number].model_copy(update={"reason": said})
    elif outcomes:
        outcomes[number] = outcomes[number].model_copy(update={"notes": (*outcomes[number].notes, said)})
    return trace.model_copy(update={"outcomes": tuple(outcomes)})


def _of_the_browser(one: Observation) -> bool:
    return isinstance(one, (Screenshot, Dom, Seen)) or (isinstance(one, Request) and bool(one.failure))
