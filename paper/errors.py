"""What can go wrong on the way from results to a paper; every message is one line that names the result."""

from __future__ import annotations

from simulation.commands.options import BadInput
from simulation.results.errors import StorageError


class MissingResult(StorageError):
    """A result that a figure, a table or a sentence needs is not there."""


class StaleResult(StorageError):
    """A result is there, but of other scenarios, other code or another size than the paper asks for."""


class BadFigure(BadInput):
    """A figure that was asked for does not exist, or its file is not one."""


class UnusableFolder(BadInput):
    """A folder to write to is none, or holds something else."""


class BadPlan(BadInput):
    """The list of experiments is not one."""


class BadManuscript(StorageError):
    """The manuscript cannot be typeset."""
