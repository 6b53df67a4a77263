"""Texture layouts: the closed form against the rasteriser, the rasteriser against one triangle at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.meshing import atlas, clean
from engine.meshing.morton import morton_codes
from engine.meshing.texels import TOLERANCE, rasterise
from engine.meshing.unwrap import charts


@st.composite
def layouts(draw):
    size = draw(st.integers(4, 96))
    return draw(st.integers(1, atlas.triangle_capacity(size))), size


def bilinear_texels(points: np.ndarray, size: int):
    """(column, row, weight) of the four texels that bilinear lookups at (N, 2) coordinates read."""
    at = points.astype(np.float64) * size - 0.5
    base = np.floor(at)
    for dx in (0, 1):
        for dy in (0, 1):
            offset = np.array([dx, dy])
            weight = np.prod(np.where(offset == 1, at - base, 1 - (at - base)), axis=-1)
            column, row = (base + offset).astype(int).T
            yield column, row, weight


@given(layouts())
def test_closed_form_keeps_every_lookup_on_its_own_face(layout):
    face_count, size = layout
    uvs = atlas.triangle_atlas(face_count, size)
    texels = atlas.triangle_texels(face_count, size)
    assert uvs.shape == (face_count, 3, 2) and uvs.dtype == np.float32
    assert uvs.min() >= 0 and uvs.max() <= 1
    assert np.array_equal(np.unique(texels.face), np.arange(face_count))
    weights = np.random.default_rng(0).dirichlet([0.5] * 3, size=face_count)
    for points in (np.einsum("fk,fki->fi", weights, uvs), uvs[:, 0], uvs[:, 1], uvs[:, 2], uvs[:, 1:].mean(axis=1)):
        for column, row, weight in bilinear_texels(points, size):
            read = weight > 1e-3
            assert np.array_equal(texels.face[row[read], column[read]], np.arange(face_count)[read])


@given(layouts())
def test_closed_form_agrees_with_the_rasteriser(layout):
    closed, drawn = atlas.triangle_texels(*layout), rasterise(atlas.triangle_atlas(*layout), layout[1])
    inside = drawn.face >= 0
    assert np.array_equal(np.unique(drawn.face[inside]), np.arange(layout[0]))
    assert np.array_equal(closed.face[inside], drawn.face[inside])
    assert np.allclose(closed.barycentric[inside], drawn.barycentric[inside], atol=2e-3)
    assert np.allclose(closed.barycentric.sum(axis=-1), 1, atol=1e-5)


@given(layouts())
def test_triangles_keep_their_winding_and_do_not_overlap(layout):
    uvs = atlas.triangle_atlas(*layout).astype(np.float64)
    first, second = uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]
    doubled = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    assert (doubled > 0).all() and doubled.sum() / 2 < 1


@pytest.mark.parametrize("size", [4, 7, 64, 512])
def test_more_faces_than_there_is_room_for_are_refused(size):
    room = atlas.triangle_capacity(size)
    assert atlas.triangle_atlas(room, size).shape == (room, 3, 2)
    for layout in (atlas.triangle_atlas, atlas.triangle_texels):
        with pytest.raises(ValueError, match=f"room for 1 to {room} faces"):
            layout(room + 1, size)
        with pytest.raises(ValueError, match="room"):
            layout(0, size)


def test_a_512_texture_holds_20000_faces_with_six_texel_centres_each():
    drawn = rasterise(atlas.triangle_atlas(20_000, 512), 512)
    assert (np.bincount(drawn.face[drawn.face >= 0]) == 6).all()


@given(arrays(np.float32, st.tuples(st.integers(1, 3), st.just(3), st.just(2)), elements=st.floats(0, 1, width=32)))
def test_rasteriser_owns_exactly_the_texels_whose_centre_is_inside(uvs):
    size = 12
    drawn = rasterise(uvs, size)
    centre = (np.stack(np.meshgrid(np.arange(size), np.arange(size)), axis=-1) + 0.5) / size
    covered = np.zeros((size, size), dtype=bool)
    clearly = np.zeros((size, size), dtype=bool)
    for a, b, c in uvs.astype(np.float64):
        matrix = np.stack([b - a, c - a], axis=-1)
        if abs(np.linalg.det(matrix)) * size**2 < 1e-3:
            covered |= drawn.face >= 0
            continue
        bc = (centre - a) @ np.linalg.inv(matrix).T
        lowest = np.minimum(bc.min(axis=-1), 1 - bc.sum(axis=-1))
        covered |= lowest > -2 * TOLERANCE
        clearly |= lowest > 1e-6
    assert (drawn.face[clearly] >= 0).all() and (drawn.face[~covered] == -1).all()
    owned = drawn.face >= 0
    at = np.einsum("nk,nki->ni", drawn.barycentric[owned].astype(np.float64), uvs[drawn.face[owned]])
    assert np.allclose(at, centre[owned], atol=2e-3)


def test_charts_cover_the_mesh_without_overlap(sphere_mesh):
    vertices, faces = clean.decimate(*sphere_mesh, 1000)
    uvs = charts(vertices, faces, 256)
    assert uvs.shape == (len(faces), 3, 2) and uvs.dtype == np.float32
    assert uvs.min() >= 0 and uvs.max() <= 1
    first, second = uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]
    area = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2
    texels = rasterise(uvs, 256)
    # Where charts overlapped, faces would own fewer texels than their area.
    assert np.isclose((texels.face >= 0).mean(), area.sum(), rtol=0.02) and area.sum() > 0.4
    corners = len(np.unique(np.concatenate([faces.reshape(-1, 1), uvs.reshape(-1, 2)], axis=1), axis=0))
    assert corners < 1.5 * len(vertices)


def test_morton_codes_interleave_bits():
    cells = np.array([[0, 0], [1, 0], [0, 1], [1, 1], [2, 0], [3, 5]])
    assert morton_codes(cells).tolist() == [0, 1, 2, 3, 4, 0b100111]
