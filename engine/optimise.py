"""The loop of DreamFusion: sample a camera and a light, render, ask the prior, step."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.cameras import ring_cameras
from engine.checkpoint import MISFIT, CheckpointError, whole
from engine.errors import is_out_of_memory
from engine.guidance.distil import Distillation
from engine.guidance.prior import Prior
from engine.health import RESTARTS, DivergenceError
from engine.lights import Lights
from engine.rendering.renderer import render
from engine.scenes import Scene, Shots
from engine.scenes.painting import PaintedSurface
from engine.scenes.volume import Volume
from engine.settings import EngineSettings, check_group
from engine.shading import Shading
from engine.start.fit import become
from engine.start.solid import Solid
from engine.stopwatch import Stopwatch
from engine.team import ALONE, Team, parts, shares
from engine.workers import Workers, cores, whole_groups

PREVIEW, BACKDROP = 96, 0.25
"""Side of a preview in pixels, and the grey behind the object."""


@dataclass
class StepReport:
    """What a step saw: its last views (B, 3, H, W), their mean opacity, the mean size of the guidance's gradient."""

    opacity: float
    gradient_size: float
    images: Tensor
    restarted: str | None = None
    """Why the field began again in this step ("The shape vanished"), or None."""


@dataclass
class PartOfStep:
    """What some of a step's views add to it: how they look, the size of the guidance's gradient and the gradients of
    all parameters, both as shares of the step's means, and the seconds of each stage."""

    images: Tensor
    opacity: float
    gradient_size: float
    gradients: tuple[Tensor | None, ...]
    seconds: dict[str, float]


