"""Losses on what was rendered that need no prior (DreamFusion, A.2). Each is a mean over views of what one view alone
has, so that it is the same in whatever parts the views of a step are looked at."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize

from engine.limits import Length, Share, Weight
from engine.rendering.renderer import Rendering
from engine.rendering.shading import rays_of_view
from engine.schedules import ramp

CONVEXITY_CELLS = 8
"""Along a side of an image, between which the convexity loss looks for turns: few, so that it knows the whole shape and
not its details."""
SAME_SURFACE = 0.1
"""Difference in depth, in scene units, from which on neighbouring pixels hardly count as of one surface."""


@dataclass
class LossSettings:
    """Weights of the losses beside the guidance, whose gradient is a mean over pixels."""

    orientation: tuple[Weight, Weight] = (0.01, 0.1)
    """Orientation loss at the first step and when it has risen."""
    orientation_until: Share = 1.0
    """Share of the run over which it rises."""
    roughness: Weight = 0.003
    """Differences between the normals of neighbouring pixels."""
    opacity: Weight = 0.005
    """Opacity loss."""
    opacity_until: Share = 0.0
    """Share of the run over which it falls to nothing; 0: it stays."""
    haze: tuple[Weight, Weight] = (0.0, 0.02)
    """Entropy of the opacity at the first and at the last step."""
    nearness: Weight = 0.0
    """Weight of density nearer to the camera than `near`, where cameras come so near to the scene."""
    near: Length = 1.0
    """Distance from the camera, in scene units, that ought to be empty."""
    depth_variance: Weight = 0.0
    """Variance of the depth along a ray."""
    convexity: tuple[Weight, Weight] = (0.0, 0.0)
    """Convexity loss at the first step and when it has fallen."""
    convexity_until: Share = 1.0
    """Share of the run over which it falls."""
    carving: tuple[Weight, Weight] = (0.0, 0.0)
    """Carving (engine/scenes/carving.py) at the first step and when it has fallen."""
    carving_until: Share = 0.7
    """Share of the run over which it falls."""


def regularization(rendering: Rendering, weights: LossSettings, progress: float) -> Tensor:
    """The weighted sum of the losses at a share of the run in [0, 1], a number."""
    fading = ramp((weights.opacity, 0.0), progress, weights.opacity_until) if weights.opacity_until else weights.opacity
    total = (
        ramp(weights.orientation, progress, weights.orientation_until) * orientation_loss(rendering)
        + weights.roughness * roughness_loss(rendering)
        + fading * opacity_loss(rendering)
        + ramp(weights.haze, progress) * haze_loss(rendering)
    )
    if weights.nearness:
        total = total + weights.nearness * nearness_loss(rendering, weights.near)
    if weights.depth_variance:
        total = total + weights.depth_variance * depth_variance_loss(rendering)
    convexity = ramp(weights.convexity, progress, weights.convexity_until)
    return total + convexity * convexity_loss(rendering) if convexity else total


def orientation_loss(rendering: Rendering) -> Tensor:
    """Surfaces that face away from the camera: sum of sg(w) max(0, n . v)^2 along a ray (Ref-NeRF, arXiv 2112.03907,
    equation 11).

    With a normal for each sample w is its weight, and this a mean over all pixels of each view, as in the paper; with
    one for each ray w is the ray's opacity, and this a mean over the rays that have one.
    """
    facing = rendering.facing
    return (facing.share * facing.weight.detach() * facing.cosine.clamp_min(0).square()).sum()


def roughness_loss(rendering: Rendering) -> Tensor:
    """How much the normals of neighbouring pixels differ, |n_i - n_j|, as a mean over the rays of each view that have
    one.

    The total variation of the normal map: not squared, so that an edge costs no more than the same turn spread out, and
    stays. A pair counts by both opacities, and less the further its depths are apart: it is then of two surfaces.
    """
    surfaces = rendering.surfaces
    if surfaces is None or not len(surfaces.pixel):
        return rendering.opacity.sum() * 0
    shape = rendering.opacity.shape
    columns = torch.cat([surfaces.normal, surfaces.depth[:, None], surfaces.opacity[:, None]], -1)
    pixels = columns.new_zeros(shape.numel(), 5).index_copy(0, surfaces.pixel, columns).view(*shape, 5)
    total = rendering.opacity.new_zeros(shape[0])
    for axis in (1, 2):
        one, other = (pixels.narrow(axis, start, shape[axis] - 1) for start in (0, 1))
        nearby = torch.exp(-((one[..., 3] - other[..., 3]) / SAME_SURFACE).square())
        turn = ((one[..., :3] - other[..., :3]).square().sum(-1) + 1e-6).sqrt()
        total = total + (nearby * one[..., 4] * other[..., 4] * turn).sum((1, 2))
    return (total / rays_of_view(surfaces.pixel // shape[1:].numel(), shape[0])).mean()


def opacity_loss(rendering: Rendering) -> Tensor:
    """Keeps empty space empty: mean of sqrt(opacity^2 + .01)."""
    return (rendering.opacity.square() + 0.01).sqrt().mean()


def haze_loss(rendering: Rendering) -> Tensor:
    """Entropy of the rays' opacity, in nats: pixels should be surface or background, not fog."""
    p = rendering.opacity.clamp(1e-4, 1 - 1e-4)
    return -(p * p.log() + (1 - p) * torch.log1p(-p)).mean()


