"""matrix: a search over the main job. Which cells, side by side, to one result that a baseline is held against."""

from harness.matrix.merging import merge
from harness.matrix.planning import CELLS_MAX, Plan, environments, plan
from harness.matrix.results import Baseline, exit_code
from harness.matrix.running import run

__all__ = ["CELLS_MAX", "Baseline", "Plan", "environments", "exit_code", "merge", "plan", "run"]
