"""Kinds of numbers that settings may be, each with its limits; pydantic checks them where settings are set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field


@dataclass(frozen=True)
class Limits:
    """The smallest and the largest value of a number."""

    low: float
    high: float

    def __call__(self, value: float) -> float:
        """The value itself. Raises ValueError, with the end of a sentence, if it is out of range.

        >>> Limits(0, 1_000)(1_001)
        Traceback (most recent call last):
        ValueError: must be from 0 to 1,000, not 1,001
        """
        if not self.low <= value <= self.high:  # so that a NaN is out of range too
            raise ValueError(f"must be from {self.low:,} to {self.high:,}, not {value:,}")
        return value


def within(low: float, high: float) -> AfterValidator:
    """For a setting's type, such as Annotated[int, within(2, 512)]."""
    return AfterValidator(Limits(low, high))


AT_LEAST_ONE = Field(min_length=1)
"""For the type of a setting that is a list of any length but 0."""

Share = Annotated[float, within(0, 1)]
Weight = Annotated[float, within(0, 1_000_000)]
Density = Annotated[float, within(0, 1_000_000)]
SomeDensity = Annotated[float, within(0.0001, 1_000_000)]
Rate = Annotated[float, within(0, 10)]
"""A learning rate."""
Length = Annotated[float, within(0, 1_000)]
"""In scene units."""
SomeLength = Annotated[float, within(0.0001, 1_000)]
Seconds = Annotated[float, within(0, 1_000_000)]
Scale = Annotated[float, within(-10_000, 10_000)]
"""A guidance scale."""
Count = Annotated[int, within(1, 4_096)]
"""Of views, layers, features and the like."""
Octaves = Annotated[int, within(1, 32)]
"""Of an encoding."""
Cells = Annotated[int, within(2, 512)]
"""Along an edge of a grid."""