class Optimisation:
    """A field on its way to a prompt.

    Everything random comes from one generator on the CPU, so that a checkpoint can be continued bit for bit there.
    Where several processes are at work, each draws the same from it, and has a share of a step's views.

    Args:
        prompt, prior, settings, seed, device: what to make, by whose advice, how, from which random numbers, and where.
        start: what the field is like before its first step, whenever it begins; None: a ball.
        team: the processes that are at work on it.

    Raises:
        SettingsError: the prior looks at groups of views that the settings do not draw, or do not tell the cameras of;
            there are more processes than groups.
    """

    def __init__(
        self, prompt: str, prior: Prior, settings: EngineSettings, seed: int, device: torch.device,
        start: Solid | None = None, team: Team = ALONE,
    ):
        check_group(settings, prior.group)
        self.settings, self.device, self.start, self.group, self.team = settings, device, start, prior.group, team
        self.guidance = Distillation(prior, prompt, settings.guidance)
        self.generator = torch.Generator().manual_seed(seed)
        self.stopwatch = Stopwatch()
        self.step = self.first_step = self.restarts = 0
        self.painting_since: int | None = None
        # A graphics card looks at all views at once, a processor at one view, or one group, in each of its threads.
        processor = device.type == "cpu"
        self.shares = shares(settings.views, settings.cameras.group, team.size)
        at_once = settings.views_at_once or (1 if processor else settings.views)
        self.views_at_once = whole_groups(min(at_once, max(map(len, self.shares))), self.group)
        self.workers = Workers(min(len(self.shares[team.rank]) // self.group, cores()) if processor else 1)
        if processor:  # one thread a view, so that what comes out is the same on all machines; a prior may use the rest
            torch.set_num_threads(cores() // self.workers.count if prior.uses_torch_threads else 1)
        self.scene: Scene = self._fresh_volume(seed)

    def _fresh_volume(self, seed: int) -> Volume:
        return Volume(self.settings, seed, self.device)

    @property
    def last_step(self) -> int:
        """The step at which the run is done: later than the settings say if the field had to begin again."""
        return self.first_step + self.settings.steps

    @property
    def first_painting_step(self) -> int:
        """The step from which on the shape is finished."""
        return self.last_step - round(self.settings.painting.share * self.settings.steps)

    @property
    def finishes_shape(self) -> bool:
        """Whether the present step is the first to paint."""
        return self.painting_since is None and self.first_painting_step <= self.step < self.last_step

    @property
    def stage(self) -> tuple[int, int]:
        """How many steps the present stage has behind it, and how many it has in all."""
        if self.painting_since is None:
            return self.step - self.first_step, self.first_painting_step - self.first_step
        return self.step - self.painting_since, self.last_step - self.painting_since

    @property
    def progress(self) -> float:
        """Share of the present stage that is done, in [0, 1]."""
        done, steps = self.stage
        return done / max(steps, 1)

    @property
    def views_in_memory(self) -> int:
        """How many of a step's views this process looks at side by side at the most: those of all threads."""
        return min(len(self.shares[self.team.rank]), self.views_at_once * self.workers.candidates[0])

    def restart(self, ailment: str) -> str:
        """Begin the stage again with its whole schedule before it: with a fresh field, or with the finished shape as it
        was before it was painted; says why."""
        self.restarts += 1
        if self.painting_since is not None:
            self.first_step += self.step - self.painting_since
            self._paint(self.scene.volume)
            return f"The colours {ailment} at step {self.step}"
        self.scene = self._fresh_volume(self._draw_seed())
        self.scene.look_after(self.generator)  # else all of the cube would be sampled until its next turn
        self.first_step = self.step
        return f"The shape {ailment} at step {self.step}"

    def take_step(self) -> StepReport:
        """One step of the paper's loop, from a fresh field if the present one has died.

        Raises:
            DivergenceError: the gradient or the field is not finite, and a fresh field did not help.
        """
        restarted = self._keep_alive()
        self._enter_stage()
        seen, gradient_size = self._gradients()
        if math.isfinite(gradient_size):
            with self.stopwatch.measure("optimiser"):
                self.scene.step(*self.stage)
        if not math.isfinite(gradient_size) or self.team.any(not self.scene.adam.is_finite()):
            if self.restarts == RESTARTS:
                raise DivergenceError(
                    "The optimisation keeps diverging: start anew with another seed or a lower guidance scale."
                )
            return StepReport(0.0, 0.0, seen.images, self.restart("diverged"))
        self.step += 1
        self.scene.field.anneal(self.progress)
        return StepReport(seen.opacity, gradient_size, seen.images, restarted)

    def _draw_seed(self) -> int:
        return int(torch.randint(2**31 - 1, (), generator=self.generator))

    def _painted(self, volume: Volume, seed: int) -> PaintedSurface:
        return PaintedSurface(volume, seed, self.workers.pool.map if self.workers.count > 1 else map)

    def _enter_stage(self) -> None:
        """Make what the present step is the first to need: the shape to start from, or the surface to paint."""
        if self.start is not None and self.painting_since is None and self.step == self.first_step:
            with self.stopwatch.measure("start"):
                become(self.scene, self.start, self.settings, self.generator)
            self.team.unite(self.scene.parameters)
        if self.finishes_shape:
            self._paint(self.scene)

    def _paint(self, volume: Volume) -> None:
        """From this step on, only colours are learned."""
        with self.stopwatch.measure("tracing"):
            self.scene = self._painted(volume, self._draw_seed())
        self.painting_since = self.step

    def _gradients(self) -> tuple[PartOfStep, float]:
        """Render a step's views and ask the prior; leaves the gradients on the parameters. Where the memory of any
        process does not suffice, all look at smaller parts from then on.

        Views are independent until their gradients are added up, which is done in their order, and each part of them
        has random numbers of its own: the sum is the same, bit for bit, whatever the number of workers, and but for
        rounding whatever the number of processes.

        Returns:
            this process's last part, and the size of the guidance's gradient, a mean over all views; if that is not
            finite, there is no gradient to step by.
        """
        while True:
            found = self._look(*self._draw())
            if not self.team.any(found is None):
                return self._add_up(found)
            self.views_at_once = whole_groups((self.views_at_once + 1) // 2, self.group)

    def _keep_alive(self) -> str | None:
        """Look after the scene now and then; begin again if it is not healthy, and say why."""
        if self.step % self.settings.occupancy.every and not self.finishes_shape:
            return None
        self.team.unite(self.scene.parameters)  # cards of different kinds round differently
        with self.stopwatch.measure("occupancy"):
            ailment = self.team.word(self.scene.look_after(self.generator) or "")
        return self.restart(ailment) if ailment and self.restarts < RESTARTS else None

    def _draw(self) -> tuple[Shots, list[tuple[slice, int]]]:
        """What a step looks at, and this process's parts of that: each some of the views, and a seed of its own."""
        shots = self.scene.choose(self.settings.views, self.progress, self.generator)
        everyones = parts(self.shares, self.views_at_once)
        seeds = torch.randint(2**62, (len(everyones),), generator=self.generator).tolist()
        return shots, [(which, seed) for (rank, which), seed in zip(everyones, seeds) if rank == self.team.rank]

    def _look(self, shots: Shots, own: list[tuple[slice, int]]) -> list[PartOfStep] | None:
        """What own parts add to the step; None where memory does not suffice even for one part after the other."""
        def look(part: tuple[slice, int]) -> PartOfStep:
            """One part's, from random numbers of its own."""
            which, seed = part
            return self._part(shots[which], torch.Generator().manual_seed(seed))

        began = time.perf_counter()
        try:
            found = self.workers.map(look, own)
        except (RuntimeError, MemoryError) as error:
            if self.views_at_once == self.group or not is_out_of_memory(error):
                raise
            return None
        self.stopwatch.share_out(time.perf_counter() - began, [part.seconds for part in found])
        return found

    def _add_up(self, own: list[PartOfStep]) -> tuple[PartOfStep, float]:
        """Leave the sum of all parts' gradients, those of other processes too, on the parameters."""
        for index, parameter in enumerate(self.scene.parameters):
            found = [part.gradients[index] for part in own if part.gradients[index] is not None]
            parameter.grad = sum(found[1:], found[0]) if found else None
        size = sum(part.gradient_size for part in own)
        return own[-1], self.team.add_up(self.scene.parameters, size)

    def _part(self, shots: Shots, generator: torch.Generator) -> PartOfStep:
        """A part's share of a step's gradients; runs in a thread of its own and changes nothing."""
        watch, share, scene = Stopwatch(), len(shots.views.shadings) / self.settings.views, self.scene
        with watch.measure("render"):
            picture = scene.render(shots, self.progress, generator)
        with watch.measure("prior"):
            colours_only = scene.colours_only(shots.views)
            gradient = self.guidance.gradient(picture.images, shots.views, self.progress, generator, colours_only)
            size = gradient.abs().sum().item() / self.settings.views
        with watch.measure("backward"):
            loss = scene.loss(picture, shots.views, gradient, self.progress) * share
            gradients = torch.autograd.grad(loss, scene.parameters, allow_unused=True)
        return PartOfStep(picture.images.detach(), picture.opacity.mean().item(), size, gradients, watch.seconds)

    @torch.no_grad()
    def preview(self) -> Tensor:
        """The object as an artist would look at it, (1, 3, PREVIEW, PREVIEW) sRGB-encoded in [0, 1]: from the front, in
        its own colours, in the light of a lamp above the camera. A step's own views may be position maps."""
        camera = ring_cameras(1).to(self.device)
        lamp = Lights(camera.position + torch.tensor([-1.0, 0.0, 1.0], device=self.device), camera.azimuth + 0.4)
        backdrop = torch.full((1, 3, PREVIEW, PREVIEW), BACKDROP, device=self.device)
        rendering = render(
            self.scene.field, self.scene.occupancy, camera, lamp, [Shading.DIFFUSE], backdrop, self.settings.render
        )
        return rendering.images

    def tensors(self) -> dict[str, Tensor]:
        """All that a checkpoint must hold beside `step`."""
        restarts = torch.tensor([self.first_step, self.restarts])
        painting = [] if self.painting_since is None else [self.painting_since, self.scene.seed]
        numbers = {"restarts": restarts, "painting": torch.tensor(painting, dtype=torch.int64)}
        return self.scene.tensors() | numbers | {"generator": self.generator.get_state()}

    def restore(self, tensors: dict[str, Tensor], step: int) -> None:
        """Go on from what `tensors` returned at `step`.

        Raises:
            CheckpointError: they are not of a run with these settings.
        """
        try:
            volume = self._fresh_volume(0)
            volume.restore(tensors)
            self.generator.set_state(tensors["generator"])
            self.first_step, self.restarts = whole(tensors["restarts"], (0, step), (0, RESTARTS))
            painting = whole(tensors["painting"], (self.first_step, step), (0, 2**31))
            # A run that was given more steps may have its shape to work on again.
            self.scene, self.painting_since = volume, None
            if painting and step >= self.first_painting_step:
                self.painting_since, seed = painting
                self.scene = self._painted(volume, seed)
                self.scene.restore(tensors)
        except (KeyError, ValueError, TypeError, IndexError, RuntimeError) as error:
            raise CheckpointError(MISFIT) from error
        self.step = step
        self.scene.field.anneal(self.progress)
