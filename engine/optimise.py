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

from engine.adam import Adam
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
from engine.workers import Workers, cores


@dataclass
class StepReport:
    """What a step saw: the mean opacity of its last views, the guidance's mean gradient size, and their rendering."""

    opacity: float
    guidance: float
    rendering: Rendering
    restarted: str | None = None
    """Why the field began again in this step ("The shape vanished"), or None."""


@dataclass
class PartOfStep:
    """What some of a step's views add to it: their rendering, the size of the guidance's gradient and the gradients of
    all parameters, both as shares of the step's means, and the seconds of each stage."""

    rendering: Rendering
    size: float
    gradients: tuple[Tensor | None, ...]
    seconds: dict[str, float]


@dataclass
class Stopwatch:
    """Seconds spent, by name; a GPU's are those of the stage that waits for it."""

    seconds: dict[str, float] = dataclass_field(default_factory=lambda: defaultdict(float))

    def share_out(self, seconds: float, parts: list[dict[str, float]]) -> None:
        """Add seconds that have passed while parts were worked on, side by side, to the names that these spent them on."""
        together = sum(sum(part.values()) for part in parts)
        for part in parts:
            for name, spent in part.items():
                self.seconds[name] += seconds * spent / together

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Add the time of a block to `name`."""
        began = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - began


def threads_at_once(settings: EngineSettings, device: torch.device) -> int:
    """How many threads can look at a step's views at once."""
    return min(settings.views, cores()) if device.type == "cpu" else 1


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
        # A graphics card looks at all views at once, a processor at one view in each of its threads.
        processor = device.type == "cpu"
        self.views_at_once = settings.views_at_once or (1 if processor else settings.views)
        self.workers = Workers(threads_at_once(settings, device))
        if processor:  # one thread a view, so that what comes out is the same on all machines; a prior may need the rest
            torch.set_num_threads(cores() // self.workers.count if prior.uses_torch_threads else 1)
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
        self.adam = Adam([group | {"rate": group["lr"]} for group in groups])
        self.parameters = self.adam.parameters

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

        Where memory does not suffice for all views at once, they are looked at one after the other, or in smaller parts,
        from then on.

        Raises:
            FieldError: the gradient or the field is not finite, and a fresh field did not help.
        """
        restarted = self._keep_alive()
        while True:
            try:
                rendering, guidance = self._gradients()
                break
            except (RuntimeError, MemoryError) as error:
                if (self.workers.count == self.views_at_once == 1) or not is_out_of_memory(error):
                    raise
            # Out here the error no longer holds on to memory.
            if self.workers.count > 1:
                self.workers.limit(1)
            else:
                self.views_at_once = (self.views_at_once + 1) // 2
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
        return math.isfinite(sum(parameter.detach().sum() for parameter in self.parameters).item())

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

        Views are independent until their gradients are added up, which is done in their order, and each part of them
        has random numbers of its own: the sum is the same, bit for bit, whatever the number of workers.

        Returns:
            the rendering of the last views, and the size of the guidance's gradient, a mean over views; if that is not
            finite, there is no gradient to step by.
        """
        count = self.settings.views
        cameras = sample_cameras(count, self.settings.cameras, self.generator)
        lights = sample_lights(cameras.position, self.settings.lights, self.generator)
        shadings = self.sample_shadings()
        starts = range(0, count, self.views_at_once)
        seeds = torch.randint(2**62, (len(starts),), generator=self.generator).tolist()

        def look(part: int) -> PartOfStep:
            which = slice(starts[part], starts[part] + self.views_at_once)
            generator = torch.Generator().manual_seed(seeds[part])
            return self._part(Views(cameras[which], shadings[which]), lights[which], generator)

        began = time.perf_counter()
        parts = self.workers.map(look, range(len(starts)))
        self.stopwatch.share_out(time.perf_counter() - began, [part.seconds for part in parts])
        for index, parameter in enumerate(self.parameters):
            found = [part.gradients[index] for part in parts if part.gradients[index] is not None]
            parameter.grad = sum(found[1:], found[0]) if found else None
        return parts[-1].rendering, sum(part.size for part in parts)

    def _part(self, views: Views, lights: Lights, generator: torch.Generator) -> PartOfStep:
        """A part's share of a step's gradients; runs in a thread of its own and changes nothing."""
        stopwatch, share = Stopwatch(), len(views.shadings) / self.settings.views
        with stopwatch.measure("render"):
            rendering = self.render_views(views, lights, generator)
        with stopwatch.measure("prior"):
            gradient = self.guidance.gradient(
                rendering.images, views, self.progress, generator, self.paints(views.shadings)
            )
            size = gradient.abs().sum().item() / self.settings.views
        with stopwatch.measure("backward"):
            loss = (attach(rendering.images, gradient) + self.regularization(rendering)) * share
            gradients = torch.autograd.grad(loss, self.parameters, allow_unused=True)
        return PartOfStep(rendering, size, gradients, stopwatch.seconds)

    def render_views(self, views: Views, lights: Lights, generator: torch.Generator) -> Rendering:
        """Render the field under views and lights, at the resolution of this share of the run; where they paint, of its
        end: marks are small."""
        paints = self.paints(views.shadings)
        size = [pixels for start, pixels in self.settings.resolutions if paints or start <= self.progress][-1]
        cameras = views.cameras.to(self.device)
        backgrounds = self.background(camera_rays(cameras, size, size)[1], generator)
        return render(
            self.field, self.occupancy, cameras, lights.to(self.device), views.shadings, backgrounds,
            self.settings.render, generator, paint=paints,
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
        except (KeyError, ValueError, TypeError, IndexError, RuntimeError) as error:
            sentence = "The checkpoint does not fit the run's settings: generate the object anew."
            raise CheckpointError(sentence) from error
        self.step = step
        self.field.anneal(self.progress)
