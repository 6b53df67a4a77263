"""How long runs take on this computer, by what was asked: kept in one small file in the folder of runs. Needs no
bpy."""

from __future__ import annotations

import math
import statistics
from pathlib import Path
from typing import Any

from ..engine.run.atomic import atomic_write_json
from ..engine.run.folder import events_path
from ..engine.run.priors import METHOD
from ..engine.run.reading import is_number, read_json
from ..engine.run.settings import RunSettings, SettingsError, read_settings
from ..engine.run.state import duration
from ..engine.run.tail import TailReader

FILE = "times.json"
KEPT = 5
"""Newest runs of a kind that count."""

_known: dict[str, list[float]] = {}
_root: Path | None = None
"""The folder of runs that they are kept in."""


def read(root: Path) -> None:
    """Learn what is kept in a folder of runs, forgetting any other; what is broken counts as nothing."""
    global _root
    _root = root
    _known.clear()
    _known.update(_stored(root))


def about(settings: RunSettings) -> str:
    """A few words on how long such a run takes here, or nothing where none is known.

    The median, since a run beside others, or on a busy computer, takes longer.
    """
    seconds = _known.get(_kind(settings)) if _is_plain(settings) else None
    return f"About {duration(statistics.median(seconds))} here" if seconds else ""


def note(folder: Path) -> None:
    """Remember how long a run in the folder of runs took, if it was left alone from its start to its finish; nothing is
    written beside a run that was opened from elsewhere."""
    root = folder.parent
    if root != _root:
        return
    try:
        seconds, settings = _seconds(TailReader(events_path(folder)).read()), read_settings(folder)
        if seconds is None or not _is_plain(settings):
            return
        kept, kind = _stored(root), _kind(settings)
        kept[kind] = [*kept.get(kind, []), round(seconds, 1)][-KEPT:]
        atomic_write_json(root / FILE, kept)
    except (OSError, SettingsError) as error:
        print(f"The time that the run in {folder} took is not remembered: {error}")
        return
    read(root)


def _seconds(events: list[dict[str, Any]]) -> float | None:
    """From the engine's first words to its last, if it finished in one go."""
    kinds = [event.get("event") for event in events]
    if kinds.count("hello") != 1 or "paused" in kinds or events[-1].get("reason") != "finished":
        return None
    first, last = events[kinds.index("hello")].get("time"), events[-1].get("time")
    return last - first if _is_time(first) and _is_time(last) and _is_time(last - first) else None


def _is_plain(settings: RunSettings) -> bool:
    """Whether nothing but prior, preset, device and method decides how long it takes."""
    return settings.steps is None and settings.overrides.keys() <= {METHOD}


def _kind(settings: RunSettings) -> str:
    return " ".join([settings.prior, settings.preset, settings.device, *map(str, settings.overrides.values())])


def _stored(root: Path) -> dict[str, list[float]]:
    try:
        stored = read_json(root / FILE, root)
    except (OSError, ValueError):
        return {}
    entries = stored.items() if isinstance(stored, dict) else ()
    return {kind: times for kind, times in entries if isinstance(times, list) and times and all(map(_is_time, times))}


def _is_time(value: object) -> bool:
    """A number of seconds, over 0 and finite."""
    return is_number(value) and 0 < value < math.inf
