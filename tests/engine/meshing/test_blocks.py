"""Textures of many blocks: what is made a block at a time fits together, and takes no more memory than a block."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import trimesh

from engine.meshing.atlas import triangle_atlas, triangle_texels
from engine.meshing.bake import bake_albedo
from engine.meshing.texels import rasterise

SIZE = 2048
MOST = 120e6
"""Bytes beside a result; all of a texture of this size at once would take 340 million."""


@pytest.fixture
def measured():
    """Calls a function, and asserts that no more than MOST was beside what it made at any time."""

    def call(make, *arguments):
        tracemalloc.reset_peak()
        made = make(*arguments)
        held, peak = tracemalloc.get_traced_memory()
        assert peak - held < MOST
        return made

    tracemalloc.start()
    yield call
    tracemalloc.stop()


def test_a_texture_of_many_blocks(measured):
    ball = trimesh.creation.icosphere(subdivisions=3)
    vertices, faces = ball.vertices.astype(np.float32), ball.faces
    closed = measured(triangle_texels, len(faces), SIZE)
    drawn = measured(rasterise, triangle_atlas(len(faces), SIZE), SIZE)
    image = measured(bake_albedo, lambda points: (points + 1) / 2, vertices, faces, drawn)[::-1]
    some = np.s_[::7, ::7]
    owned = drawn.face[some] >= 0
    face, weights = closed.face[some][owned], closed.barycentric[some][owned]
    assert owned.mean() > 0.8 and np.array_equal(face, drawn.face[some][owned])
    assert np.allclose(weights, drawn.barycentric[some][owned], atol=2e-3)
    points = np.einsum("nk,nki->ni", weights, vertices[faces[face]])
    assert np.abs(image[some][owned] - 127.5 * (points + 1)).max() < 0.6
    assert image[some].any(axis=-1).all(), "every texel has a colour"
