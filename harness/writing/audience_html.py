"""The fixed words of what ``parts.html.j2`` shows to a customer and to a vendor."""

from harness.language import Message
from harness.writing.words import FOR_WORDS

LABELS: dict[str, Message] = {
    "for_customer": FOR_WORDS["customer"],
    "for_vendor": FOR_WORDS["vendor"],
    "vendor_details": Message("Versions, call, answers, stack and steps"),
    "versions": Message("Versions"),
    "call": Message("The call"),
    "follows": Message("An error follows from it"),
    "shape": Message("The shape of the answer"),
    "what_changed": Message("What changed"),
    "stack": Message("Errors, with their stack"),
    "minimal": Message("Steps that show it"),
    "steps_left_out": Message("Further steps of the scenario, left out:"),
    "fingerprint": Message("Fingerprint"),
    "before": Message("Before"),
    "after": Message("After"),
    "in_step": Message("step"),
    "passed": Message("works"),
    "failed": Message("fails"),
    "not-run": Message("not reached"),
}
