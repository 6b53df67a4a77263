"""A run from its folder's settings to its last event: the loop with everything around it that an artist sees."""

from __future__ import annotations

import gc
import time
from pathlib import Path
from typing import Any

import torch

from engine.checkpoint import MISFIT, CheckpointError
from engine.device import choose_device, peak_memory
from engine.guidance.download import Downloads
from engine.guidance.load import load_prior
from engine.guidance.prior import Prior
from engine.listener import Listener
from engine.optimise import Optimisation
from engine.room import choose_method, make_room
from engine.run.priors import METHODS, PRIORS
from engine.run.settings import RunSettings, read_settings
from engine.run.start import read_start
from engine.session.announcer import Announcer
from engine.session.commands import Commands
from engine.session.loop import work
from engine.session.saver import Saver, saved_state
from engine.settings import engine_settings, open_methods, with_method
from engine.start.solid import solid
from engine.team import ALONE, Team, TeamError, shares


class Session:
    """One engine process's work on one run folder.

    Args:
        folder: the run folder, with settings.json in it.
        listener: what hears the folder's commands, made as early as possible.
        download: whether somebody has agreed to a download of the prior's weights.
        team: the processes that work on the run, which this one leads; the others `follow`.
    """

    def __init__(self, folder: Path, listener: Listener, download: bool = False, team: Team = ALONE):
        self.folder, self.listener, self.team = folder, listener, team
        self.downloads = Downloads(download, listener.events.write)
        self.run: RunSettings = read_settings(folder)
        self.settings = engine_settings(self.run)
        shares(self.settings.views, self.settings.cameras.group, team.size)  # refused before a prior is loaded
        self.shape = solid(read_start(folder, self.run.start)) if self.run.start else None
        self.device = choose_device(self.run.device, team.card)
        self.announcer = Announcer(self.run, listener)
        self.saver = Saver(folder, self.run, self.settings, self.announcer)
        for command in listener.earlier:
            self.saver.meshes = self.saver.meshes.after(command)
        self.optimisation: Optimisation | None = None
        self.began = time.monotonic()

    def start(self, resume: bool) -> None:
        """Do the run, from the beginning or from its checkpoint, to its end or until told to stop."""
        saved = saved_state(self.folder, resume)
        first_step = _first_step(saved[0]) if saved else 0
        step, steps = saved[1]["step"] if saved else 0, first_step + self.settings.steps
        self.announcer.hello(self.device, self.team.size, step, steps, saved is not None, self.saver.holds)
        self.announcer.stage("loading prior")
        prior = load_prior(
            self.run.prior, self.device, self.run.weights, self.announcer.stage, self.downloads, self.settings.guidance
        )
        self.announcer.doubt(prior.doubt(self.run.prompt), self.device)
        if open_methods(self.run):
            self._settle_method(prior, saved and saved[1])
        # From here on the others find what they need.
        self.team.word(f"{self.device.type} {self.settings.guidance.method}")
        optimisation = Optimisation(
            self.run.prompt, prior, self.settings, self.run.seed, self.device, self.shape, self.team
        )
        if saved:
            optimisation.restore(saved[0], saved[1]["step"])
        self.optimisation = optimisation  # not before: what interrupts saves it, and would save a fresh one
        self.announcer.cut_texts(optimisation.guidance.cut)
        make_room(prior, self.settings, optimisation.views_at_once, self.device, self.announcer.log)
        self.announcer.stage("optimising")
        # All that is here stays: later collections need not look through it, and may come again (see __main__). What
        # loaders leave behind may hold a model's files, whose libraries pass tensors round in circles.
        if self.device.type != "cpu":
            gc.collect()
        gc.freeze()
        gc.enable()
        self.listener.saved_at = None
        commands = Commands(self.listener, self.saver, optimisation)
        try:
            work(optimisation, self.run, self.settings, self.announcer, self.saver, commands)
        except TeamError:
            self.saver.checkpoint(optimisation)  # in the midst of a step: it goes on, but not bit for bit
            raise
        self._finish(optimisation, commands.ending)

    def _settle_method(self, prior: Prior, numbers: dict[str, Any] | None) -> None:
        """Name the method of a run that leaves it open: the one that its checkpoint's numbers name, or the best that
        there is room for. Raises CheckpointError."""
        if numbers is None:
            method, why = choose_method(self.run, prior, self.device)
        else:
            known = list(PRIORS[self.run.prior].methods)
            method = numbers.get("method", known[0])  # checkpoints of older versions name none
            if method not in known:
                raise CheckpointError(MISFIT)
            why = f"Method {METHODS[method][0]}, with which the run has begun."
        self.settings = self.saver.settings = engine_settings(with_method(self.run, method))
        self.announcer.method(method, why)

    def interrupt(self) -> None:
        """Keep what there is when the one at the terminal presses Ctrl+C."""
        if self.optimisation is not None:
            self._finish(self.optimisation, "stopped")
        else:
            self.listener.events.write("done", reason="stopped", step=self.listener.saved_at or 0)

    def _finish(self, optimisation: Optimisation, ending: str | None) -> None:
        """Save everything, make the last mesh and say so; `ending` is why the run ends early, None at its own end."""
        self.saver.checkpoint(optimisation)
        if ending is None:
            self.announcer.stage("meshing")
        if ending != "abandoned":
            self.listener.saved_at = optimisation.step
            self.saver.preview(optimisation)  # lists and sheets show what the run has come to
            self.saver.snapshot(optimisation, final=ending is None)
            self.listener.saved_at = None
        seconds = time.monotonic() - self.began
        self.announcer.done(ending or "finished", optimisation, seconds, peak_memory(self.device))


def _first_step(tensors: dict[str, torch.Tensor]) -> int:
    """The step at which the run of a checkpoint last began again; what is no such thing is refused when restoring."""
    restarts = tensors.get("restarts")
    whole = restarts is not None and restarts.shape == (2,) and not restarts.is_floating_point()
    return int(restarts[0]) if whole else 0
