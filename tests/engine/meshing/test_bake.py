"""Baking: exact for what is constant or linear, in either layout."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

from engine.meshing import atlas, clean
from engine.meshing.bake import bake_albedo
from engine.meshing.images import encode_png
from engine.meshing.texels import rasterise
from engine.meshing.unwrap import charts

SIZE = 128
LAYOUTS = ("triangles", "charts")


@pytest.fixture(params=LAYOUTS)
def layout(request, sphere_mesh):
    """vertices, faces, uvs, texels."""
    vertices, faces = clean.clean(*sphere_mesh, 600, 0)
    if request.param == "triangles":
        return vertices, faces, atlas.triangle_atlas(len(faces), SIZE), atlas.triangle_texels(len(faces), SIZE)
    uvs = charts(vertices, faces, SIZE)
    return vertices, faces, uvs, rasterise(uvs, SIZE)


def test_constant_albedo_is_exact_in_every_texel(layout):
    vertices, faces, _, texels = layout
    image = bake_albedo(lambda x: torch.tensor([1.0, 0.5, 0.0]).expand(len(x), 3), vertices, faces, texels)
    assert image.shape == (SIZE, SIZE, 3) and image.dtype == np.uint8
    assert (image == (255, 128, 0)).all()


def test_linear_albedo_is_exact_at_texel_centres(layout, ball):
    vertices, faces, uvs, texels = layout
    image = bake_albedo(ball.albedo, vertices, faces, texels)[::-1]
    row, column = np.nonzero(rasterise(uvs, SIZE).face >= 0)
    # The affine map from texture to colour, solved from each face's corners; slivers have no map to solve.
    system = np.concatenate([uvs, np.ones((len(uvs), 3, 1))], axis=-1).astype(np.float64)
    solvable = np.abs(np.linalg.det(system)) * SIZE**2 > 0.5
    colours = ball.albedo(torch.from_numpy(vertices[faces]).reshape(-1, 3)).reshape(-1, 3, 3).double().numpy()
    to_colour = np.linalg.solve(system[solvable], colours[solvable])
    face = texels.face[row, column]
    row, column, face = (index[solvable[face]] for index in (row, column, face))
    centre = np.stack([(column + 0.5) / SIZE, (row + 0.5) / SIZE, np.ones(len(row))], axis=-1)
    expected = 255 * np.einsum("ni,nic->nc", centre, to_colour[np.cumsum(solvable)[face] - 1])
    assert len(row) > 0.4 * SIZE**2
    assert np.abs(image[row, column] - expected).max() < 0.52


def test_bilinear_lookups_of_the_closed_form_reproduce_a_linear_albedo(sphere_mesh, ball):
    vertices, faces = clean.clean(*sphere_mesh, 600, 0)
    uvs, texels = atlas.triangle_atlas(len(faces), SIZE), atlas.triangle_texels(len(faces), SIZE)
    image = bake_albedo(ball.albedo, vertices, faces, texels)[::-1].astype(float)
    rng = np.random.default_rng(0)
    for _ in range(20):
        weights = rng.dirichlet([0.5] * 3, size=len(faces))
        at = np.einsum("fk,fki->fi", weights, uvs) * SIZE - 0.5
        base = np.floor(at).astype(int)
        fraction = at - base
        found = 0
        for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
            share = np.prod(np.where((dx, dy), fraction, 1 - fraction), axis=-1, keepdims=True)
            found = found + share * image[base[:, 1] + dy, base[:, 0] + dx]
        points = np.einsum("fk,fki->fi", weights, vertices[faces])
        expected = 255 * ball.albedo(torch.from_numpy(points).float()).numpy()
        assert np.abs(found - expected).max() < 0.6


def test_unowned_texels_take_the_nearest_colour(sphere_mesh, ball):
    vertices, faces = clean.clean(*sphere_mesh, 600, 0)
    texels = rasterise(charts(vertices, faces, SIZE), SIZE)
    owned = texels.face >= 0
    image = bake_albedo(ball.albedo, vertices, faces, texels)[::-1]
    row, column = (index[0] for index in np.nonzero(~owned))
    near = np.argsort(np.hypot(*(np.indices((SIZE, SIZE)) - np.array([row, column])[:, None, None])[:, owned]))[:8]
    assert not owned.all() and (image[owned][near] == image[row, column]).all(axis=-1).any()


def test_row_0_is_the_top():
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], dtype=np.float32)
    faces = np.array([[0, 1, 2]], dtype=np.int32)
    texels = rasterise(np.array([[[0, 0], [1, 0], [0, 1]]], dtype=np.float32), 16)
    image = bake_albedo(lambda x: x[:, 1:2].expand(-1, 3), vertices, faces, texels)
    assert image[15, 0].tolist() == [8, 8, 8] and image[0, 0].tolist() == [247, 247, 247]


def test_colours_out_of_range_are_clipped_and_broken_ones_refused(sphere_mesh):
    vertices, faces = sphere_mesh
    texels = atlas.triangle_texels(len(faces), 256)
    image = bake_albedo(lambda x: torch.where(x > 0, 7.0, -7.0), vertices, faces, texels)
    assert set(np.unique(image)) == {0, 255}
    with pytest.raises(ValueError, match="not finite"):
        bake_albedo(lambda x: x / 0, vertices, faces, texels)


def test_png_holds_the_bytes():
    image = np.random.default_rng(0).integers(0, 256, size=(7, 7, 3), dtype=np.uint8)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(encode_png(image[::-1])))), image[::-1])
