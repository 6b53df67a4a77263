"""A run from its folder's settings to its last event: the loop with everything around it that an artist sees."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from pathlib import Path

import psutil
import torch
from tqdm import tqdm

from engine import __version__
from engine.checkpoint import load_checkpoint, save_checkpoint
from engine.device import choose_device, device_name
from engine.guidance.prior import Prior, load_prior
from engine.meshing.snapshot import extract
from engine.optimise import Optimisation, StepReport
from engine.pace import Pace
from engine.preview import save_preview
from engine.run import exits
from engine.run.events import EventWriter
from engine.run.folder import SCHEMA, checkpoint_path
from engine.run.settings import RunSettings, read_settings
from engine.run.snapshots import thin_snapshots, write_snapshot
from engine.run.tail import TailReader
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
        commands: reader of the folder's commands, made as early as possible.
    """

    def __init__(self, folder: Path, commands: TailReader):
        self.folder, self.commands, self.lifeline = folder, commands, threading.Event()
        self.run: RunSettings = read_settings(folder)
        self.settings = engine_settings(self.run)
        self.threshold = self.settings.mesh_threshold
        self.device = choose_device(self.run.device)
        self.events = EventWriter(folder)
        self.warned: set[str] = set()
        self.stage = "starting"
        self.ending: str | None = None
        self.began = time.monotonic()
        self.snapshot_seconds = 0.0

    def start(self, resume: bool) -> None:
        """Do the run, from the beginning or from its checkpoint, to its end or until told to stop."""
        saved = load_checkpoint(checkpoint_path(self.folder)) if resume else None
        first_step = int(saved[0]["restarts"][0]) if saved and "restarts" in saved[0] else 0
        self.events.write(
            "hello", schema=SCHEMA, pid=os.getpid(), version=__version__, prompt=self.run.prompt, prior=self.run.prior,
            device=self.device.type, device_name=device_name(self.device), steps=first_step + self.settings.steps,
            step=saved[1]["step"] if saved else 0, resumed=resume,
        )
        if self.run.device == "auto" and self.device.type == "cpu":
            print("No GPU that torch can compute on was found: the CPU does the work.", flush=True)
        self._enter("loading prior")
        prior = load_prior(self.run.prior, self.device, self.run.weights, self._enter)
        self._warn_of_unknown_words(prior)
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
        self._optimise()
        self._finish()

    def _enter(self, stage: str) -> None:
        self.stage = stage
        self.events.write("stage", name=stage)

    def abandon(self) -> None:
        """Whoever started the engine is gone. The loop soon sees that; a download, which may take an hour, is left at
        once, and goes on from where it is the next time."""
        self.lifeline.set()
        if self.stage == "downloading prior":
            self.events.write("done", reason="abandoned", step=0)
            os._exit(exits.OK)

    def _warn_of_unknown_words(self, prior: Prior) -> None:
        unknown = prior.unknown_words(self.run.prompt)
        if unknown:
            words = ", ".join(f'"{word}"' for word in unknown[:5])
            self.warn(f"The {self.run.prior} prior does not know {words}: it knows {', '.join(prior.known_words())}.")

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

    def _report(self, report: StepReport, rate: float) -> None:
        step, steps = self.optimisation.step, self.optimisation.last_step
        self.events.write(
            "progress", step=step, steps=steps, rate=round(rate, 3),
            remaining=round((steps - step) / rate, 1) if rate else None,  # no rate where the first step diverged
            opacity=round(report.opacity, 4), loss=round(report.guidance, 5),
        )

    def _obey(self) -> bool:
        """Do what the commands say; True when the run is to end now."""
        paused, began = False, time.monotonic()
        while True:
            for command in self.commands.read():
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
            if self.lifeline.is_set():
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
            optimisation.field, optimisation.occupancy.binary, threshold=self.threshold,
            resolution=self.settings.mesh_resolution if final else self.settings.mesh_resolution // 2,
            face_budget=run.face_budget,
            texture_size=run.final_texture_size if final else run.texture_size, final=final,
            hurried=self._hurried,
        )
        if extraction is not None:
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

    def _hurried(self) -> bool:
        """Whether the final mesh is to be there at once: somebody says stop, or nobody is there any more."""
        return self.lifeline.is_set() or any(command.get("command") == "stop" for command in self.commands.read())

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
            self.snapshot(final=self.ending is None)
        self.events.write(
            "done", reason=self.ending or "finished", step=self.optimisation.step,
            seconds=round(time.monotonic() - self.began, 2),
            stages={name: round(seconds, 2) for name, seconds in self.optimisation.stopwatch.seconds.items()},
            peak_memory=peak_memory(self.device),
        )


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


def watch_lifeline(session: Session) -> None:
    """Tell the session when standard input ends: whoever started the engine is gone then."""

    def wait() -> None:
        """Read until there is no more."""
        # Not sys.stdin.read: Python aborts at its end when a thread still holds a buffered stream's lock.
        while os.read(sys.stdin.fileno(), 1):
            pass
        session.abandon()

    threading.Thread(target=wait, daemon=True).start()
