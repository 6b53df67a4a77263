"""What an artist is told of a run: events in its folder, and lines in engine.log."""

from __future__ import annotations

import os

import torch

from engine import __version__
from engine.cards import idle_card
from engine.device import device_name
from engine.listener import Listener
from engine.meshing.snapshot import Extraction
from engine.optimise import Optimisation, StepReport
from engine.run.folder import SCHEMA
from engine.run.settings import RunSettings
from engine.workers import Workers


class Announcer:
    """Says what happens in a run.

    Args:
        run: what was asked.
        listener: writes the events, and is heeded before each stage, which may take long.
    """

    def __init__(self, run: RunSettings, listener: Listener):
        self.run, self.listener, self.events = run, listener, listener.events
        self._warned: set[str] = set()
        self._told_of_threads = False

    def hello(
        self, device: torch.device, processes: int, step: int, steps: int, resumed: bool, mesh: dict[str, float]
    ) -> None:
        """The run begins, or goes on at `step` of `steps`, on a device for each of so many processes; `mesh` is how
        snapshots are made."""
        name = device_name(device) if processes == 1 else f"{processes} x {device_name(device)}"
        self.events.write(
            "hello", schema=SCHEMA, pid=os.getpid(), version=__version__, prompt=self.run.prompt, prior=self.run.prior,
            device=device.type, device_name=name, steps=steps, step=step, resumed=resumed,
            mesh=mesh,
        )
        if self.run.device == "auto" and device.type == "cpu":
            print("No GPU that torch can compute on was found: the CPU does the work.", flush=True)
            if card := idle_card():
                self.warn(card)

    def stage(self, name: str) -> None:
        """A stage begins."""
        self.listener.heed()  # before a download begins
        self.events.write("stage", name=name)

    def warn(self, message: str) -> None:
        """Tell the artist, and the log, once."""
        if message not in self._warned:
            self._warned.add(message)
            print(message, flush=True)
            self.events.write("warning", message=message)

    def log(self, sentence: str) -> None:
        """Say it in engine.log alone."""
        print(sentence, flush=True)

    def method(self, name: str, why: str) -> None:
        """The method of a run that has named none, and one sentence on why it is this one."""
        self.log(why)
        self.events.write("method", name=name, message=why)

    def doubt(self, doubt: str, device: torch.device) -> None:
        """What is to be feared of the prior: its doubt of the prompt, or nothing, and how slow it is."""
        if doubt:
            self.warn(doubt)
        if device.type == "cpu" and self.run.prior != "toybox":
            self.warn(
                f"Without a graphics card each step with the {self.run.prior} prior takes many seconds, and a run days:"
                " the Toybox prior is made for processors."
            )

    def cut_texts(self, cut: list[str]) -> None:
        """Which texts the prior cannot read to their end, if any."""
        if cut:
            self.warn(
                f'The {self.run.prior} prior reads only the beginning of "{cut[0][:60]}...": what comes last, such as'
                " words for the view or the light, is lost, so shorten it."
            )

    def step(self, report: StepReport, optimisation: Optimisation, in_memory: int) -> None:
        """What a step met with, if anything; before it, `in_memory` of its views were looked at side by side."""
        if report.restarted:
            beginning = "the shape that it started from" if self.run.start else "a fresh ball"
            if optimisation.painting_since is not None:
                beginning = "the finished shape"
            self.warn(f"{report.restarted}: it begins again from {beginning}.")
        if optimisation.views_in_memory < in_memory:
            self.warn(f"Memory is short: no more than {optimisation.views_in_memory} of a step's views at once now.")

    def progress(self, report: StepReport, optimisation: Optimisation, rate: float) -> None:
        """How far the run is; `rate` is in steps per second, 0 where the first step diverged, so that none is known."""
        self._tell_of_threads(optimisation.workers)
        step, steps = optimisation.step, optimisation.last_step
        self.events.write(
            "progress", step=step, steps=steps, rate=round(rate, 3),
            remaining=round((steps - step) / rate, 1) if rate else None, opacity=round(report.opacity, 4),
            gradient_size=round(report.gradient_size, 5),
        )

    def _tell_of_threads(self, workers: Workers) -> None:
        """Say once, in engine.log, how many threads look at a step's views, and why."""
        if workers.verdict and not self._told_of_threads:
            self._told_of_threads = True
            times = ", ".join(f"{count}: {1000 * least:.0f} ms" for count, least in workers.verdict.items())
            print(f"A step's views are looked at by {workers.count} threads ({times}).", flush=True)

    def preview(self, step: int) -> None:
        """The preview is new."""
        self.events.write("preview", step=step)

    def snapshot(self, extraction: Extraction | None, step: int, seconds: float, final: bool) -> None:
        """A mesh is there; that there is no surface yet is a normal event."""
        found = {"empty": True} if extraction is None else {
            "vertices": len(extraction.mesh.vertices), "faces": len(extraction.mesh.faces),
            "mean_albedo": extraction.mean_albedo.round(4).tolist(),
            "stages": {stage: round(spent, 4) for stage, spent in extraction.seconds.items()},
        }
        self.events.write("snapshot", step=step, seconds=round(seconds, 3), final=final, **found)

    def done(self, reason: str, optimisation: Optimisation, seconds: float, peak_memory: dict[str, int]) -> None:
        """The engine leaves in good order, after so many seconds."""
        stages = {name: round(spent, 2) for name, spent in optimisation.stopwatch.seconds.items()}
        self.events.write(
            "done", reason=reason, step=optimisation.step, seconds=round(seconds, 2), stages=stages,
            peak_memory=peak_memory,
        )
