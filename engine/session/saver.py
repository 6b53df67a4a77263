"""What a run leaves on disk while it goes on: checkpoints to go on from, and meshes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from torch import Tensor

from engine.checkpoint import load_checkpoint, save_checkpoint
from engine.meshing.snapshot import extract
from engine.optimise import Optimisation
from engine.preview import save_preview
from engine.run.folder import checkpoint_path, has_checkpoint, snapshots_path
from engine.run.meshes import MeshSettings
from engine.run.settings import RunSettings
from engine.run.snapshots import thin_snapshots, write_snapshot
from engine.session.announcer import Announcer
from engine.settings import EngineSettings


class Saver:
    """Writes checkpoints and snapshots into a run folder.

    Attributes:
        meshes: how snapshots are made, as it was last told.
        snapshot_seconds: what the last snapshot took.
    """

    def __init__(self, folder: Path, run: RunSettings, settings: EngineSettings, announcer: Announcer):
        self.folder, self.settings, self.announcer = folder, settings, announcer
        self.meshes = MeshSettings(run)
        self.snapshot_seconds = 0.0

    @property
    def threshold(self) -> float:
        """Density, per scene unit, at which snapshots are cut."""
        return self.meshes.threshold or self.settings.mesh_threshold

    @property
    def holds(self) -> dict[str, float]:
        """How snapshots are made now, and the engine's own threshold, as the event `hello` says it."""
        return {"threshold": self.threshold, "own_threshold": self.settings.mesh_threshold, **self.meshes.sizes}

    def checkpoint(self, optimisation: Optimisation) -> None:
        """Save everything that a resume needs."""
        numbers = {"step": optimisation.step, "method": self.settings.guidance.method}
        save_checkpoint(checkpoint_path(self.folder), optimisation.tensors(), numbers)

    def preview(self, optimisation: Optimisation) -> None:
        """Draw the field as it is and say so."""
        save_preview(self.folder, optimisation.preview())
        self.announcer.preview(optimisation.step)

    def snapshot(self, optimisation: Optimisation, final: bool) -> None:
        """Mesh the field as it is and say so."""
        began, run, scene = time.perf_counter(), self.meshes.run, optimisation.scene
        extraction = extract(
            scene.field, scene.occupancy.binary, threshold=self.threshold,
            resolution=self.settings.mesh_resolution if final else self.settings.mesh_resolution // 2,
            face_budget=run.face_budget,
            texture_size=run.final_texture_size if final else run.texture_size, final=final,
        )
        if extraction is not None:
            with self.announcer.events.held:  # the listener may leave at any moment, but not in the midst of this
                write_snapshot(self.folder, optimisation.step, extraction.mesh, extraction.albedo_png)
                thin_snapshots(self.folder, optimisation.step)
            for note in extraction.notes:
                self.announcer.warn(note)
        self.snapshot_seconds = time.perf_counter() - began
        self.announcer.snapshot(extraction, optimisation.step, self.snapshot_seconds, final)


def saved_state(folder: Path, resume: bool) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """The checkpoint that a run goes on from; None where it begins.

    Raises:
        CheckpointError: it cannot be read, or is gone.
    """
    # The first checkpoint may have met a full disk: then there is nothing to go on from, and nothing to lose.
    resume = resume and (has_checkpoint(folder) or snapshots_path(folder).exists())
    return load_checkpoint(checkpoint_path(folder)) if resume else None
