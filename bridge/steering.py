"""What an artist changes about a run's meshes while it goes on, told to its engine."""

from __future__ import annotations

import math
import time

import bpy

from ..engine.run.commands import send_command
from ..engine.run.meshes import SIZES
from . import runs

REACH = 5.0
"""How many times the engine's own density the surface slider reaches, up and down."""
EVERY = 0.4
"""Least seconds between two tellings: a slider changes with every move of the mouse, and each time a mesh is made."""


def steer(run: runs.LiveRun, obj: bpy.types.Object) -> bool:
    """Tell the engine what the object's sliders say, if it has not been told yet; whether they had to be set.

    What the engine says at its start comes first: it may go on with what it was told in another session. Compared on
    the tick, not sent when a slider moves: the last value always arrives, and undo counts as a change too.

    Raises OSError if the run folder cannot be written.
    """
    dream, mesh = obj.dream, run.state.mesh
    if mesh is None or not run.alive or run.stopping:
        return False
    if run.steered is None:
        dream.surface = math.log(mesh["own_threshold"] / mesh["threshold"], REACH)
        for name in SIZES:
            setattr(dream, name, int(mesh[name]))
        run.steered = _wishes(obj)
        return True
    wishes, told = _wishes(obj), run.steered
    if wishes == told or time.monotonic() - run.steered_at < EVERY:
        return False
    if wishes["surface"] != told["surface"]:
        value = mesh["own_threshold"] * REACH ** -wishes["surface"] if wishes["surface"] else None
        send_command(run.folder, "threshold", value=value)
    changed = {name: wishes[name] for name in SIZES if wishes[name] != told[name]}
    if changed:
        send_command(run.folder, "mesh", **changed)
    run.steered, run.steered_at = wishes, time.monotonic()
    return False


def _wishes(obj: bpy.types.Object) -> dict[str, float]:
    return {name: getattr(obj.dream, name) for name in ("surface", *SIZES)}