def nearness_loss(rendering: Rendering, near: float) -> Tensor:
    """Density right before the camera, which would please the prior from one view only: mean over pixels of the weights
    of samples nearer than `near` scene units."""
    close = rendering.distances < near
    return rendering.weights[close].sum() / rendering.opacity.numel()


def depth_variance_loss(rendering: Rendering) -> Tensor:
    """How far a ray's samples lie from their mean, in squared scene units: mean over the rays of each view that are
    more than half opaque of sum w (d - mean d)^2, w normalised (HiFA, arXiv 2305.18766). Sharp surfaces have none."""
    count, views, view = len(rendering.rays.pixel), len(rendering.opacity), rendering.rays.view
    sums = lambda values: values.new_zeros(count).index_add(0, rendering.ray, values)
    opacity = sums(rendering.weights)
    share = rendering.weights / opacity.clamp_min(1e-6)[rendering.ray]
    mean = sums(share * rendering.distances)
    variance = sums(share * (rendering.distances - mean[rendering.ray]).square())
    opaque = opacity.detach() > 0.5
    total = variance.new_zeros(views).index_add(0, view, variance * opaque)
    return (total / rays_of_view(view[opaque], views)).mean()


def convexity_loss(rendering: Rendering) -> Tensor:
    """Minus the mean turn of the normals between neighbouring cells of each view, a coarse image:
    (n - n') . (p - p') / |p - p'|, twice the sine of half the turn where a surface bulges, and minus that where it is
    hollow. Against faces that are pressed into a head (SDI, arXiv 2405.15891, whose code has the like)."""
    surfaces, shape = rendering.surfaces, rendering.opacity.shape
    if surfaces is None or not len(surfaces.pixel):
        return rendering.opacity.sum() * 0
    view, within = surfaces.pixel // (shape[1] * shape[2]), surfaces.pixel % (shape[1] * shape[2])
    row, column = within // shape[2], within % shape[2]
    side = CONVEXITY_CELLS
    cell = (view * side + row * side // shape[1]) * side + column * side // shape[2]
    ray = torch.searchsorted(rendering.rays.pixel, surfaces.pixel)
    points = rendering.rays.origins[ray] + surfaces.depth[:, None] * rendering.rays.directions[ray]
    columns = torch.cat([surfaces.normal, points, torch.ones_like(points[:, :1])], -1) * surfaces.opacity[:, None]
    cells = columns.new_zeros(shape[0] * side * side, 7).index_add(0, cell, columns).view(shape[0], side, side, 7)
    normals = normalize(cells[..., :3], dim=-1, eps=1e-6)
    places = (cells[..., 3:6] / cells[..., 6:].clamp_min(1e-6)).detach()
    total, pairs = normals.new_zeros(shape[0]), normals.new_zeros(shape[0])
    for axis in (1, 2):
        one, other = (slice(None),) * axis + (slice(1, None),), (slice(None),) * axis + (slice(None, -1),)
        both = (cells[one][..., 6] > 0) & (cells[other][..., 6] > 0)
        turn = ((normals[one] - normals[other]) * normalize(places[one] - places[other], dim=-1, eps=1e-6)).sum(-1)
        total, pairs = total - (turn * both).sum((1, 2)), pairs + both.sum((1, 2))
    return (total / pairs.clamp_min(1)).mean()
