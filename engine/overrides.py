"""Settings as they are typed: NAME=VALUE."""

from __future__ import annotations

import json
from typing import Any

from engine.run.settings import SettingsError


def parse_overrides(pairs: list[str]) -> dict[str, Any]:
    """NAME=VALUE pairs as a dictionary.

    Raises:
        SettingsError: a pair has no equals sign.
    """
    overrides = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise SettingsError(f"{pair!r} is not a setting: write NAME=VALUE.")
        overrides[name] = read_value(value)
    return overrides


def read_value(text: str) -> Any:
    """A value as people type it: JSON, a number such as .5, or else text."""
    for read in (json.loads, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text
