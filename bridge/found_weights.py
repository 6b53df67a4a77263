"""The weights of priors that were found on this computer when they were last looked for. Needs no bpy."""

from __future__ import annotations

from typing import Any

_places: dict[str, list[str]] = {}


def remember(findings: list[dict[str, Any]]) -> int:
    """Keep what `python -m engine priors --json` found ready, by prior; returns how many there are."""
    _places.clear()
    for found in findings:
        if found["prior"] and found["size"] and not found["missing"]:  # what is built in takes no place
            _places.setdefault(found["prior"], []).append(found["place"])
    return sum(map(len, _places.values()))


def suggest(prior: str, typed: str) -> list[str]:
    """The places of a prior's weights whose path has what was typed in it, in any case."""
    return [place for place in _places.get(prior, []) if typed.lower() in place.lower()]
