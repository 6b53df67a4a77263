"""Charts for what had patches: the same colours at the same places, and none of a neighbour's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.meshing import atlas, clean, reunwrap, unwrap
from engine.meshing.images import resample
from engine.meshing.snapshot import extract
from engine.meshing.texels import rasterise
from engine.run.snapshots import SnapshotMesh

SIZE = 128


@pytest.fixture
def live(sphere_mesh) -> SnapshotMesh:
    """A mesh as a live snapshot has it, with 600 faces."""
    vertices, faces = clean.clean(*sphere_mesh, 600, 0)
    edges, corner_edges = clean.unique_edges(faces)
    uvs = atlas.triangle_atlas(len(faces), SIZE)
    return SnapshotMesh(vertices, faces, uvs, clean.vertex_normals(vertices, faces), edges, corner_edges)


def test_every_texel_has_the_colour_of_its_face_and_no_other(live):
    colours = np.random.default_rng(0).integers(0, 256, size=(len(live.faces), 3), dtype=np.uint8)
    image = colours[atlas.triangle_texels(len(live.faces), SIZE).face][::-1]
    mesh, found = reunwrap.reunwrap(live, image)
    texels = rasterise(mesh.uvs, len(found))
    owned = texels.face >= 0
    assert found.shape == (2 * SIZE, 2 * SIZE, 3) and owned.mean() > 0.3
    assert np.array_equal(found[::-1][owned], colours[texels.face[owned]])
    assert {tuple(c) for c in found[::-1][~owned].tolist()} <= {tuple(c) for c in colours.tolist()}


def test_geometry_stays_and_faces_hang_together(live):
    mesh, _ = reunwrap.reunwrap(live, np.zeros((SIZE, SIZE, 3), dtype=np.uint8))
    for name in ("vertices", "faces", "normals", "edges", "corner_edges"):
        assert getattr(mesh, name) is getattr(live, name)
    split = np.unique(np.concatenate([mesh.faces.reshape(-1, 1), mesh.uvs.reshape(-1, 2)], axis=1), axis=0)
    assert len(split) < 2 * len(mesh.vertices)


def test_resampling_keeps_what_is_linear_over_the_surface(live, ball):
    corners = torch.from_numpy(live.vertices[live.faces])
    texels = atlas.triangle_texels(len(live.faces), SIZE)
    points = torch.from_numpy(np.einsum("hwk,hwki->hwi", texels.barycentric, corners[texels.face]))
    image = (ball.albedo(points.view(-1, 3)).view(SIZE, SIZE, 3).numpy() * 255 + 0.5).astype(np.uint8)[::-1]
    wanted = rasterise(unwrap.charts(live.vertices, live.faces, SIZE), SIZE)
    owned = wanted.face >= 0
    at = np.einsum("nk,nki->ni", wanted.barycentric[owned], corners.numpy()[wanted.face[owned]])
    expected = 255 * ball.albedo(torch.from_numpy(at)).numpy()
    assert np.abs(resample(image, live.uvs, wanted)[::-1][owned] - expected).max() < 2


@pytest.mark.parametrize("final", [False, True])
def test_only_live_meshes_are_in_patches(ball, final):
    everywhere = torch.ones(4, 4, 4, dtype=torch.bool)
    asked = {"threshold": 25.0, "resolution": 24, "face_budget": 500, "texture_size": SIZE}
    assert reunwrap.in_patches(extract(ball, everywhere, final=final, **asked).mesh, SIZE) != final


def test_what_is_given_up_is_none(live, monkeypatch):
    monkeypatch.setattr(unwrap, "PATIENCE", 0.001)
    assert reunwrap.reunwrap(live, np.zeros((SIZE, SIZE, 3), dtype=np.uint8)) is None
