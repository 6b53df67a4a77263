"""What priors change in the engine's settings, by dotted name, as published and in the engine's units.

Units. Our gradient of the guidance is a mean over the values of the prior's space, threestudio's a sum, so that its
other losses are divided by the number of values here; SDI's is a mean as well. Lengths: threestudio's scene is a sphere
of radius 2, of which its cameras, 1.5 to 2 from the origin, see the inner half. Our scene is that half, a sphere of
radius 1, so that lengths are the same.

Sources: threestudio's dreamfusion-sd, dreamfusion-if and sdi configurations; MVDream's own, arXiv 2308.16512; SDI,
arXiv 2405.15891; CSD, arXiv 2310.19415.
"""

from __future__ import annotations

import math
from typing import Any

Changes = dict[str, Any]

STEPS = {"draft": 2_000, "standard": 10_000, "fine": 20_000}
"""Of the open vocabularies' presets. 10,000 are threestudio's and SDI's; the others are for the impatient and the
patient, and nobody has published what they are worth."""

TOYBOX: Changes = {
    "cameras.elevation": (-25.0, 90.0), "shading.position": 0.8, "losses.opacity": 0.0, "losses.haze": (0.0, 0.0),
    "losses.carving": (0.16, 0.0), "painting.share": 0.13, "painting.resolution": 128,
}
"""Views from further below than a photographer takes, as in its training, show what an object stands on. Position maps
find hollows, carving makes them deep before the walls are smoothed, and losses on opacity would fill them again."""
TOYBOX_DRAFT: Changes = TOYBOX | {"losses.carving": (0.4, 0.0)}
"""A draft has less than half of the steps to carve in."""

EQUATION_3: Changes = {"guidance.form": "noise", "guidance.weighting": "sigma2", "guidance.rescale": 0.0}
"""DreamFusion's gradient, w(t) (eps_hat - eps) with w(t) = sigma_t^2."""
ALL_NOISE: Changes = dict.fromkeys(
    ("guidance.timesteps_first", "guidance.timesteps_last", "guidance.timesteps_texture"), (0.02, 0.98)
)
"""DreamFusion's range of t, from the first step to the last."""


def focal_length(degrees: float) -> float:
    """In image widths, of a whole angle of view in degrees.

    >>> round(focal_length(90.0), 6)
    0.5
    """
    return 0.5 / math.tan(math.radians(degrees) / 2)


THREESTUDIO: Changes = {
    "views": 1,
    "cameras.distance": (1.5, 2.0),
    "cameras.focal": (focal_length(70.0), focal_length(40.0)),
    "cameras.by_angle": True,
    "cameras.position_jitter": 0.1,
    "cameras.target_jitter": 0.2,
    "cameras.up_jitter": 0.02,
    "lights.spread": 1.0,
    "lights.distance": (0.8, 1.5),
    "lights.ambient": (0.1, 0.1),
    # A network, since plain colours that change with every view are nobody's published setting for these models.
    "background.kind": "learned",
    # Its densities are a softplus as it is: a first ball 25 times as dense is a wall before anything is learned. The
    # surface is where CSD's authors, who refine a mesh of it, have theirs.
    "field.grid.density_scale": 1.0,
    "mesh_threshold": 10.0,
    "field.grid.blob_density": 10.0,
    "field.grid.blob_radius": 0.5,
    "optimiser.grid_rate": 0.01,
    "optimiser.decoder_rate": 0.01,
    "optimiser.mlp_rate": 0.001,
    "optimiser.warm_up": 0.0,
    "optimiser.final": 1.0,
    # It has none of these.
    "losses.roughness": 0.0,
    "losses.nearness": 0.0,
}
"""What its configurations share."""


def dreamfusion(values: float, elevation: tuple[float, float], scale: float) -> Changes:
    """threestudio's DreamFusion, whose other losses weigh as beside a mean over `values` values. Its guidance scale is
    the paper's, cond + s (cond - uncond), and one less than ours.

    Ours on purpose: dense feature grids, for a hash grid without an extension is slow, up to cells of .03 units,
    between what a pixel of these cameras is wide, .017 and .044; and 128 samples on a diameter, one every .016, for its
    512 on the diameter of a sphere twice as large.
    """
    return THREESTUDIO | EQUATION_3 | ALL_NOISE | {
        "resolutions": ((0.0, 64),),
        "cameras.elevation": elevation,
        "shading.albedo_until": 0.2,
        "shading.albedo": 0.25,
        "shading.textureless": 0.375,
        "field.grid.resolutions": (16, 64),
        "render.samples": 128,
        "guidance.scale": scale + 1,
        "losses.orientation": (10 / values, 1_000 / values),
        "losses.orientation_until": 0.5,
        "losses.opacity": 1 / values,
        "losses.haze": (0.0, 0.0),
    }


def classifier(changes: Changes, values: Changes) -> Changes:
    """CSD from a prior's settings for SDS. What CSD keeps, SDS has times its guidance scale, so that the other losses
    are weaker by that. Its authors' own weights are for a gradient divided by its length, which ours is not. Ours also
    on purpose: a background that is plain now and then, as theirs."""
    scale = changes["guidance.scale"]
    weaker = {
        "losses.orientation": tuple(weight / scale for weight in changes["losses.orientation"]),
        "losses.opacity": changes["losses.opacity"] / scale,
    }
    return changes | weaker | PLAIN_NOW_AND_THEN | {"guidance.method": "csd", "guidance.scale": 1.0} | values


