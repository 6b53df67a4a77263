"""The loop of DreamFusion: sample a camera and a light, render, ask the prior, step."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field as dataclass_field

import torch
from torch import Tensor

from engine.cameras import camera_rays, sample_cameras
from engine.checkpoint import CheckpointError, module_tensors, optimiser_tensors, restore_module, restore_optimiser
from engine.fields import build_field
from engine.fields.background import build_background
from engine.guidance.distil import Distillation
from engine.guidance.prior import Prior, Views
from engine.guidance.sds import attach
from engine.health import RESTARTS, diagnose
from engine.lights import Shading, sample_lights
from engine.meshing.query import FieldError
from engine.regularizers import haze_loss, nearness_loss, opacity_loss, orientation_loss
from engine.rendering.occupancy import OccupancyGrid
from engine.rendering.renderer import Rendering, render
from engine.schedules import ramp
from engine.settings import EngineSettings


@dataclass
class StepReport:
    """What a step saw: the mean opacity of its views, the guidance's mean gradient size, and its rendering."""

    opacity: float
    guidance: float
    rendering: Rendering
    restarted: str | None = None
    """Why the field began again in this step ("The shape vanished"), or None."""


@dataclass
class Stopwatch:
    """Seconds spent, by name."""

    seconds: dict[str, float] = dataclass_field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Add the time of a block to `name`."""
        began = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - began


class Optimisation:
    """A field on its way to a prompt.

    Everything random comes from one generator on the CPU, so that a checkpoint can be continued bit for bit there.
    """

    def __init__(self, prompt: str, prior: Prior, settings: EngineSettings, seed: int, device: torch.device):
        self.settings, self.device = settings, device
        self.guidance = Distillation(prior, prompt, settings.guidance)
        self.generator = torch.Generator().manual_seed(seed)
        self.stopwatch = Stopwatch()
        self.step = self.first_step = self.restarts = 0
        self._make_field(seed)

    def _make_field(self, seed: int) -> None:
        """A fresh field with all that learns and knows of it."""
        settings, device = self.settings, self.device
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.field = build_field(settings.field).to(device)
            self.background = build_background(settings.background).to(device)
        self.occupancy = OccupancyGrid(settings.occupancy).to(device)
        rates = settings.optimiser
        groups = self.field.parameter_groups(rates) + self.background.parameter_groups(rates)
        self.adam = torch.optim.Adam([group | {"rate": group["lr"]} for group in groups], betas=(0.9, 0.99), eps=1e-15)

    @property
    def last_step(self) -> int:
        """The step at which the run is done: later than the settings say if the field had to begin again."""
        return self.first_step + self.settings.steps

    @property
    def progress(self) -> float:
        """Share of the run that is done, in [0, 1], since the field last began."""
        return (self.step - self.first_step) / self.settings.steps

    def restart(self, ailment: str) -> str:
        """Begin again with a fresh field and the whole schedule before it; says why."""
        self._make_field(int(torch.randint(2**31 - 1, (), generator=self.generator)))
        self.first_step = self.step
        self.restarts += 1
        return f"The shape {ailment} at step {self.step}"

    def take_step(self) -> StepReport:
        """One step of the paper's loop, from a fresh field if the present one has died.

        Raises:
            FieldError: the gradient is not finite, and a fresh field did not help.
        """
        measure, restarted = self.stopwatch.measure, None
        if self.step % self.settings.occupancy.every == 0:
            with measure("occupancy"):
                self.occupancy.update(self.field.density, self.generator)
                ailment = diagnose(self.occupancy)
            if ailment and self.restarts < RESTARTS:
                restarted = self.restart(ailment)
        with measure("render"):
            views, rendering = self.render_random_views()
        with measure("prior"):
            gradient = self.guidance.gradient(rendering.images, views, self.progress, self.generator)
        if not gradient.isfinite().all():
            if self.restarts == RESTARTS:
                raise FieldError(
                    "The optimisation keeps diverging: start anew with another seed or a lower guidance scale."
                )
            return StepReport(0.0, 0.0, rendering, self.restart("diverged"))
        with measure("backward"):
            loss = attach(rendering.images, gradient) + self.regularization(rendering)
            self.adam.zero_grad(set_to_none=True)
            loss.backward()
        with measure("optimiser"):
            for group in self.adam.param_groups:
                group["lr"] = group["rate"] * self.rate_share()
            self.adam.step()
        self.step += 1
        self.field.anneal(self.progress)
        opacity = rendering.opacity.detach().mean().item()
        return StepReport(opacity, gradient.abs().sum().item() / len(gradient), rendering, restarted)

    def render_random_views(self) -> tuple[Views, Rendering]:
        """Sample cameras, lights, ways of shading and backgrounds, and render the field under them."""
        settings, generator = self.settings, self.generator
        cameras = sample_cameras(settings.views, settings.cameras, generator)
        lights = sample_lights(cameras.position, settings.lights, generator).to(self.device)
        views = Views(cameras, self.sample_shadings())
        cameras = cameras.to(self.device)
        size = [pixels for start, pixels in settings.resolutions if start <= self.progress][-1]
        backgrounds = self.background(camera_rays(cameras, size, size)[1], generator)
        rendering = render(
            self.field, self.occupancy, cameras, lights, views.shadings, backgrounds, settings.render, generator
        )
        return views, rendering

    def sample_shadings(self) -> list[Shading]:
        """Albedo alone at first, then the mix of A.2."""
        shares = self.settings.shading
        if self.progress < shares.albedo_until:
            return [Shading.ALBEDO] * self.settings.views
        ways = [Shading.ALBEDO, Shading.TEXTURELESS, Shading.DIFFUSE]
        weights = torch.tensor([shares.albedo, shares.textureless, 1 - shares.albedo - shares.textureless])
        drawn = torch.multinomial(weights, self.settings.views, replacement=True, generator=self.generator)
        return [ways[index] for index in drawn.tolist()]

    def regularization(self, rendering: Rendering) -> Tensor:
        """The weighted losses that need no prior."""
        weights = self.settings.losses
        return (
            ramp(weights.orientation, self.progress, weights.orientation_until) * orientation_loss(rendering)
            + weights.opacity * opacity_loss(rendering)
            + ramp(weights.haze, self.progress) * haze_loss(rendering)
            + weights.nearness * nearness_loss(rendering, weights.near)
        )

    def rate_share(self) -> float:
        """Share of the learning rates at this step: a linear warm-up, then cosine decay."""
        settings = self.settings.optimiser
        step, warm_up = self.step - self.first_step, settings.warm_up * self.settings.steps
        if step < warm_up:
            return min(1.0, (step + 1) / warm_up)
        done = (step - warm_up) / (self.settings.steps - warm_up)
        return settings.final + (1 - settings.final) * 0.5 * (1 + math.cos(math.pi * done))

    def tensors(self) -> dict[str, Tensor]:
        """All that a checkpoint must hold beside `step`."""
        named = module_tensors(self.field, "field") | module_tensors(self.background, "background")
        named |= module_tensors(self.occupancy, "occupancy")
        named["restarts"] = torch.tensor([self.first_step, self.restarts])
        return named | optimiser_tensors(self.adam, "adam") | {"generator": self.generator.get_state()}

    def restore(self, tensors: dict[str, Tensor], step: int) -> None:
        """Go on from what `tensors` returned at `step`.

        Raises:
            CheckpointError: they are not of a run with these settings.
        """
        try:
            restore_module(self.field, tensors, "field")
            restore_module(self.background, tensors, "background")
            restore_module(self.occupancy, tensors, "occupancy")
            restore_optimiser(self.adam, tensors, "adam")
            self.generator.set_state(tensors["generator"])
            self.first_step, self.restarts = tensors["restarts"].tolist()
        except (KeyError, ValueError, RuntimeError) as error:
            raise CheckpointError("The checkpoint does not fit the run's settings: start the run anew.") from error
        self.step = step
        self.field.anneal(self.progress)
