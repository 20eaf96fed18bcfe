"""The world a page opens with: simulated once when the server starts, and looked at by every page until it changes."""

from __future__ import annotations

import threading

from app.choices import Choice
from app.courses import Course
from simulation.breakdown import EconomyBreakdown


class Opening:
    """The course of the usual choice, ready some seconds after the server is."""

    def __init__(self, choice: Choice | None = None) -> None:
        self.choice = choice or Choice()
        self.course: Course | None = None  # None until it is simulated to its end
        self._only = threading.Lock()

    def prepare(self) -> None:
        """Simulate the opening world to its end, which also compiles the kernels; does nothing the second time."""
        with self._only:
            if self.course is not None:
                return
            course = Course(self.choice.read(), draw=self.choice.draw, arm=self.choice.arm)
            try:
                while course.month < course.months:
                    course.advance()
            except EconomyBreakdown as breakdown:
                course.problem = str(breakdown)
            course.publish()
            self.course = course

    def of(self, choice: Choice) -> Course | None:
        """The course, where it is ready and the choice is the usual one."""
        return self.course if choice == self.choice else None


OPENING = Opening()
