"""Whether a run fits into its device's memory, told before its first step and not by a crash after it; and which method
does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from engine.device import room_of
from engine.guidance.memory import peak_bytes, size_of
from engine.guidance.prior import Prior
from engine.guidance.settings import GuidanceSettings
from engine.run.exits import DEVICE_UNUSABLE, EngineError
from engine.run.priors import METHODS, PRIORS
from engine.run.settings import RunSettings
from engine.scenes.volume import Volume
from engine.settings import EngineSettings, engine_settings, open_methods, with_method
from engine.shading import Shading, is_ever_lit
from engine.workers import whole_groups

SPARE = 1.15
"""Times what was added up that has to be free: allocators and libraries want some for themselves."""
TRIALS = (96, 144)
"""Pixels a side of the views by which larger ones' memory is known: it rises in proportion to the pixels, once there
are more samples than are looked at in one go (`render.chunk`)."""
LAST = 0.999
"""Share of the run at which they are: the largest views are the last ones."""
GIGABYTE = 1e9


@dataclass(frozen=True)
class Needs:
    """Bytes of the device's memory that a step takes."""

    prior: int
    """For the prior's networks, their predictions and the way into its space and back."""
    scene: int
    """For the field, its optimiser and the views that are rendered at once."""

    @property
    def total(self) -> int:
        """Of both, and what is lost on the way."""
        return round(SPARE * (self.prior + self.scene))


def columns(guidance: GuidanceSettings) -> int:
    """How many predictions a view takes: of the prompt, of nothing, and of whatever else it is held against."""
    if guidance.method == "csd":
        return 3
    return 4 if guidance.perp_neg else 2  # SDS-Bridge begins with the same


def scene_needs(settings: EngineSettings, views: int, device: torch.device) -> int:
    """Bytes for the field with its gradients and Adam's two averages, and for the largest views, so many at once.

    Views are tried out small and counted, on a field in which nothing is known to be empty yet, as in a first step.
    """
    largest = max(pixels for _, pixels in settings.resolutions)
    trials = TRIALS if largest > TRIALS[1] else (max(largest // 2, 1), max(largest, 2))
    (small, low), (large, high) = ((pixels**2, _trial(settings, pixels, device)) for pixels in trials)
    slope = (high - low) / (large - small)
    return round(4 * size_of(Volume(settings, 0, device).field) + low + slope * (views * largest**2 - small))


def _trial(settings: EngineSettings, pixels: int, device: torch.device) -> int:
    """Bytes that a view of so many pixels takes with its gradients."""
    volume, generator = Volume(replace(settings, resolutions=((0.0, pixels),)), 0, device), torch.Generator()
    shots = volume.choose(settings.cameras.group, LAST, generator)[:1]
    shots.views.shadings = [Shading.DIFFUSE if is_ever_lit(settings.shading) else Shading.ALBEDO]

    def look() -> None:
        """As a step does."""
        picture = volume.render(shots, LAST, generator)
        loss = volume.loss(picture, shots.views, torch.ones_like(picture.images), LAST)
        torch.autograd.grad(loss, volume.parameters, allow_unused=True)

    return peak_bytes(look)


def choose_method(run: RunSettings, prior: Prior, device: torch.device) -> tuple[str, str]:
    """The method of a run that leaves it open (`open_methods`): of those with published figures the best whose steps
    fit into the device's memory as they are, since economising costs time that nobody has asked for. If none does, and
    on a processor, it is the last, which takes least.

    Returns:
        its name, and one sentence on why it is this one.
    """
    *better, last = open_methods(run)
    room, said = room_of(device), METHODS[last][0]
    if not better:
        return last, f"Method {said}: how the others do with {PRIORS[run.prior].title} is not published."
    best = METHODS[better[0]][0]
    if room is None:
        return last, (
            f"Method {said}, which takes least: {best} has better published figures, but wants a graphics card."
        )
    needed = {}
    for method in better:
        needed[method] = _needs(engine_settings(with_method(run, method)), prior, device).total
        if needed[method] <= room:
            break
    else:
        method = last
    size, free = needed[better[0]] / GIGABYTE, room / GIGABYTE
    if method == better[0]:
        return method, (
            f"Method {best}, with the best published figures: it takes about {size:.1f} GB, and {free:.1f} GB of the"
            " device's memory are free."
        )
    return method, (
        f"Method {METHODS[method][0]}: {best} has better published figures, but takes about {size:.1f} GB, and"
        f" {free:.1f} GB of the device's memory are free."
    )


def _needs(settings: EngineSettings, prior: Prior, device: torch.device) -> Needs:
    """What steps of a graphics card take with these settings."""
    views = whole_groups(settings.views_at_once or settings.views, prior.group)
    networks = prior.needs(columns(settings.guidance) * views, views)
    return Needs(networks, scene_needs(settings, views, device))


def make_room(
    prior: Prior, settings: EngineSettings, views: int, device: torch.device, tell: Callable[[str], None]
) -> Needs | None:
    """See that steps of so many views at once fit into the device's memory, and economise as long as they do not.

    Args:
        tell: called with a sentence on how much it is, and on what is done to need less.

    Returns:
        what steps take; None where it does not matter: on a processor, or for a small prior.

    Raises:
        EngineError: they do not fit, whatever is done.
    """
    room, rows = room_of(device), columns(settings.guidance) * views
    networks = 0 if room is None else prior.needs(rows, views)
    if not networks:
        return None
    scene = scene_needs(settings, views, device)
    while True:
        needs = Needs(networks, scene)
        if needs.total <= room:
            total, free = needs.total / GIGABYTE, room / GIGABYTE
            tell(f"A step takes about {total:.1f} GB of {free:.1f} GB of the device's memory.")
            return needs
        measure = prior.economise()
        if not measure:
            raise EngineError(
                f"This needs about {needs.total / GIGABYTE:.1f} GB of the device's memory, and {room / GIGABYTE:.1f} GB"
                " are free: close other programs that use it, or choose the method SDS, the draft preset or a smaller"
                " prior.",
                DEVICE_UNUSABLE,
            )
        tell(f"To fit into the device's memory, {measure}.")
        networks = prior.needs(rows, views)