PLAIN_NOW_AND_THEN: Changes = {"background.plain": 0.5}
"""MVDream's and CSD's authors replace the background by a plain random colour in half of the steps."""
LARGE_VIEWS: Changes = {"field.grid.resolutions": (16, 48, 192), "render.samples": 256, "render.chunk": 262_144}
"""For views of 256 pixels and more. Dense grids end at cells of .01 units, where a pixel is .002 to .008 wide: finer
ones would take more memory than the rest. What the field computes on the way is computed twice, for memory's sake."""
INVERSION: Changes = THREESTUDIO | LARGE_VIEWS | {
    "guidance.method": "sdi",
    "guidance.form": "clean",
    "guidance.weighting": "uniform",
    "guidance.rescale": 0.0,
    "guidance.scale": 7.5,
    "guidance.perp_neg": 1.0,
    "guidance.timesteps_first": (1.0, 1.0),
    "guidance.timesteps_last": (0.2, 0.2),
    "resolutions": ((0.0, 512),),
    "cameras.elevation": (-10.0, 45.0),
    "shading.albedo_until": 0.1,
    "shading.albedo": 0.7,
    "shading.textureless": 0.225,
    "losses.orientation": (0.1, 0.1),
    "losses.opacity": 0.15,
    "losses.opacity_until": 0.3,
    "losses.haze": (0.1, 0.1),
    "losses.depth_variance": 1.0,
    "losses.convexity": (1.0, 0.1),
    "losses.convexity_until": 0.4,
}
"""SDI on Stable Diffusion. Its loss is a mean, so that its weights are ours."""

_SD = dreamfusion(4 * 64 * 64, (-10.0, 45.0), 100.0)
# Pixels in [-1, 1] are twice those in [0, 1], a factor that its gradient on the latter has, and ours has not.
_IF = dreamfusion(2 * 3 * 64 * 64, (-10.0, 90.0), 20.0)
STABLE_DIFFUSION: dict[str, Changes] = {
    "sds": _SD,
    "sdi": INVERSION,
    "csd": classifier(_SD, LARGE_VIEWS | {
        "resolutions": INVERSION["resolutions"],
        "guidance.timesteps_first": (0.02, 0.5),
        "guidance.timesteps_last": (0.02, 0.5),
        "guidance.classifier.against": (-1.0, -0.5),
        "guidance.classifier.nothing": (0.0, -0.5),
        "guidance.classifier.until": 1.0,
    }),
    "bridge": _SD | {"guidance.method": "bridge"},
}  # fmt: skip
"""By method; the first is the one that 6 GB suffice for. CSD's noise is that of its authors' last stage, which refines
a mesh made with IF: they have no other with Stable Diffusion."""
DEEPFLOYD_IF: dict[str, Changes] = {
    "sds": _IF,
    # Its authors lower t at once, after half of the steps, in place of by and by.
    "csd": classifier(_IF, {
        "guidance.weighting": "uniform",
        "guidance.timesteps_first": (0.02, 0.98),
        "guidance.timesteps_last": (0.02, 0.5),
        "guidance.classifier.against": (0.0, -1.0),
        "guidance.classifier.nothing": (-1.0, 0.0),
    }),
    "bridge": _IF | {"guidance.method": "bridge"},
}  # fmt: skip
"""By method."""

MVDREAM: dict[str, Changes] = {"sds": THREESTUDIO | LARGE_VIEWS | PLAIN_NOW_AND_THEN | {
    # One group throughout, its authors' second half; two in the first would take twice the memory.
    "views": 4,
    "cameras.group": 4,
    "resolutions": ((0.0, 64), (0.5, 256)),
    # Cells and steps of two pixels of the second half: finer cells are lumps in the first, finer steps take 1 GB more.
    "field.grid.resolutions": (16, 48, 128),
    "render.samples": 128,
    "cameras.elevation": (0.0, 30.0),
    "cameras.relative": True,
    "cameras.distance": (0.8, 1.0),
    "cameras.focal": (focal_length(60.0), focal_length(15.0)),
    "cameras.position_jitter": 0.0,
    "cameras.target_jitter": 0.0,
    "cameras.up_jitter": 0.0,
    "shading.albedo_until": 1.0,
    "optimiser.decoder_rate": 0.001,
    "guidance.form": "clean",
    "guidance.weighting": "uniform",
    "guidance.scale": 50.0,
    "guidance.rescale": 0.5,
    "guidance.timesteps_first": (0.98, 0.98),
    "guidance.timesteps_last": (0.02, 0.5),
    "guidance.timesteps_until": 0.8,
    # It is told the cameras in numbers.
    "guidance.view_words.on": False,
    "guidance.negative": (
        "ugly, bad anatomy, blurry, pixelated obscure, unnatural colors, poor lighting, dull, and unclear, cropped,"
        " lowres, low quality, artifacts, duplicate, morbid, mutilated, poorly drawn face, deformed, dehydrated, bad"
        " proportions"
    ),
    "losses.orientation": (0.0, 0.0),
    "losses.opacity": 0.0,
    "losses.haze": (0.0, 0.0),
}}  # fmt: skip
"""By its authors' configuration mvdream-sd21, whose scene has our radius, and which has no losses beside the
guidance."""
