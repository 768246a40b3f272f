"""A scenario file → Scenario."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from pydantic import Field

from harness.documents import Mistakes, Node, read, validate
from harness.errors import Problem, nearest
from harness.language import Message
from harness.model import Frozen, Scenario, Step, Text
from harness.model.refs import NAME
from harness.spec.header import Slug, body
from harness.steps import STEPS


class ScenarioDocument(Frozen):
    """A scenario file without its ``schema``."""

    name: Slug
    title: Text = ""
    product: str = Field(
        default="", pattern=f"^{NAME}$", description="The product it is about; it goes with no environment of another"
    )
    steps: tuple[dict[str, Any], ...] = Field(min_length=1)


class StepHead(Frozen):
    """What every step can have beside its action."""

    description: Text | None = None
    timeout_s: float | None = Field(default=None, gt=0, le=600)


HEAD = tuple(StepHead.model_fields)


def scenario_file(path: Path) -> Scenario:
    """The scenario in a file. InputError with every Problem of it."""
    mistakes = Mistakes(path)
    root = body(read(path), mistakes)
    document = validate(ScenarioDocument, root, mistakes)
    steps = [_step(node, number, mistakes) for number, node in enumerate(root.at("steps").items, start=1)]
    mistakes.check()
    assert document is not None
    return Scenario(
        path=path,
        name=document.name,
        title=document.title,
        product=document.product,
        steps=tuple(step for step in steps if step),
    )


def misfit(scenario: Scenario, products: Collection[str]) -> Problem | None:
    """What is wrong, at the key ``product`` of a scenario, where it is about none of these products."""
    if scenario.fits(products):
        return None
    line, column = read(scenario.path).at("product").place
    there = "`, `".join(products)
    return Problem(
        path=scenario.path,
        line=line,
        column=column,
        what=Message(
            "the scenario is about `{product}`, and there is only `{there}`", product=scenario.product, there=there
        ),
        advice=Message("take an environment with that product, or correct `product`"),
    )


def _step(node: Node, number: int, mistakes: Mistakes) -> Step | None:
    if not isinstance(node.value, dict):
        return None  # the document says so
    head_node = node.without(*(key for key in node.mapping if key not in HEAD))
    head = validate(StepHead, head_node, mistakes)
    action = _action(node, mistakes)
    if action is None:
        return None
    kind = STEPS[action]
    arguments = validate(kind.Arguments, node.mapping[action], mistakes)
    if head is None or arguments is None:
        return None
    return Step(
        number=number,
        action=action,
        arguments=arguments,
        description=head.description,
        timeout_s=head.timeout_s if head.timeout_s is not None else kind.default_timeout_s,
    )


def _action(node: Node, mistakes: Mistakes) -> str | None:
    """The one action of a step; None after it was said that there is not exactly one."""
    words = [key for key in node.mapping if key not in HEAD]
    unknown = [word for word in words if word not in STEPS]
    for word in unknown:
        mistakes.add(
            node.place_of(word), Message("there is no step `{name}`", name=word), nearest(word, [*STEPS, *HEAD])
        )
    known = [word for word in words if word in STEPS]
    if not words:
        mistakes.add(node, Message("the step does nothing"), nearest("", STEPS))
    elif len(known) > 1:
        what = Message("a step does one thing, here are `{first}` and `{second}`", first=known[0], second=known[1])
        mistakes.add(node.place_of(known[1]), what, Message("make two steps of it"))
    return known[0] if len(known) == 1 else None
