"""Densities that are hard to mesh, over a grid in the cube [-1, 1]^3, with the surface where they cross 1."""

from __future__ import annotations

import numpy as np


def _grid(side: int) -> np.ndarray:
    axis = np.linspace(-1, 1, side)
    return np.stack(np.meshgrid(axis, axis, axis, indexing="ij"))


def noisy(side: int, rng: np.random.Generator) -> np.ndarray:
    """A ball with noise of the size of a voxel."""
    return np.exp((0.6 - np.linalg.norm(_grid(side), axis=0)) * 40 + rng.normal(size=(side,) * 3))


def fog(side: int, rng: np.random.Generator) -> np.ndarray:
    """Nothing but noise."""
    return np.exp(rng.normal(size=(side,) * 3))


def sheets(side: int, rng: np.random.Generator) -> np.ndarray:
    """Thin walls of a gyroid, near one another."""
    x, y, z = _grid(side) * rng.uniform(6, 14) + rng.uniform(0, 6, size=(3, 1, 1, 1))
    gyroid = np.sin(x) * np.cos(y) + np.sin(y) * np.cos(z) + np.sin(z) * np.cos(x)
    return np.exp((rng.uniform(0.05, 0.3) - np.abs(gyroid)) * 20)


def cup(side: int, rng: np.random.Generator) -> np.ndarray:
    """A pipe whose wall is about one voxel thick."""
    x, y, z = _grid(side)
    return np.exp((rng.uniform(0.5, 2) / side - np.abs(np.hypot(x, y) - 0.5)) * 120) * (np.abs(z) < 0.5)


def blocks(side: int, rng: np.random.Generator) -> np.ndarray:
    """Solid cubes that touch at edges and corners, with values on the threshold among them."""
    coarse = rng.choice([0.0, 1.0, 2.0], size=(side // 3 + 1,) * 3, p=[0.6, 0.1, 0.3])
    return np.kron(coarse, np.ones((3, 3, 3)))[:side, :side, :side]


def pieces(side: int, rng: np.random.Generator) -> np.ndarray:
    """Many balls of about one size."""
    centres = rng.uniform(-0.9, 0.9, size=(60, 3))
    distance = np.linalg.norm(_grid(side)[None] - centres[:, :, None, None, None], axis=1).min(axis=0)
    return np.exp((0.12 - distance) * 60)


HARD_FIELDS = (noisy, fog, sheets, cup, blocks, pieces)
