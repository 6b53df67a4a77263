"""A task of a farm's job: one run folder, begun or gone on with until it is finished."""

from __future__ import annotations

import time
from pathlib import Path

from engine.batch.loop import AT_WORK, INTERRUPTED
from engine.batch.progress import at_work
from engine.batch.runner import EngineFlags, Interrupts, run_to_its_end
from engine.run.exits import EngineError
from engine.run.folder import settings_path
from engine.run.owner import LOOK_EVERY, LOOKS, FolderBusy
from engine.run.settings import SettingsError
from engine.run.state import RunState
from engine.run.survey import BROKEN, look_at

TELL_EVERY = 30.0
"""Seconds between two lines about how far it is."""
PATIENCE = 2 * LOOKS * LOOK_EVERY
"""Most seconds to wait for an engine that a farm has just ended, here or elsewhere, to save and leave, or to be known
as dead."""


def run_task(folder: Path, download: bool = False) -> None:
    """Run a folder to its end; one that is finished is left as it is.

    Raises SettingsError if there is no run in it, FolderBusy if another engine is at work in it and stays, EngineError
    if the run is not finished then, for whatever reason: the same command goes on with it; OSError.
    """
    if not settings_path(folder).is_file():
        raise SettingsError(f"There is no run in {folder}: name a run folder that a farm's job was made for.")
    status, sentence = _stands(folder)
    waited = 0
    while status in AT_WORK:
        if waited >= PATIENCE:
            raise FolderBusy(f"Another engine is at work in {folder}: stop it, or wait until it has left.")
        time.sleep(LOOK_EVERY)
        waited += LOOK_EVERY
        status, sentence = _stands(folder)
    if status != "finished":
        status, sentence = _work(folder, download)
    if status != "finished":
        raise EngineError(f"{folder.name} is not finished: {sentence}", INTERRUPTED if status == "stopped" else None)
    print(f"{folder.name}: {sentence}", flush=True)


def _work(folder: Path, download: bool) -> tuple[str, str]:
    told = time.monotonic()

    def watch(run: RunState) -> None:
        """Tell now and then how far it is."""
        nonlocal told
        if time.monotonic() - told >= TELL_EVERY:
            told = time.monotonic()
            print(at_work(folder.name, run, None), flush=True)

    with Interrupts() as interrupts:
        return run_to_its_end(folder, interrupts, watch, EngineFlags(download))


def _stands(folder: Path) -> tuple[str, str]:
    listed = look_at(folder)
    return (listed.status, listed.sentence) if listed else (BROKEN, "its folder is gone.")
