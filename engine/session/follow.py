"""What a process does in a run that another one leads: the same steps, with a share of their views of its own."""

from __future__ import annotations

from pathlib import Path

from engine.device import choose_device
from engine.guidance.download import Downloads
from engine.guidance.load import load_prior
from engine.optimise import Optimisation
from engine.room import make_room
from engine.run.folder import events_path
from engine.run.settings import read_settings
from engine.run.start import read_start
from engine.run.tail import TailReader
from engine.session.loop import STEP
from engine.session.saver import saved_state
from engine.settings import engine_settings, open_methods, with_method
from engine.start.solid import solid
from engine.team import Team, TeamError


def follow(folder: Path, resume: bool, download: bool, team: Team) -> None:
    """Take part until the first process says that the run ends; writes nothing.

    Raises:
        TeamError: another process has died.
        EngineError: what could end the first one, such as a device without room.
    """
    try:
        _follow(folder, resume, download, team)
    except TeamError:
        if not _has_ended(folder):  # one that is told to stop before its first step leaves without a word
            raise


def _follow(folder: Path, resume: bool, download: bool, team: Team) -> None:
    """Once the first process says what it computes on, the settings are written and the prior's weights are here."""
    name, method = team.word().split()
    device, run, saved = choose_device(name, team.card), read_settings(folder), saved_state(folder, resume)
    settings = engine_settings(with_method(run, method) if open_methods(run) else run)
    shape = solid(read_start(folder, run.start)) if run.start else None
    prior = load_prior(run.prior, device, run.weights, downloads=Downloads(download), guidance=settings.guidance)
    optimisation = Optimisation(run.prompt, prior, settings, run.seed, device, shape, team)
    if saved:
        optimisation.restore(saved[0], saved[1]["step"])
    make_room(prior, settings, optimisation.views_at_once, device, print)
    while team.word() == STEP:
        optimisation.take_step()


def _has_ended(folder: Path) -> bool:
    """Whether the run's first process has left in good order."""
    said = TailReader(events_path(folder)).read()
    return bool(said) and said[-1].get("event") == "done"
