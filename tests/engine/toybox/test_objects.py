"""Every object of the catalogue: all in one piece, safe to trace, nothing of it hidden, no wall too thin."""

import numpy as np
import pytest
import torch
from scipy.ndimage import label
from scipy.spatial import cKDTree

from engine.cameras import CameraSettings, camera_rays, sample_cameras
from engine.evaluation.surfaces import DISTANCE, true_surface
from engine.toybox.catalogue import OBJECTS
from engine.toybox.place import parts_of
from engine.toybox.shown import Shown
from engine.toybox.tracing import scene_distance, trace
from tests.engine.toybox.test_shapes import cube, slope

CELLS = 44
"""Along each side of a cube around an object."""
AROUND, PIXELS = 64, 64
"""Views of an object from all sides, and their side."""
HIDDEN = 0.06
"""Share of its surface that may be in a corner that none of these views looks into."""
THICK = 0.03
"""Of a wall that a mesh's grid, 128 vertices on the 2 units of the scene, shows on both of its sides."""
APART = {"lamp", "robot"}
"""A shade and arms with a gap beside them: as the shipped weights were taught them."""


def distance_to(name: str):
    """The distance to the whole object, as a shape."""
    parts = OBJECTS[name].build()
    return lambda points: scene_distance(parts, points)[0]


@pytest.mark.parametrize("name", sorted(set(OBJECTS) - APART))
def test_nothing_floats_apart(name):
    axis = torch.linspace(-1, 1, CELLS)
    grid = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), -1).view(-1, 3)
    solid = (distance_to(name)(grid) < 0.5 / CELLS).view(CELLS, CELLS, CELLS)
    pieces, _ = label(solid.numpy(), np.ones((3, 3, 3)))
    sizes = np.bincount(pieces.ravel())[1:]
    assert len(sizes) == 1, f"{len(sizes)} pieces of {sizes} cells"


@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_no_distance_is_too_long(name):
    """A ray that goes as far as it is told never passes a surface."""
    shape = distance_to(name)
    points = cube(5_000)
    near = points[shape(points).abs() < 0.1]
    for _ in range(3):
        gradient = slope(shape, near)
        near = near - (shape(near) / gradient.square().sum(-1).clamp_min(0.2))[:, None] * gradient
    near = near[shape(near).abs() < 2e-3]
    claimed, nearest = shape(points[:300]), torch.cdist(points[:300], near).amin(-1)
    assert len(near) > 60 and (claimed - nearest)[claimed > 0].max() < 5e-3


@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_nothing_is_hidden(name):
    """What no view shows, between layers or behind books, no run can find, and every score would miss."""
    cameras = sample_cameras(AROUND, CameraSettings(elevation=(-90.0, 90.0)), torch.Generator().manual_seed(0))
    origins, directions = (rays.reshape(-1, 3) for rays in camera_rays(cameras, PIXELS, PIXELS))
    hit, depth = trace(parts_of(Shown(name)), origins, directions)
    seen = (origins + depth[:, None] * directions)[hit]
    distance, _ = cKDTree(seen.numpy()).query(true_surface(Shown(name)).points[::10])
    assert (distance > DISTANCE).mean() < HIDDEN


@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_no_wall_is_thinner_than_a_mesh_can_be(name):
    """But for the edges of lenses and cones, and the tips of leaves."""
    parts, surface = parts_of(Shown(name)), true_surface(Shown(name))
    points, inwards = (torch.from_numpy(those[::10]).float() for those in (surface.points, -surface.normals))
    depths = torch.arange(0.008, THICK, 0.004)
    through = torch.stack([scene_distance(parts, points + depth * inwards)[0] > 0 for depth in depths])
    assert through.any(0).float().mean() < 0.06
