"""Values to YAML that ``reading`` takes for the same."""

from typing import Any

import yaml

from harness.documents.reading import scalar


def dump(value: Any, *, compact: bool = False) -> str:
    """YAML of mappings, lists, text, numbers and dates. Text that YAML 1.2 would take for a number stands
    in quotes (``1e3``, which YAML 1.1 does not), and nothing is an alias of something else. ``compact``:
    what holds only scalars stands on one line."""
    flow = None if compact else False
    return str(
        yaml.dump(value, Dumper=_Dumper, default_flow_style=flow, sort_keys=False, allow_unicode=True, width=120)
    )


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def text(self, text: str) -> yaml.Node:
        quoted = None if isinstance(scalar(text), str) else "'"
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=quoted)


_Dumper.add_representer(str, _Dumper.text)
_Dumper.add_multi_representer(int, lambda dumper, number: dumper.represent_int(int(number)))  # as ``reading`` has them
_Dumper.add_multi_representer(float, lambda dumper, number: dumper.represent_float(float(number)))
