"""What can be set about guidance. The defaults are what runs use; each variant that is off says how to turn it on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from engine.guidance.prompts import ViewWords
from engine.limits import Scale, Share, Weight, within
from engine.run.settings import SettingsError


@dataclass
class BridgeSettings:
    """SDS-Bridge (arXiv 2406.09417): from what the image is to what it should be, both in words.

    For priors with an open vocabulary; the words are its authors'. Words that a prior does not know do nothing good.
    """

    start: Share = 1.0
    """Share of the run from which on it replaces score distillation (its authors: the second half); 1 is never."""
    good: str = "detailed high resolution, high quality, sharp"
    """Words after the prompt for what the image should be."""
    bad: str = "oversaturated, smooth, pixelated, cartoon, foggy, hazy, blurry, bad structure, noisy, malformed"
    """Words after the prompt for what it is."""


@dataclass
class InversionSettings:
    """SDI (arXiv 2405.15891): noise by DDIM inversion of the image.

    Its authors guide with 7.5 and lower t over the run.
    """

    steps: Annotated[int, within(0, 1_000)] = 0
    """Steps of the inversion (its authors: 10), each a batch of the prior's; 0 draws noise at random, as SDS does."""
    scale: Scale = -7.5
    """Guidance scale of the inversion: 0 follows the empty caption, 1 the prompt; -7.5 is its authors' choice."""


@dataclass
class GuidanceSettings:
    """How the prior's opinion becomes a gradient (engine/guidance/distil.py)."""

    scale: Scale = 2.0
    """Classifier-free guidance scale s in uncond + s (cond - uncond), everywhere."""
    form: Literal["clean", "noise"] = "clean"
    """"clean": w(t) (x - x0_hat), whose target can be rescaled; "noise": w(t) (eps_hat - eps), DreamFusion's eq. 3."""
    weighting: Literal["uniform", "sigma2"] = "uniform"
    """w(t) of either form: "uniform" is 1, "sigma2" is sigma_t^2."""
    rescale: Share = 0.5
    """Share by which the guided clean estimate's contrast is pulled back to the unguided one's; "clean" form only."""
    clip: tuple[Weight, Weight] = (0.0, 0.0)
    """Largest gradient of a value in the prior's space at the first and last step (D-SDS: .5, 2); both 0: no clip."""
    timesteps_first: tuple[Share, Share] = (0.3, 0.98)
    """Range of t at the first step, as shares of the prior's schedule."""
    timesteps_last: tuple[Share, Share] = (0.3, 0.7)
    """Range of t at the last step; in between it moves linearly."""
    timesteps_texture: tuple[Share, Share] = (0.02, 0.98)
    """Range of t of texture steps (`shading.position`) and of painting, from the first to the last: at high noise the
    prior adds an object's small details, windows or eyes, at low noise it sharpens them."""
    negative: str = ""
    """What is not wanted: takes the empty caption's place in the guidance."""
    tell_camera: bool = True
    """Whether a prior that can be told the camera's angles is told them; the view words are told either way."""
    view_words: ViewWords = field(default_factory=ViewWords)
    perp_neg: Weight = 0.0
    """Share of its authors' weights with which Perp-Neg (arXiv 2304.04968) pushes away from other views; 0 is off."""
    bridge: BridgeSettings = field(default_factory=BridgeSettings)
    inversion: InversionSettings = field(default_factory=InversionSettings)


def at_most(settings: GuidanceSettings, noise: float) -> GuidanceSettings:
    """The same with no t of the steps that move the surface above `noise`, a share of the prior's schedule.

    >>> at_most(GuidanceSettings(timesteps_last=(0.1, 0.4)), 0.5).timesteps_first
    (0.3, 0.5)
    """
    first, last = (tuple(min(end, noise) for end in ends) for ends in (settings.timesteps_first, settings.timesteps_last))
    return replace(settings, timesteps_first=first, timesteps_last=last)


def check_guidance(settings: GuidanceSettings) -> None:
    """Raise SettingsError, with one sentence, for settings that do not fit each other."""
    for name in ("timesteps_first", "timesteps_last", "timesteps_texture"):
        first, last = getattr(settings, name)
        if first > last:
            raise SettingsError(
                f"The setting 'guidance.{name}' must be two rising shares from 0 to 1, not {(first, last)}."
            )
    if settings.perp_neg and not (settings.view_words.front and settings.view_words.side):
        raise SettingsError(
            "Perp-Neg needs words for front and side views: set 'guidance.view_words.front' and '.side'."
        )
