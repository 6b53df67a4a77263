"""The engine's settings and the presets: the one place for defaults."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from dataclasses import field as dataclass_field
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from engine.cameras import CameraSettings
from engine.fields import FieldSettings
from engine.fields.background import BackgroundSettings
from engine.guidance.settings import GuidanceSettings, at_most, check_guidance
from engine.lights import LightSettings
from engine.limits import AT_LEAST_ONE, Count, Seconds, Share, SomeDensity, within
from engine.optimiser import OptimiserSettings
from engine.regularizers import LossSettings
from engine.rendering.occupancy import OccupancySettings
from engine.rendering.renderer import RenderSettings
from engine.run.prior_presets import ALL_NOISE, EQUATION_3
from engine.run.priors import METHOD, PRIORS
from engine.run.settings import LADDER, MAX_SEED, RunSettings, SettingsError
from engine.shading import ShadingSettings


@dataclass
class PaintingSettings:
    """The end of a run, in which the shape is finished and only its colours are learned. What other settings call a
    share of the run is then a share of its stage."""

    share: Share = 0.0
    """Share of the run; 0: there is no such stage, and shape and colours are learned together to the end."""
    views: Count = 60
    """Views that are traced, once, for its steps to look at."""
    resolution: Count = 64
    """Pixels a side of these views."""
    rate: Annotated[float, within(0, 10)] = 0.2
    """Learning rates, as a share of what the optimiser's settings say."""


@dataclass
class EngineSettings:
    """Everything that decides an optimisation beside prompt, prior and seed."""

    steps: Annotated[int, within(1, MAX_SEED)] = 900
    """Optimisation steps."""
    views: Count = 2
    """Views per step."""
    views_at_once: Annotated[int, within(0, 4_096)] = 0
    """How many of them are rendered together, their gradients added up; 0: all, or as many as memory suffices for.
    Views that the prior looks at together (`cameras.group`) are never apart."""
    resolutions: Annotated[tuple[tuple[Share, Count], ...], AT_LEAST_ONE] = ((0.0, 32), (0.7, 64))
    """From which share of its stage on views are rendered at how many pixels a side."""
    mesh_resolution: Annotated[int, within(8, 1_024)] = 128
    """Grid vertices a side for the final mesh; live meshes use half."""
    mesh_threshold: SomeDensity = 12.0
    """Density, per scene unit, at the surface."""
    checkpoint_every: Seconds = 30.0
    """Seconds between checkpoints."""
    cameras: CameraSettings = dataclass_field(default_factory=CameraSettings)
    lights: LightSettings = dataclass_field(default_factory=LightSettings)
    shading: ShadingSettings = dataclass_field(default_factory=ShadingSettings)
    field: FieldSettings = dataclass_field(default_factory=FieldSettings)
    background: BackgroundSettings = dataclass_field(default_factory=BackgroundSettings)
    render: RenderSettings = dataclass_field(default_factory=RenderSettings)
    occupancy: OccupancySettings = dataclass_field(default_factory=OccupancySettings)
    guidance: GuidanceSettings = dataclass_field(default_factory=GuidanceSettings)
    losses: LossSettings = dataclass_field(default_factory=LossSettings)
    optimiser: OptimiserSettings = dataclass_field(default_factory=OptimiserSettings)
    painting: PaintingSettings = dataclass_field(default_factory=PaintingSettings)


