"""What ought to be reached, beside what was."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A figure and where it ought to lie."""

    name: str
    value: float | None
    """What was measured; None where nothing could be."""
    goal: float
    at_most: bool = False
    """Whether less is better."""

    @property
    def met(self) -> bool:
        """Whether the goal is reached; what was not measured is not."""
        return self.value is not None and (self.value <= self.goal if self.at_most else self.value >= self.goal)

    def __str__(self) -> str:
        value = "-" if self.value is None else f"{self.value:.3f}"
        sign = "<=" if self.at_most else ">="
        return f"{self.name:<36} {value:>6}  target {sign} {self.goal:g}{'' if self.met else '  missed'}"
