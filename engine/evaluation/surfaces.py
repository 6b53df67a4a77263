"""How near one surface is to another: points on both, precision, recall and F-score (Knapitsch et al., 2017)."""

from __future__ import annotations

from dataclasses import dataclass

import mcubes
import numpy as np
import torch
from scipy.spatial import cKDTree

from engine.toybox.catalogue import OBJECTS
from engine.toybox.render import palette, scene_distance

POINTS = 20_000
"""Points drawn on each surface."""
DISTANCE = 0.05
"""How near counts as the same place, in scene units: 5 % of the scene's radius."""


@dataclass
class Score:
    """Precision: share of the made surface near the true one; recall: the other way round; all in [0, 1]."""

    precision: float
    recall: float
    albedo_error: float | None = None
    """Mean absolute difference of colour where made and true points match; None where nothing does."""

    @property
    def f(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / max(self.precision + self.recall, 1e-9)


def sample_surface(
    vertices: np.ndarray, faces: np.ndarray, count: int, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points drawn evenly by area: (count, 3), with the face (count,) and barycentric weights (count, 3) of each."""
    rng = np.random.default_rng(seed)
    a, b, c = (vertices[faces[:, corner]].astype(np.float64) for corner in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    face = rng.choice(len(faces), count, p=area / area.sum())
    u, v = rng.random((2, count))
    flip = u + v > 1
    u[flip], v[flip] = 1 - u[flip], 1 - v[flip]
    weights = np.stack([1 - u - v, u, v], 1)
    points = weights[:, :1] * a[face] + weights[:, 1:2] * b[face] + weights[:, 2:] * c[face]
    return points, face, weights


def true_surface(
    name: str, main: str, accent: str | None = None, resolution: int = 112
) -> tuple[np.ndarray, np.ndarray]:
    """Points (POINTS, 3) on a Toybox object and their albedo (POINTS, 3), sRGB-encoded."""
    parts = OBJECTS[name].build()
    axis = torch.linspace(-1, 1, resolution)
    grid = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), -1).view(-1, 3)
    distance = torch.cat([scene_distance(parts, chunk)[0] for chunk in grid.split(1 << 18)])
    vertices, faces = mcubes.marching_cubes(-distance.view((resolution,) * 3).double().numpy(), 0.0)
    points, _, _ = sample_surface(vertices * 2 / (resolution - 1) - 1, faces.astype(np.int64), POINTS)
    part = scene_distance(parts, torch.from_numpy(points).float())[1]
    return points, palette(name, main, accent)[part].numpy()


def compare(made: np.ndarray, made_albedo: np.ndarray, true: np.ndarray, true_albedo: np.ndarray) -> Score:
    """Score points (N, 3) with albedo (N, 3) against true ones, in one frame, without alignment."""
    to_true, match = cKDTree(true).query(made)
    to_made, _ = cKDTree(made).query(true)
    near = to_true < DISTANCE
    error = float(np.abs(made_albedo[near] - true_albedo[match[near]]).mean()) if near.any() else None
    return Score(float(near.mean()), float((to_made < DISTANCE).mean()), error)