PAPER_RADIUS = 1.4
"""Of the paper's scene; ours is 1, so that its lengths are divided by this. The MLP field scales its own."""
PAPER: dict[str, Any] = {
    # Section 3.2: the loop
    "steps": 15_000,
    "views": 4,
    "resolutions": ((0.0, 64),),
    # 3.2 and A.2: cameras; many are inside of the scene's sphere
    "cameras.elevation": (-10.0, 90.0),
    "cameras.distance": (1.0 / PAPER_RADIUS, 1.5 / PAPER_RADIUS),
    "cameras.focal": (0.7, 1.35),
    "cameras.position_jitter": 0.1 / PAPER_RADIUS,
    "cameras.target_jitter": 0.2 / PAPER_RADIUS,
    "cameras.up_jitter": 0.02,
    # A.2: lights and shading
    "lights.spread": 1.0 / PAPER_RADIUS,
    "lights.distance": (0.8 / PAPER_RADIUS, 1.5 / PAPER_RADIUS),
    "lights.ambient": (0.1, 0.1),
    "shading.albedo_until": 1_000 / 15_000,
    "shading.albedo": 0.25,
    "shading.textureless": 0.375,
    # 3.1 and A.2: field, background and normals, in the field's own units
    "field.kind": "mlp",
    "field.mlp.radius": PAPER_RADIUS,
    "field.mlp.levels": 8,
    "field.mlp.scale": (0.05, 0.002),
    "field.mlp.scale_until": 5_000 / 15_000,
    "field.mlp.blocks": 5,
    "field.mlp.width": 128,
    "field.mlp.blob_density": 5.0,
    "field.mlp.blob_spread": 0.2,
    "background.kind": "learned",
    "render.normals": "samples",
    "render.chunk": 32_768,
    "occupancy.threshold": 0.0,
    # 2 and 3.2: guidance
    "guidance.scale": 101.0,
    **EQUATION_3,
    **ALL_NOISE,
    # A.2: losses
    "losses.orientation": (1e-4, 1e-2),
    "losses.orientation_until": 5_000 / 15_000,
    "losses.roughness": 0.0,
    "losses.opacity": 1e-3,
    "losses.haze": (0.0, 0.0),
    "losses.nearness": 0.1,
    "losses.near": 0.25,
    # A.2: the learning rate's shape, 1e-9 to 1e-4 to 1e-6 for Shampoo; Adam stands in for it
    "optimiser.mlp_rate": 1e-3,
    "optimiser.warm_up": 3_000 / 15_000,
    "optimiser.final": 0.01,
}
"""The hyper-parameters of DreamFusion (arXiv 2209.14988). docs/decisions.md says where and why they differ."""
PRESETS: dict[str, dict[str, Any]] = {
    "draft": {"steps": 400, "resolutions": ((0.0, 32),), "mesh_resolution": 96},
    "standard": {},
    "fine": {"views": 4, "mesh_resolution": 192},
    "paper": PAPER,
}
"""What each preset changes, by dotted name."""
STARTED = 0.5
"""Highest t, as a share of the prior's schedule, where a run starts from a shape: at more noise there is little left of
it to be seen, so that image-to-image begins here, too (SDEdit, arXiv 2108.01073). Texture steps are asked as ever."""


def engine_settings(run: RunSettings) -> EngineSettings:
    """The engine's settings for a run: defaults, then its preset, its prior's changes to that, those of a start, and
    its overrides.

    Raises:
        SettingsError: an override names no setting, its value has the wrong type or is out of range, or two settings
            exclude each other.
    """
    settings = EngineSettings()
    for name, value in (PRESETS[run.preset] | _changes_of_prior(run)).items():
        _set(settings, name, value)
    if run.start:
        settings.guidance = at_most(settings.guidance, STARTED)
    for name, value in run.overrides.items():
        _set(settings, name, value)
    if run.steps is not None:
        settings.steps = run.steps
    _check_together(settings, run.prior)
    return settings


def open_methods(run: RunSettings) -> list[str]:
    """The methods that a run leaves to the engine, the best published first and the one that takes least last; none
    where it names one, or where there is no choice."""
    prior = PRIORS[run.prior]
    is_open = METHOD not in run.overrides and run.preset in LADDER and len(prior.methods) > 1
    return list(prior.cards) if is_open else []


def with_method(run: RunSettings, method: str) -> RunSettings:
    """The same run with a method named."""
    return replace(run, overrides=run.overrides | {METHOD: method})


