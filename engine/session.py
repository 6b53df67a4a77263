"""A run from its folder's settings to its last event: the loop with everything around it that an artist sees."""

from __future__ import annotations

import gc
import os
import sys
import time
from pathlib import Path

import psutil
import torch
from tqdm import tqdm

from engine import __version__
from engine.cards import idle_card
from engine.checkpoint import load_checkpoint, save_checkpoint
from engine.device import choose_device, device_name
from engine.guidance.download import Downloads
from engine.guidance.load import load_prior
from engine.listener import Listener
from engine.meshing.snapshot import extract
from engine.optimise import Optimisation, StepReport
from engine.pace import Pace
from engine.preview import save_preview
from engine.run.folder import SCHEMA, checkpoint_path, has_checkpoint, snapshots_path
from engine.run.settings import RunSettings, read_settings
from engine.run.snapshots import thin_snapshots, write_snapshot
from engine.settings import engine_settings

PROGRESS_EVERY = 0.5
"""Seconds between two progress events."""
POLL_EVERY = 0.1
"""Seconds between two looks at the commands while paused."""
SNAPSHOT_SHARE = 0.2
"""Most of the run's time that live snapshots may take: where they are slow, they come less often."""


class Session:
    """One engine process's work on one run folder.

    Args:
        folder: the run folder, with settings.json in it.
        listener: what hears the folder's commands, made as early as possible.
        download: whether somebody has agreed to a download of the prior's weights.
    """

    def __init__(self, folder: Path, listener: Listener, download: bool = False):
        self.folder, self.listener, self.events = folder, listener, listener.events
        self.downloads = Downloads(download, self.events.write)
        self.run: RunSettings = read_settings(folder)
        self.settings = engine_settings(self.run)
        self.threshold = self.settings.mesh_threshold
        self.device = choose_device(self.run.device)
        self.warned: set[str] = set()
        self.told_of_threads = False
        self.ending: str | None = None
        self.began = time.monotonic()
        self.snapshot_seconds = 0.0

    def start(self, resume: bool) -> None:
        """Do the run, from the beginning or from its checkpoint, to its end or until told to stop."""
        # The first checkpoint may have met a full disk: then there is nothing to go on from, and nothing to lose.
        resume = resume and (has_checkpoint(self.folder) or snapshots_path(self.folder).exists())
        saved = load_checkpoint(checkpoint_path(self.folder)) if resume else None
        first_step = _first_step(saved[0]) if saved else 0
        self.events.write(
            "hello", schema=SCHEMA, pid=os.getpid(), version=__version__, prompt=self.run.prompt, prior=self.run.prior,
            device=self.device.type, device_name=device_name(self.device), steps=first_step + self.settings.steps,
            step=saved[1]["step"] if saved else 0, resumed=resume,
        )
        if self.run.device == "auto" and self.device.type == "cpu":
            print("No GPU that torch can compute on was found: the CPU does the work.", flush=True)
            if card := idle_card():
                self.warn(card)
        self._enter("loading prior")
        prior = load_prior(self.run.prior, self.device, self.run.weights, self._enter, self.downloads)
        if doubt := prior.doubt(self.run.prompt):
            self.warn(doubt)
        if self.device.type == "cpu" and self.run.prior != "toybox":
            self.warn(
                f"Without a graphics card each step with the {self.run.prior} prior takes many seconds, and a run days:"
                " the Toybox prior is made for processors."
            )
        optimisation = Optimisation(self.run.prompt, prior, self.settings, self.run.seed, self.device)
        if saved:
            optimisation.restore(saved[0], saved[1]["step"])
            self.threshold = saved[1]["threshold"]
        self.optimisation = optimisation  # not before: what interrupts saves it, and would save a fresh one
        self._warn_of_long_texts()
        self._enter("optimising")
        # All that is here stays: later collections need not look through it, and may come again (see __main__).
        gc.freeze()
        gc.enable()
        self.listener.saved_at = None
        self._optimise()
        self._finish()

    def _enter(self, stage: str) -> None:
        self.listener.heed()  # before a download begins
        self.events.write("stage", name=stage)

    def _warn_of_long_texts(self) -> None:
        cut = self.optimisation.guidance.cut
        if cut:
            self.warn(
                f'The {self.run.prior} prior reads only the beginning of "{cut[0][:60]}...": what comes last, such as'
                " words for the view or the light, is lost, so shorten it."
            )

    def warn(self, message: str) -> None:
        """Tell the artist, and the log, once."""
        if message not in self.warned:
            self.warned.add(message)
            print(message, flush=True)
            self.events.write("warning", message=message)

    def _optimise(self) -> None:
        """Steps, with progress, previews, snapshots, checkpoints and commands between them."""
        optimisation, run = self.optimisation, self.run
        next_progress = next_preview = time.monotonic()
        next_snapshot = time.monotonic() + min(run.snapshot_every, 3.0)
        # One at once, so that whatever ends the engine from then on, there is something to resume.
        next_checkpoint = time.monotonic() + (self.settings.checkpoint_every if optimisation.step else 0)
        self.pace = Pace(optimisation.step, time.monotonic())
        bar = tqdm(
            total=optimisation.last_step, initial=optimisation.step, desc=run.prompt[:40], unit="step", disable=None
        )
        while optimisation.step < optimisation.last_step and not self._obey():
            at_once = optimisation.views_at_once
            report = optimisation.take_step()
            if report.restarted:
                self.warn(f"{report.restarted}: it begins again from a fresh ball.")
                bar.total = optimisation.last_step
            if optimisation.views_at_once < at_once:
                self.warn(f"Memory is short: no more than {optimisation.views_at_once} of a step's views at once now.")
            bar.update()
            now = time.monotonic()
            if now >= next_progress:
                self._report(report, self.pace.rate(optimisation.step, now))
                next_progress = now + PROGRESS_EVERY
            if now >= next_preview:
                save_preview(self.folder, report.rendering.images)
                self.events.write("preview", step=optimisation.step)
                next_preview = now + run.preview_every
            # Not after the last step, which the final mesh is of.
            due = now >= next_snapshot and optimisation.step < optimisation.last_step
            if due and optimisation.step % self.settings.occupancy.every == 0:
                self.snapshot(final=False)
                pause = max(run.snapshot_every, self.snapshot_seconds / SNAPSHOT_SHARE)
                next_snapshot = time.monotonic() + (pause if run.snapshot_every else 0)
            if now >= next_checkpoint:
                self.checkpoint()
                next_checkpoint = time.monotonic() + self.settings.checkpoint_every
        bar.close()

    def _tell_of_threads(self) -> None:
        """Say once, in engine.log, how many threads look at a step's views, and why."""
        workers = self.optimisation.workers
        if workers.verdict and not self.told_of_threads:
            self.told_of_threads = True
            times = ", ".join(f"{count}: {1000 * least:.0f} ms" for count, least in workers.verdict.items())
            print(f"A step's views are looked at by {workers.count} threads ({times}).", flush=True)

    def _report(self, report: StepReport, rate: float) -> None:
        self._tell_of_threads()
        step, steps = self.optimisation.step, self.optimisation.last_step
        self.events.write(
            "progress", step=step, steps=steps, rate=round(rate, 3),
            remaining=round((steps - step) / rate, 1) if rate else None,  # no rate where the first step diverged
            opacity=round(report.opacity, 4), gradient_size=round(report.gradient_size, 5),
        )

    def _obey(self) -> bool:
        """Do what the commands say; True when the run is to end now."""
        paused, began = False, time.monotonic()
        while True:
            for command in self.listener.read():
                match command.get("command"):
                    case "stop":
                        self.ending = "stopped"
                    case "pause" if not paused:
                        paused = True
                        self.checkpoint()
                        self.events.write("paused")
                    case "resume" if paused:
                        paused = False
                        self.events.write("resumed")
                    case "snapshot":
                        self.snapshot(final=False)
                    case "threshold" if _is_threshold(command.get("value")):
                        self.threshold = command.get("value") or self.settings.mesh_threshold
                        self.snapshot(final=False)
            if self.listener.gone.is_set():
                self.ending = self.ending or "abandoned"
            if self.ending or not paused:
                self.pace.leave_out(time.monotonic() - began)
                return self.ending is not None
            time.sleep(POLL_EVERY)

    def snapshot(self, final: bool) -> None:
        """Mesh the field as it is and say so; that there is no surface yet is a normal event."""
        optimisation, run = self.optimisation, self.run
        began = time.perf_counter()
        extraction = extract(
            optimisation.scene.field, optimisation.scene.occupancy.binary, threshold=self.threshold,
            resolution=self.settings.mesh_resolution if final else self.settings.mesh_resolution // 2,
            face_budget=run.face_budget,
            texture_size=run.final_texture_size if final else run.texture_size, final=final,
        )
        if extraction is not None:
            with self.events.held:  # the listener may leave at any moment, but not in the midst of this
                write_snapshot(self.folder, optimisation.step, extraction.mesh, extraction.albedo_png)
                thin_snapshots(self.folder, optimisation.step)
            for note in extraction.notes:
                self.warn(note)
        self.snapshot_seconds = time.perf_counter() - began
        found = {"empty": True} if extraction is None else {
            "vertices": len(extraction.mesh.vertices), "faces": len(extraction.mesh.faces),
            "stages": {stage: round(seconds, 4) for stage, seconds in extraction.seconds.items()},
        }
        self.events.write(
            "snapshot", step=optimisation.step, seconds=round(self.snapshot_seconds, 3), final=final, **found
        )

    def interrupt(self) -> None:
        """Keep what there is when the one at the terminal presses Ctrl+C."""
        if hasattr(self, "optimisation"):
            self.ending = "stopped"
            self._finish()

    def checkpoint(self) -> None:
        """Save everything that `resume` needs."""
        numbers = {"step": self.optimisation.step, "threshold": self.threshold}
        save_checkpoint(checkpoint_path(self.folder), self.optimisation.tensors(), numbers)

    def _finish(self) -> None:
        self.checkpoint()
        if self.ending is None:
            self._enter("meshing")
        if self.ending != "abandoned":
            self.listener.saved_at = self.optimisation.step
            self.snapshot(final=self.ending is None)
            self.listener.saved_at = None
        self.events.write(
            "done", reason=self.ending or "finished", step=self.optimisation.step,
            seconds=round(time.monotonic() - self.began, 2),
            stages={name: round(seconds, 2) for name, seconds in self.optimisation.stopwatch.seconds.items()},
            peak_memory=peak_memory(self.device),
        )


def _first_step(tensors: dict[str, torch.Tensor]) -> int:
    """The step at which the run of a checkpoint last began again; what is no such thing is refused when restoring."""
    restarts = tensors.get("restarts")
    whole = restarts is not None and restarts.shape == (2,) and not restarts.is_floating_point()
    return int(restarts[0]) if whole else 0


def _is_threshold(value: object) -> bool:
    """A density to mesh at, or None for the engine's own."""
    return value is None or (isinstance(value, (int, float)) and 0 < value < float("inf"))


def peak_memory(device: torch.device) -> dict[str, int]:
    """The most memory used so far, in bytes: the process's, and the GPU's where there is one."""
    peak = getattr(psutil.Process().memory_info(), "peak_wset", None)
    if peak is None:
        import resource  # not on Windows, where psutil knows the peak

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    found = {"process": int(peak)}
    if device.type == "cuda":
        found["gpu"] = torch.cuda.max_memory_allocated(device)
    return found
