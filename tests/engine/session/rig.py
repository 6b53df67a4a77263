"""Tiny runs in this process, with a prior that has a closed form, and what they left."""

import torch

from engine.checkpoint import load_checkpoint
from engine.listener import Listener
from engine.run.folder import checkpoint_path, events_path
from engine.run.settings import RunSettings, write_settings
from engine.run.tail import TailReader
from engine.session import Session
from tests.engine.analytic import TINY_FIELD

STEPS = 12
TINY = {
    "resolutions": [[0, 8]],
    "views_at_once": 2,
    **TINY_FIELD,
    "mesh_resolution": 24,
}


class Script(Listener):
    """Commands by the number of the look at them: one look per step, more while the run is paused."""

    def __init__(self, **by_look):
        self.by_look, self.looks = {int(look[1:]): commands for look, commands in by_look.items()}, 0

    def at(self, folder, resume=False):
        super().__init__(folder, resume)
        return self

    def read(self):
        self.looks += 1
        return self.by_look.get(self.looks, [])


def make(folder, prompt="a grey field", overrides=None, **settings):
    folder.mkdir(exist_ok=True)
    chosen = {
        "device": "cpu",
        "steps": STEPS,
        "snapshot_every": 60.0,
        "face_budget": 400,
        "texture_size": 64,
        "final_texture_size": 64,
    } | settings
    write_settings(folder, RunSettings(prompt, overrides=TINY | (overrides or {}), **chosen))
    return folder


def go(folder, script=None, resume=False) -> Session:
    session = Session(folder, (script or Script()).at(folder, resume))
    session.start(resume)
    return session


def events(folder, kind=None) -> list[dict]:
    return [event for event in TailReader(events_path(folder)).read() if kind in (None, event["event"])]


def weights(folder) -> dict[str, torch.Tensor]:
    return load_checkpoint(checkpoint_path(folder))[0]
