"""Score distillation: from rendered images to the gradient that a frozen prior puts on them."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.guidance.inversion import inverted_noise
from engine.guidance.prior import Caption, Prior, PriorError, Views
from engine.guidance.prompts import join, opposed_captions, texts_of_a_run, view_captions, with_cameras
from engine.guidance.sds import (
    add_noise,
    bridge,
    classifier_score,
    clean_from_noise,
    clean_gradient,
    guide,
    perp_neg,
    rescale,
    sample_timesteps,
    sds_gradient,
    timestep_range,
    timestep_weight,
)
from engine.guidance.settings import GuidanceSettings
from engine.schedules import ramp


class Distillation:
    """A frozen prior's opinion on images of a prompt, as a gradient (DreamFusion, section 3).

    The noise estimate eps_hat is that of classifier-free guidance, of Perp-Neg, of CSD or of SDS-Bridge; the noise eps
    is random or found by inversion (SDI); the gradient is equation 3, or its form by the clean image.
    engine/guidance/sds.py has the equations.

    Args:
        prior: the frozen diffusion model.
        prompt: what the images should show, without view words.
        settings: which of the variants, and how strongly.

    Attributes:
        cut: texts that it will use and the prior cannot read to their end.
        noises: how many of the prior's timesteps leave something of an image: with a terminal signal of zero (Lin et
            al., arXiv 2305.08891) the last one leaves nothing, and no clean image can be told from it.
    """

    def __init__(self, prior: Prior, prompt: str, settings: GuidanceSettings):
        self.prior, self.prompt, self.settings = prior, prompt, settings
        self.noises = int((prior.alpha > 0).sum())
        extra = [settings.bridge.good, settings.bridge.bad] if settings.method == "bridge" else []
        plain = ["", settings.classifier.negative] if settings.method == "csd" else [settings.negative]
        self.cut = prior.prepare([*plain, *texts_of_a_run(prompt, settings.view_words, settings.perp_neg > 0, extra)])

    @torch.no_grad()
    def gradient(
        self, images: Tensor, views: Views | None, progress: float, generator: torch.Generator,
        colours_only: bool = False,
    ) -> Tensor:
        """The gradient (B, 3, H, W) on `images` (B, 3, H, W) in [0, 1], as a mean over their values.

        It is computed in the prior's own space, pixels or latents, and brought back from there.

        Args:
            views: what the images are views of, in whole groups of the prior's; None for plain images.
            progress: share of the run, or of its stage, that is done, in [0, 1].
            generator: on the CPU; of timesteps and noise.
            colours_only: whether the gradient moves colours alone, no shape: that has a range of t of its own.

        Raises:
            PriorError: the prior looks at groups of views, and these are plain images.
        """
        settings, prior = self.settings, self.prior
        if prior.group > 1 and views is None:
            raise PriorError("The prior knows views of an object, not plain images: choose another prior.")
        clean, pull_back = prior.encode(images)
        ends = settings.timesteps_first, settings.timesteps_last
        geometry = timestep_range(progress, *ends, settings.timesteps_until)
        limits = settings.timesteps_texture if colours_only else geometry
        drawn = sample_timesteps(len(images) // prior.group, limits, self.noises, generator)
        timesteps = drawn.repeat_interleave(prior.group).to(images.device)
        alpha, sigma = prior.alpha[timesteps], prior.sigma[timesteps]
        noise = self._noise(clean, timesteps, views, generator)
        noisy = add_noise(clean, noise, alpha, sigma)
        estimate, unguided = self._estimate(noisy, noise, timesteps, views, progress)
        weight = timestep_weight(sigma, settings.weighting)
        if settings.form == "noise":
            gradient = sds_gradient(estimate, noise, weight)
        else:
            guided, plain = (clean_from_noise(noisy, predicted, alpha, sigma) for predicted in (estimate, unguided))
            target = rescale(guided, plain, settings.rescale, prior.group).clamp(*prior.limits)
            gradient = clean_gradient(clean, target, weight)
        if any(settings.clip):  # D-SDS (arXiv 2303.15413): a limit that widens over the run
            limit = ramp(settings.clip, progress)
            gradient = gradient.clamp(-limit, limit)
        return pull_back(gradient)

    def _predict(
        self, noisy: Tensor, timesteps: Tensor, views: Views | None, *captions: list[Caption]
    ) -> tuple[Tensor, ...]:
        """The prior's noise for each of several lists of B captions, asked for in one batch."""
        if self.prior.group > 1:  # whose views belong together by their cameras
            captions = tuple(with_cameras(column, views) for column in captions)
        rows = [caption for column in captions for caption in column]
        times = len(captions)
        return self.prior.predict_noise(noisy.repeat(times, 1, 1, 1), timesteps.repeat(times), rows).chunk(times)

    def _estimate(
        self, noisy: Tensor, noise: Tensor, timesteps: Tensor, views: Views | None, progress: float
    ) -> tuple[Tensor, Tensor]:
        """eps_hat, and the estimate whose contrast its clean images may be pulled back to."""
        settings = self.settings
        if settings.method == "csd":
            estimate = self._classifier(noisy, noise, timesteps, views, progress)
            return estimate, estimate
        if settings.method == "bridge" and progress >= settings.bridge.start:
            estimate = self._bridge(noisy, noise, timesteps, views)
            return estimate, estimate
        return self._guided(noisy, timesteps, views, settings.scale)

    def _guided(self, noisy: Tensor, timesteps: Tensor, views: Views | None, scale: float) -> tuple[Tensor, Tensor]:
        """The estimate of classifier-free guidance or of Perp-Neg at a scale, and the one for the prompt alone."""
        settings, count = self.settings, len(noisy)
        captions = self._plain(count, settings.negative), self._captions(count, views)
        if settings.perp_neg and views is not None:
            *opposed, weights = opposed_captions(self.prompt, views, settings.view_words)
            unconditional, conditional, *against = self._predict(noisy, timesteps, views, *captions, *opposed)
            weights = settings.perp_neg * weights.to(noisy)
            return perp_neg(conditional, unconditional, against, weights, scale), conditional
        unconditional, conditional = self._predict(noisy, timesteps, views, *captions)
        return guide(conditional, unconditional, scale), conditional

    def _classifier(
        self, noisy: Tensor, noise: Tensor, timesteps: Tensor, views: Views | None, progress: float
    ) -> Tensor:
        """CSD's."""
        settings, count = self.settings.classifier, len(noisy)
        nothing, negative, conditional = self._predict(
            noisy, timesteps, views, self._plain(count, ""), self._plain(count, settings.negative),
            self._captions(count, views),
        )
        weights = tuple(ramp(ends, progress, settings.until) for ends in (settings.against, settings.nothing))
        return classifier_score(conditional, negative, nothing, noise, weights, self.settings.scale)

    def _bridge(self, noisy: Tensor, noise: Tensor, timesteps: Tensor, views: Views | None) -> Tensor:
        """SDS-Bridge's."""
        words = self.settings.bridge.good, self.settings.bridge.bad
        captions = (self._captions(len(noisy), views, extra) for extra in words)
        good, bad = self._predict(noisy, timesteps, views, *captions)
        return bridge(good, bad, noise, self.settings.scale)

    def _noise(self, clean: Tensor, timesteps: Tensor, views: Views | None, generator: torch.Generator) -> Tensor:
        """eps: random, or by inversion (SDI)."""
        inversion, prior = self.settings.inversion, self.prior
        if self.settings.method != "sdi":
            return torch.randn(clean.shape, generator=generator).to(clean.device)

        def predict(noisy: Tensor, at: Tensor) -> Tensor:
            """What the inversion follows."""
            return self._guided(noisy, at, views, inversion.scale)[0]

        last = self.noises - 1
        beyond = (torch.rand(len(clean) // prior.group, generator=generator) * inversion.beyond * last).long()
        ends = (timesteps + beyond.repeat_interleave(prior.group).to(timesteps)).clamp(max=last)
        return inverted_noise(
            clean, ends, inversion.steps, prior.alpha, prior.sigma, predict, inversion.fresh, generator
        )

    def _plain(self, count: int, text: str) -> list[Caption]:
        """The same caption for all, of no view."""
        return [Caption(text)] * count

    def _captions(self, count: int, views: Views | None, extra: str = "") -> list[Caption]:
        if views is None:
            return [Caption(join(self.prompt, extra))] * count
        return view_captions(self.prompt, views, self.settings.view_words, self.settings.tell_camera, extra)
