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
from engine.errors import is_out_of_memory
from engine.fields import build_field
from engine.fields.background import build_background
from engine.guidance.distil import Distillation
from engine.guidance.prior import Prior, Views
from engine.guidance.sds import attach
from engine.health import RESTARTS, diagnose
from engine.lights import Lights, Shading, sample_lights
from engine.meshing.query import FieldError
from engine.regularizers import haze_loss, nearness_loss, opacity_loss, orientation_loss, roughness_loss
from engine.rendering.occupancy import OccupancyGrid
from engine.rendering.renderer import Rendering, render
from engine.schedules import ramp
from engine.settings import EngineSettings


@dataclass
class StepReport:
    """What a step saw: the mean opacity of its last views, the guidance's mean gradient size, and their rendering."""

    opacity: float
    guidance: float
    rendering: Rendering
    restarted: str | None = None
    """Why the field began again in this step ("The shape vanished"), or None."""


@dataclass
class Stopwatch:
    """Seconds spent, by name; a GPU's are those of the stage that waits for it."""

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
        self.views_at_once = settings.views_at_once or settings.views
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

        Where memory does not suffice for all views at once, they are looked at in smaller parts from then on.

        Raises:
            FieldError: the gradient or the field is not finite, and a fresh field did not help.
        """
        restarted = self._keep_alive()
        while True:
            try:
                rendering, guidance = self._gradients()
                break
            except (RuntimeError, MemoryError) as error:
                if self.views_at_once == 1 or not is_out_of_memory(error):
                    raise
            self.views_at_once = (self.views_at_once + 1) // 2  # out here the error no longer holds on to memory
        if math.isfinite(guidance):
            with self.stopwatch.measure("optimiser"):
                for group in self.adam.param_groups:
                    group["lr"] = group["rate"] * self.rate_share()
                self.adam.step()
        if not math.isfinite(guidance) or not self._is_finite():
            if self.restarts == RESTARTS:
                raise FieldError(
                    "The optimisation keeps diverging: start anew with another seed or a lower guidance scale."
                )
            return StepReport(0.0, 0.0, rendering, self.restart("diverged"))
        self.step += 1
        self.field.anneal(self.progress)
        return StepReport(rendering.opacity.detach().mean().item(), guidance, rendering, restarted)

    def _is_finite(self) -> bool:
        """Whether all that is learned still is: another loss, or Adam's moments, may diverge where guidance does not."""
        sums = [parameter.detach().sum() for group in self.adam.param_groups for parameter in group["params"]]
        return math.isfinite(torch.stack(sums).sum().item())

    def _keep_alive(self) -> str | None:
        """Look after the occupancy grid now and then; begin again if it knows of no healthy field, and say why."""
        if self.step % self.settings.occupancy.every:
            return None
        with self.stopwatch.measure("occupancy"):
            self.occupancy.update(self.field.density, self.generator)
            ailment = diagnose(self.occupancy)
        return self.restart(ailment) if ailment and self.restarts < RESTARTS else None

    def _gradients(self) -> tuple[Rendering, float]:
        """Render a step's views and ask the prior; leaves the gradients on the parameters.

        Returns:
            the rendering of the last views, and the size of the guidance's gradient, a mean over views; if that is not
            finite, there is no gradient to step by.
        """
        measure, count, size = self.stopwatch.measure, self.settings.views, 0.0
        cameras = sample_cameras(count, self.settings.cameras, self.generator)
        lights = sample_lights(cameras.position, self.settings.lights, self.generator)
        shadings = self.sample_shadings()
        self.adam.zero_grad(set_to_none=True)
        for start in range(0, count, self.views_at_once):
            part = slice(start, start + self.views_at_once)
            views = Views(cameras[part], shadings[part])
            with measure("render"):
                rendering = self.render_views(views, lights[part])
            with measure("prior"):
                gradient = self.guidance.gradient(
                    rendering.images, views, self.progress, self.generator, self.paints(shadings)
                )
            size += gradient.abs().sum().item() / count
            if not math.isfinite(size):
                break
            with measure("backward"):
                loss = attach(rendering.images, gradient) + self.regularization(rendering)
                (loss * (len(gradient) / count)).backward()
        return rendering, size

    def render_views(self, views: Views, lights: Lights) -> Rendering:
        """Render the field under views and lights, at the resolution of this share of the run; where they paint, of its
        end: marks are small."""
        paints = self.paints(views.shadings)
        size = [pixels for start, pixels in self.settings.resolutions if paints or start <= self.progress][-1]
        cameras = views.cameras.to(self.device)
        backgrounds = self.background(camera_rays(cameras, size, size)[1], self.generator)
        return render(
            self.field, self.occupancy, cameras, lights.to(self.device), views.shadings, backgrounds,
            self.settings.render, self.generator, paint=paints,
        )

    def paints(self, shadings: list[Shading]) -> bool:
        """Whether views so shaded leave the shape to those that show positions."""
        return self.settings.shading.position > 0 and Shading.ALBEDO in shadings

    def sample_shadings(self) -> list[Shading]:
        """Of a step's views: positions in all or albedo in all; or albedo alone at first, then the mix of A.2."""
        shares = self.settings.shading
        if shares.position:
            shapes = torch.rand((), generator=self.generator).item() < shares.position
            return [Shading.POSITION if shapes else Shading.ALBEDO] * self.settings.views
        if self.progress < shares.albedo_until:
            return [Shading.ALBEDO] * self.settings.views
        ways = [Shading.ALBEDO, Shading.TEXTURELESS, Shading.DIFFUSE]
        diffuse = max(0.0, 1 - shares.albedo - shares.textureless)
        weights = torch.tensor([shares.albedo, shares.textureless, diffuse])
        drawn = torch.multinomial(weights, self.settings.views, replacement=True, generator=self.generator)
        return [ways[index] for index in drawn.tolist()]

    def regularization(self, rendering: Rendering) -> Tensor:
        """The weighted losses that need no prior."""
        weights = self.settings.losses
        return (
            ramp(weights.orientation, self.progress, weights.orientation_until) * orientation_loss(rendering)
            + weights.roughness * roughness_loss(rendering)
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
            sentence = "The checkpoint does not fit the run's settings: generate the object anew."
            raise CheckpointError(sentence) from error
        self.step = step
        self.field.anneal(self.progress)
