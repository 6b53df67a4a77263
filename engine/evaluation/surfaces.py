"""How near one surface is to another: points on both, precision, recall and F-score (Knapitsch et al., 2017), and how
far their normals and colours differ where they match."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import mcubes
import numpy as np
import torch
from scipy.spatial import cKDTree

from engine.meshing.clean import drop_floaters
from engine.meshing.sampling import sample_surface
from engine.toybox.paint import palette
from engine.toybox.place import parts_of
from engine.toybox.shown import Shown
from engine.toybox.tracing import scene_distance

POINTS = 20_000
"""Points drawn on each surface."""
DISTANCE = 0.05
"""How near counts as the same place, in scene units: 5 % of the scene's radius."""
SMALL = 1 / 20
"""Share of an object's surface below which a part of it is small: an eye, a window, a button."""

KEPT = 64
"""True meshes and surfaces that are kept for the next score, a few MB each."""


@dataclass
class Surface:
    """Points drawn evenly by area on a surface.

    Attributes:
        points: (N, 3).
        normals: (N, 3), unit, outwards.
        albedo: (N, 3) in [0, 1], sRGB-encoded.
        small: (N,) bool, which are on small parts; None where that is not known.
    """

    points: np.ndarray
    normals: np.ndarray
    albedo: np.ndarray
    small: np.ndarray | None = None


@dataclass
class Score:
    """Precision: share of the made surface near the true one; recall: the other way round; all in [0, 1]."""

    precision: float
    recall: float
    albedo_error: float | None = None
    """Mean absolute difference of colour where made and true points match; None where nothing does."""
    small_error: float | None = None
    """The same, of points that match one of a small part; None where there is no such part."""
    normal_error: float | None = None
    """Median angle between the normals there, in degrees: how lumpy the surface is. A median, since on a thin wall the
    nearest true point may be on the other side."""
    faults: int | None = None
    """What is wrong with the mesh itself: see `engine.evaluation.topology`."""

    @property
    def f(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / max(self.precision + self.recall, 1e-9)


@lru_cache(KEPT)
def true_mesh(form: Shown, resolution: int = 112) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (V, 3) and faces (F, 3) of what is shown without its colours (`Shown.form`), by marching cubes; specks
    and closed cavities are left out, as they are of the meshes that are made."""
    parts = parts_of(form)
    axis = torch.linspace(-1, 1, resolution)
    grid = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), -1).view(-1, 3)
    distance = torch.cat([scene_distance(parts, chunk)[0] for chunk in grid.split(1 << 18)])
    vertices, faces = mcubes.marching_cubes(-distance.view((resolution,) * 3).double().numpy(), 0.0)
    return drop_floaters(vertices * 2 / (resolution - 1) - 1, faces.astype(np.int64))


@lru_cache(KEPT)
def true_surface(shown: Shown, resolution: int = 112) -> Surface:
    """POINTS points on what is shown."""
    parts = parts_of(shown)
    points, normals = sample_surface(*true_mesh(shown.form, resolution), POINTS)
    places = torch.from_numpy(points).float()
    part = scene_distance(parts, places)[1]
    share = np.bincount(part, minlength=len(parts)) / len(part)
    return Surface(points, normals, palette(shown).at(places, part).numpy(), share[part] < SMALL)


def fitted(points: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Points (N, 3) moved and scaled, alike along all axes, to the centre and the spread of those of the true surface
    (M, 3): for what was made without a word on how large it is.

    >>> fitted(np.array([[0.0, 0, 0], [2, 0, 0]]), np.array([[1.0, 1, 0], [1, 2, 0]])).round(6)
    array([[0.5, 1.5, 0. ],
           [1.5, 1.5, 0. ]])
    """
    spread = lambda those: np.sqrt(np.square(those - those.mean(0)).sum(1).mean())
    return (points - points.mean(0)) * (spread(true) / spread(points)) + true.mean(0)


def compare_places(made: np.ndarray, true: np.ndarray) -> Score:
    """Score points (N, 3) on a surface against points (M, 3) on the true one, in one frame, without alignment; colours
    and normals are left out."""
    return _score_and_matches(made, true)[0]


def _score_and_matches(made: np.ndarray, true: np.ndarray) -> tuple[Score, np.ndarray, np.ndarray]:
    """The score of `compare_places`, and of each made point its nearest true one: how far (N,), and its number (N,)."""
    to_true, match = cKDTree(true).query(made)
    to_made, _ = cKDTree(made).query(true)
    return Score(float((to_true < DISTANCE).mean()), float((to_made < DISTANCE).mean())), to_true, match


def compare(made: Surface, true: Surface) -> Score:
    """Score a surface against the true one, in one frame, without alignment."""
    score, to_true, match = _score_and_matches(made.points, true.points)
    near = to_true < DISTANCE
    if near.any():
        match = match[near]
        difference = np.abs(made.albedo[near] - true.albedo[match]).mean(1)
        score.albedo_error = float(difference.mean())
        if true.small is not None and true.small[match].any():
            score.small_error = float(difference[true.small[match]].mean())
        cosine = (made.normals[near] * true.normals[match]).sum(1)
        score.normal_error = float(np.degrees(np.median(np.arccos(cosine.clip(-1, 1)))))
    return score
