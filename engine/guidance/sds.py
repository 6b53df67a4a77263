"""Score distillation: from a frozen prior's noise predictions to a gradient on images. Short pure functions.

Guidance scale is diffusers' everywhere: uncond + s (cond - uncond). Images live in the prior's own space, (B, C, H, W).
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.schedules import ramp


def add_noise(images: Tensor, noise: Tensor, alpha: Tensor, sigma: Tensor) -> Tensor:
    """z_t = alpha_t x + sigma_t noise, with alpha and sigma of shape (B,).

    >>> images, noise = torch.ones(1, 1, 1, 2), torch.tensor([[[[1.0, -1.0]]]])
    >>> add_noise(images, noise, torch.tensor([0.5]), torch.tensor([0.5]))
    tensor([[[[1., 0.]]]])
    """
    return alpha.view(-1, 1, 1, 1) * images + sigma.view(-1, 1, 1, 1) * noise


def clean_from_noise(noisy: Tensor, predicted: Tensor, alpha: Tensor, sigma: Tensor) -> Tensor:
    """x0 = (z_t - sigma_t eps) / alpha_t, the clean images that a noise prediction stands for.

    >>> noisy, predicted = torch.tensor([[[[1.0, 0.0]]]]), torch.tensor([[[[1.0, -1.0]]]])
    >>> clean_from_noise(noisy, predicted, torch.tensor([0.5]), torch.tensor([0.5]))
    tensor([[[[1., 1.]]]])
    """
    return (noisy - sigma.view(-1, 1, 1, 1) * predicted) / alpha.view(-1, 1, 1, 1)


def guide(conditional: Tensor, unconditional: Tensor, scale: float) -> Tensor:
    """Classifier-free guidance: uncond + s (cond - uncond) (Ho and Salimans, arXiv 2207.12598).

    >>> guide(torch.tensor([0.5]), torch.tensor([0.25]), 4.0)
    tensor([1.2500])
    """
    return unconditional + scale * (conditional - unconditional)


def rescale(guided: Tensor, conditional: Tensor, share: float, group: int = 1) -> Tensor:
    """Pull guided clean images' contrast back towards the conditional ones' (Lin et al., arXiv 2305.08891, eq. 15-16).

    `share` 0 leaves them as they are, 1 gives each the standard deviation of its conditional; where `group` images
    belong together, it is that of all of them (MVDream, arXiv 2308.16512).

    >>> guided, conditional = torch.tensor([[[[-2.0, 2.0]]]]), torch.tensor([[[[-1.0, 1.0]]]])
    >>> rescale(guided, conditional, 0.5)
    tensor([[[[-1.5000,  1.5000]]]])
    """

    def contrast(images: Tensor) -> Tensor:
        return images.unflatten(0, (-1, group)).flatten(1, 2).std((1, 2, 3), keepdim=True)

    factor = (contrast(conditional) / contrast(guided).clamp_min(1e-6)).repeat_interleave(group, 0)
    return guided * (1 + share * (factor - 1))


def perpendicular(vector: Tensor, direction: Tensor) -> Tensor:
    """The part of each row of `vector` (B, C, H, W) at right angles to that of `direction`: v - (v.d / d.d) d.

    >>> perpendicular(torch.tensor([[[[3.0, 4.0]]]]), torch.tensor([[[[2.0, 0.0]]]]))
    tensor([[[[0., 4.]]]])
    """
    inner = lambda a, b: (a * b).sum((1, 2, 3), keepdim=True)
    return vector - inner(vector, direction) / inner(direction, direction).clamp_min(1e-12) * direction


def perp_neg(
    conditional: Tensor, unconditional: Tensor, against: tuple[Tensor, ...], weights: Tensor, scale: float
) -> Tensor:
    """uncond + s (d - sum_i w_i d_i_perp), with d = cond - uncond and d_i_perp the part of against_i - uncond at right
    angles to d (Perp-Neg, arXiv 2304.04968): what a negative shares with the prompt is not held against it.

    Args:
        against: K predictions (B, C, H, W) for captions of what is not wanted.
        weights: (K, B), not negative.

    >>> cond, uncond, negative = torch.tensor([[[[1.0, 0.0]]]]), torch.zeros(1, 1, 1, 2), torch.ones(1, 1, 1, 2)
    >>> perp_neg(cond, uncond, (negative,), torch.tensor([[0.5]]), 2.0)
    tensor([[[[ 2., -1.]]]])
    """
    wanted = conditional - unconditional
    avoided = (
        weight.view(-1, 1, 1, 1) * perpendicular(negative - unconditional, wanted)
        for negative, weight in zip(against, weights)
    )
    return unconditional + scale * (wanted - sum(avoided))


def bridge(good: Tensor, bad: Tensor, noise: Tensor, scale: float) -> Tensor:
    """eps + s (eps(y + good words) - eps(y + bad words)): equation 3 with it is SDS-Bridge's gradient, in which the
    noise itself cancels (arXiv 2406.09417).

    >>> bridge(torch.tensor([0.5]), torch.tensor([0.25]), torch.tensor([1.0]), 2.0)
    tensor([1.5000])
    """
    return noise + scale * (good - bad)


def classifier_score(
    conditional: Tensor, negative: Tensor, nothing: Tensor, noise: Tensor, weights: tuple[float, float], scale: float
) -> Tensor:
    """eps + s (eps(y) + b eps(negative) + c eps(nothing)): equation 3 with it is CSD's gradient, in which the noise
    itself cancels (arXiv 2310.19415, equation 12); `weights` are b and c.

    >>> one = torch.ones(1)
    >>> classifier_score(0.5 * one, 0.25 * one, 0.125 * one, one, (-0.5, -1.0), 2.0)
    tensor([1.5000])
    """
    return noise + scale * (conditional + weights[0] * negative + weights[1] * nothing)


def timestep_weight(sigma: Tensor, weighting: str) -> Tensor:
    """w(t) (B,): sigma_t^2 for "sigma2", 1 for "uniform", which is about as good (DreamFusion, section 3.2).

    >>> timestep_weight(torch.tensor([0.5, 1.0]), "sigma2")
    tensor([0.2500, 1.0000])
    """
    return sigma**2 if weighting == "sigma2" else torch.ones_like(sigma)


def sds_gradient(predicted: Tensor, noise: Tensor, weight: Tensor) -> Tensor:
    """grad = w(t) (eps_hat - eps), the prior's Jacobian left out (DreamFusion, equation 3); `weight` is (B,).

    >>> sds_gradient(torch.full((1, 1, 1, 2), 0.75), torch.full((1, 1, 1, 2), 0.25), torch.tensor([0.5]))
    tensor([[[[0.2500, 0.2500]]]])
    """
    return weight.view(-1, 1, 1, 1) * (predicted - noise)


def clean_gradient(images: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """grad = w(t) (x - x0_hat): the same direction as `sds_gradient`, by the clean estimate.

    With x0_hat = (z_t - sigma eps_hat) / alpha and weight' = w alpha / sigma in w's place it equals sds_gradient;
    written so, the target can be rescaled and kept inside the range of images first (HiFA, arXiv 2305.18766,
    equation 8; MVDream, arXiv 2308.16512).

    >>> clean_gradient(torch.full((1, 1, 1, 2), 0.75), torch.full((1, 1, 1, 2), 0.25), torch.tensor([0.5]))
    tensor([[[[0.2500, 0.2500]]]])
    """
    return weight.view(-1, 1, 1, 1) * (images - target)


def surrogate_loss(images: Tensor, gradient: Tensor) -> Tensor:
    """A scalar whose gradient with respect to `images` (B, ...) is `gradient`, averaged over the batch.

    >>> images = torch.zeros(2, 1, requires_grad=True)
    >>> surrogate_loss(images, torch.tensor([[1.0], [3.0]])).backward()
    >>> images.grad
    tensor([[0.5000],
            [1.5000]])
    """
    return (images * gradient.detach()).sum() / len(images)


def timestep_range(
    progress: float, first: tuple[float, float], last: tuple[float, float], until: float = 1.0
) -> tuple[float, float]:
    """The range that t is drawn from, as shares of the schedule, annealed linearly over `progress` from 0 to `until`
    (DreamTime, arXiv 2306.12422, and HiFA: high noise finds the shape, low noise the detail).

    >>> timestep_range(0.5, (0.25, 1.0), (0.25, 0.5))
    (0.25, 0.75)
    """
    return tuple(ramp(ends, progress, until) for ends in zip(first, last))


def sample_timesteps(count: int, limits: tuple[float, float], length: int, generator: torch.Generator) -> Tensor:
    """Integers (count,), uniform in `limits` (shares of a schedule of `length` timesteps).

    >>> sample_timesteps(3, (0.25, 0.25), 1000, torch.Generator())
    tensor([250, 250, 250])
    """
    share = limits[0] + (limits[1] - limits[0]) * torch.rand(count, generator=generator)
    return (share * length).long().clamp(0, length - 1)
