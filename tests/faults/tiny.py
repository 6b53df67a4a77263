"""The smallest run that does all that a run does; it takes a second."""

from __future__ import annotations

from engine.run.settings import RunSettings

STEPS = 12
SETTINGS = RunSettings(
    "a red cube", preset="draft", device="cpu", steps=STEPS, snapshot_every=0.0, preview_every=0.2, face_budget=200,
    texture_size=32, final_texture_size=32,
    overrides={
        "resolutions": [[0, 16]], "views": 1, "render.samples": 16, "mesh_resolution": 24, "occupancy.every": 2,
        "painting.views": 2, "painting.resolution": 16,
        "field.grid.resolutions": [8], "checkpoint_every": 0.2,
    },
)  # fmt: skip
PATIENCE = 120.0
"""Seconds that a run of a second may take: no figure, only an end."""
