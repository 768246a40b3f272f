"""How the product of a replica stands when a replay failed: that it ended is worth knowing, and may be our doing."""

from datetime import datetime

from harness.engine.containers import Running
from harness.errors import ReplicaError
from harness.model import Ended, Environment, LogLine, Recipe, Said, Trace
from harness.replicas.memory import SETTING, exhausted


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
        time_s = max(0.0, datetime.fromisoformat(product.ended_at()[:26].rstrip("Z") + "+00:00").timestamp() - began_s)
    step = max((one.number for one in trace.outcomes if one.outcome != "not-run" and one.start_s <= time_s), default=0)
    why = Said.of(short.what) if short else None
    return Ended(step=step, time_s=round(time_s, 6), exit_code=code, why=why)
