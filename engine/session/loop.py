"""The steps of a run, with progress, previews, snapshots, checkpoints and commands between them."""

from __future__ import annotations

import time

from tqdm import tqdm

from engine.optimise import Optimisation
from engine.pace import Pace
from engine.run.settings import RunSettings
from engine.session.announcer import Announcer
from engine.session.commands import Commands
from engine.session.interrupts import StepsAreWhole
from engine.session.saver import Saver
from engine.settings import EngineSettings

STEP, END = "step", "end"
"""What the other processes that work on the run, if there are any, are told before each step and after the last."""
PROGRESS_EVERY = 0.5
"""Seconds between two progress events."""
FIRST_SNAPSHOT = 1.5
"""Most seconds until the first snapshot."""
PREVIEW_SHARE = 0.04
"""Most of the run's time that previews may take, but for the first: in a scene that is hardly empty anywhere, it takes
several times as long as the others, and shows nothing yet."""
CHECKPOINT_SHARE = 0.02
"""Most of the run's time that checkpoints may take: those of fine grids have hundreds of megabytes."""
SNAPSHOT_SHARE = 0.2
"""Most of the run's time that live snapshots may take: where they are slow, they come less often."""


def work(
    optimisation: Optimisation, run: RunSettings, settings: EngineSettings, announcer: Announcer, saver: Saver,
    commands: Commands,
) -> None:
    """Take steps until the last is done or the commands end the run."""
    next_progress = next_preview = time.monotonic()
    previewed = False
    next_snapshot = time.monotonic() + min(run.snapshot_every, FIRST_SNAPSHOT)
    # One at once, so that whatever ends the engine from then on, there is something to resume.
    next_checkpoint = time.monotonic() + (settings.checkpoint_every if optimisation.step else 0)
    pace = Pace(optimisation.step, time.monotonic())
    bar = tqdm(
        total=optimisation.last_step, initial=optimisation.step, desc=run.prompt[:40], unit="step", disable=None
    )
    while optimisation.step < optimisation.last_step:
        pace.leave_out(commands.obey())
        if commands.ending:
            break
        optimisation.team.word(STEP)
        in_memory = optimisation.views_in_memory
        with StepsAreWhole():
            report = optimisation.take_step()
        announcer.step(report, optimisation, in_memory)
        bar.total = optimisation.last_step
        bar.update(optimisation.step - bar.n)
        now = time.monotonic()
        if now >= next_progress:
            announcer.progress(report, optimisation, pace.rate(optimisation.step, now))
            next_progress = now + PROGRESS_EVERY
        if now >= next_preview:
            saver.preview(optimisation)
            pause = max(run.preview_every, (time.monotonic() - now) / PREVIEW_SHARE if previewed else 0)
            next_preview, previewed = now + (pause if run.preview_every else 0), True
        # Not after the last step, which the final mesh is of.
        due = now >= next_snapshot and optimisation.step < optimisation.last_step
        # By an occupancy grid that is new.
        if due and optimisation.step % settings.occupancy.every == 1 % settings.occupancy.every:
            saver.snapshot(optimisation, final=False)
            pause = max(run.snapshot_every, saver.snapshot_seconds / SNAPSHOT_SHARE)
            next_snapshot = time.monotonic() + (pause if run.snapshot_every else 0)
        if now >= next_checkpoint:
            began = time.monotonic()
            saver.checkpoint(optimisation)
            pause = max(settings.checkpoint_every, (time.monotonic() - began) / CHECKPOINT_SHARE)
            next_checkpoint = time.monotonic() + (pause if settings.checkpoint_every else 0)
    optimisation.team.word(END)
    bar.close()