def _changes_of_prior(run: RunSettings) -> dict[str, Any]:
    """What the prior changes in the preset, for the method that is named, or else the one that takes least; in the
    paper's nothing."""
    if run.preset not in LADDER:
        return {}
    prior = PRIORS[run.prior]
    method = run.overrides.get(METHOD)
    known = isinstance(method, str) and method in prior.methods
    return prior.methods[method if known else next(iter(prior.methods))] | prior.presets.get(run.preset, {})


def _check_together(settings: EngineSettings, prior: str) -> None:
    """Raise SettingsError if some do not fit each other."""
    if settings.shading.position and not PRIORS[prior].knows_maps:
        raise SettingsError(f"{PRIORS[prior].title} knows no position maps: set 'shading.position' to 0.")
    if settings.render.normals == "samples" and settings.field.kind == "grid":
        raise SettingsError(
            "Normals of samples need second derivatives, which feature grids lack: choose the field 'mlp' (field.kind) "
            "or the normals 'surface' (render.normals)."
        )
    shares = [share for share, _ in settings.resolutions]
    if shares[0] > 0 or shares != sorted(shares):
        raise SettingsError("The setting 'resolutions' must begin at share 0, and its shares must rise.")
    if settings.shading.albedo + settings.shading.textureless > 1:
        raise SettingsError("The settings 'shading.albedo' and 'shading.textureless' must be 1 or less together.")
    source = PRIORS[prior].source
    if settings.guidance.lora and not (source and source.takes_lora):
        raise SettingsError(f"{PRIORS[prior].title} takes no LoRA: choose Stable Diffusion, or no 'guidance.lora'.")
    counts = {"views": settings.views, "painting.views": settings.painting.views if settings.painting.share else 0}
    for name, count in counts.items():
        if count % settings.cameras.group:
            raise SettingsError(
                f"The setting {name!r} must be a multiple of 'cameras.group' ({settings.cameras.group}), not {count}."
            )
    check_guidance(settings.guidance)


def check_group(settings: EngineSettings, group: int) -> None:
    """Raise SettingsError unless views are such as a prior needs that looks at so many of them together."""
    if group > 1 and settings.cameras.group != group:
        raise SettingsError(f"The prior looks at {group} views of an object together: set 'cameras.group' to {group}.")
    if group > 1 and not settings.guidance.tell_camera:
        raise SettingsError("The prior cannot do without the views' cameras: set 'guidance.tell_camera' to true.")


def _set(settings: EngineSettings, name: str, value: Any) -> None:
    """Set a setting by its dotted name."""
    *path, last = name.split(".")
    owner: Any = settings
    for part in path:
        owner = getattr(owner, part) if part in _names(owner) else None
    names = _names(owner)
    if last not in names or is_dataclass(getattr(owner, last)):
        raise SettingsError(f"The setting {name!r} does not exist: those beside it are {', '.join(names) or 'none'}.")
    kind = get_type_hints(type(owner), include_extras=True)[last]
    try:
        setattr(owner, last, TypeAdapter(kind).validate_python(_as_typed(value), strict=True))
    except ValidationError as error:
        problem = error.errors()[0]
        if problem["type"] == "value_error":  # a number that is out of its limits
            raise SettingsError(f"The setting {name!r} {problem['ctx']['error']}.") from None
        choices = get_args(kind) if get_origin(kind) is Literal else ()
        wanted = f"choose one of {', '.join(choices)}" if choices else f"it is {getattr(owner, last)!r} by default"
        raise SettingsError(f"The setting {name!r} cannot be {value!r}: {wanted}.") from None


def _names(owner: Any) -> list[str]:
    """Of the settings in a group of some."""
    return [f.name for f in fields(owner)] if is_dataclass(owner) else []


def _as_typed(value: Any) -> Any:
    """A value from JSON, with its lists as tuples and numbers without a fraction as integers, which floats may be."""
    if isinstance(value, (list, tuple)):
        return tuple(map(_as_typed, value))
    return int(value) if isinstance(value, float) and value.is_integer() else value
