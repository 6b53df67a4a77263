"""Keeps what a run puts into the scene, update after update."""

from __future__ import annotations

import time
from dataclasses import dataclass

import bpy


@dataclass
class LiveMesh:
    """What was in the scene after one live update."""

    step: int
    seconds: float  # since Generate was pressed
    mesh: bpy.types.Mesh
    albedo: bpy.types.Image


class Watcher:
    """Keeps a copy of every mesh that the run puts into the scene, with its texture."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.seen: list[LiveMesh] = []
        self._snapshots = 0

    def look(self, scene: bpy.types.Scene, *_: object) -> None:
        """Called by Blender after each change of the scene."""
        made = next((obj for obj in scene.objects if obj.dream.run_id), None)
        # Not by its step: a live mesh and the final one may be of the same.
        if made is None or made.dream.snapshots == self._snapshots:
            return
        self._snapshots = made.dream.snapshots
        seconds = time.monotonic() - self.started
        self.seen.append(LiveMesh(made.dream.step, seconds, made.data.copy(), made.dream.image.copy()))
