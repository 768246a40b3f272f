"""``*.matrix.yaml``: the axes of an environment file, and its set-ups for any values on them."""

from harness.spec.matrix.axes import SCENARIO
from harness.spec.matrix.file import Matrix, MatrixDocument, matrix_file

__all__ = ["SCENARIO", "Matrix", "MatrixDocument", "matrix_file"]
