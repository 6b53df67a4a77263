"""The line in the status bar: what goes on, so that a closed sidebar hides nothing."""

from __future__ import annotations

import bpy

from ..bridge import runs, setup
from ..bridge.language import translate
from ..engine.run.state import duration

WIDTH = 20
"""Of the line, in the height of a button: a bar by itself is as narrow as its shortest text."""


def what_goes_on() -> tuple[float, str] | None:
    """The share that is done, 0 to 1, and a few words about the set-up, or else about the runs; None without any."""
    installing = setup.live()
    if installing is not None:
        return installing.share, f"Engine: {installing.sentence}"
    live = runs.live()
    if not live:
        return None
    shares = [min(run.state.step / run.state.steps, 1.0) if run.state.steps else 0.0 for run in live]
    share = sum(shares) / len(shares)
    remaining = [run.state.remaining for run in live]
    # They share the computer: the slowest is the last. How long one takes that has not begun, nobody knows.
    left = "" if None in remaining else f", {duration(max(remaining))} left"
    if len(live) > 1:
        return share, f"{len(live)} objects, {share:.0%}{left}"
    return share, _words(live[0], left)


def _words(run: runs.LiveRun, left: str) -> str:
    state, name = run.state, run.state.prompt or "A new object"
    if run.status == "running" and state.stage == "optimising":
        return f"{name}, {state.step:,} of {state.steps:,}{left}"
    return f"{name}: {run.sentence}"


def _draw(header: bpy.types.Header, _context: bpy.types.Context) -> None:
    shown = what_goes_on()
    if shown is not None:
        row = header.layout.row()
        row.ui_units_x = WIDTH
        row.progress(factor=shown[0], text=translate(shown[1]))


def register() -> None:
    """Add the line."""
    bpy.types.STATUSBAR_HT_header.append(_draw)


def unregister() -> None:
    """Take it away."""
    bpy.types.STATUSBAR_HT_header.remove(_draw)
