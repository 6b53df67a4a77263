"""One of two processes that tests/engine/test_team.py starts: both go through all that is tried, in the same order."""

import signal
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

import engine.session
import engine.session.follow
from engine.optimise import Optimisation
from engine.run.settings import RunSettings
from engine.session import Session
from engine.session.follow import follow
from engine.settings import engine_settings
from engine.team import Team, TeamError
from engine.team.gather import gather
from tests.engine.analytic import TINY_FIELD, GaussianPrior
from tests.engine.session.rig import Script

TINY = {**TINY_FIELD, "steps": 12, "resolutions": [[0, 8]], "shading.albedo_until": 0.2}
SETTINGS = {
    "plain": {},
    "painted": {"painting.share": 0.5},
    "paper": {
        "field.kind": "mlp", "field.mlp.levels": 3, "field.mlp.blocks": 2, "field.mlp.width": 8,
        "background.kind": "learned", "background.width": 8, "render.normals": "samples",
    },
    "groups": {"views": 8, "cameras.group": 4, "painting.views": 8},
    "uneven": {"views": 3, "shading.position": 0.5},
}  # fmt: skip
"""Ways to take steps, each of which several processes must take as one does."""
STEPS = {"painted": 9}
"""How many; 2 where nothing is said."""


class Odd(GaussianPrior):
    """On one process alone: memory for so many views, or answers that are no numbers, or none, at the given times."""

    def __init__(self, room: int = 100, nothing_at: int = -1, fails_at: int = -1):
        super().__init__(0.4, 0.3)
        self.room, self.nothing_at, self.fails_at, self.times = room, nothing_at, fails_at, 0

    def predict_noise(self, noisy, timesteps, captions):
        self.times += 1
        if self.times == self.fails_at:
            raise ValueError("the wug is gone")
        if len(noisy) > 2 * self.room:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return super().predict_noise(noisy, timesteps, captions) * (torch.nan if self.times == self.nothing_at else 1)


def start(team: Team, prior: GaussianPrior | None = None, **overrides) -> Optimisation:
    settings = engine_settings(RunSettings("a field", overrides=TINY | overrides))
    return Optimisation("a field", prior or GaussianPrior(0.2, 0.3), settings, 3, torch.device("cpu"), team=team)


def found(optimisation: Optimisation) -> dict[str, torch.Tensor]:
    """What a step left: all that a checkpoint holds, and the last gradients."""
    gradients = {
        f"gradient.{number}": parameter.grad.clone()
        for number, parameter in enumerate(optimisation.scene.parameters) if parameter.grad is not None
    }
    return gradients | {name: tensor.clone() for name, tensor in optimisation.tensors().items()}


def steps(team: Team, name: str) -> dict[str, torch.Tensor]:
    """The same steps for one process or for several."""
    optimisation = start(team, **SETTINGS[name])
    for _ in range(STEPS.get(name, 2)):
        optimisation.take_step()
    return found(optimisation)


def odd(team: Team, **oddity) -> dict[str, torch.Tensor]:
    """Three calls for a step, in which the second process alone meets with something odd."""
    optimisation = start(team, Odd(**oddity if team.rank else {}), views=8, views_at_once=4)
    for _ in range(3):
        optimisation.take_step()
    numbers = optimisation.step, optimisation.restarts, optimisation.views_at_once
    return found(optimisation) | {"numbers": torch.tensor(numbers)}


def work(team: Team, folder: Path, resume: bool, script: Script | None = None) -> None:
    if team.rank:
        follow(folder, resume, False, team)
    else:
        Session(folder, (script or Script()).at(folder, resume), team=team).start(resume)


def main(folder: Path) -> None:
    prior = GaussianPrior(0.4, 0.3)
    with gather() as team:
        for module in (engine.session, engine.session.follow):
            module.load_prior = lambda *_, **__: prior
        tried = {name: steps(team, name) for name in SETTINGS}
        tried |= {"short": odd(team, room=2), "restarted": odd(team, nothing_at=2)}
        for name, tensors in tried.items():
            save_file(tensors, folder / f"{name}-{team.rank}.safetensors")
        work(team, folder / "whole", resume=False)
        work(team, folder / "begun by two", resume=False, script=Script(_6=[{"command": "stop"}]))
        work(team, folder / "begun by one", resume=True)
        if team.rank:
            prior = Odd(fails_at=4)
        try:
            work(team, folder / "failed", resume=False)
        except TeamError as error:
            (folder / "last words.txt").write_text(str(error), encoding="utf-8")
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN, "torchrun's signal would interrupt what is saved"


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(Path(sys.argv[1]))
