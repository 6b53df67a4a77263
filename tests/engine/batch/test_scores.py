"""The true object's own mesh has a score of 1; where no true object is known there is no score."""

import json
from pathlib import Path

import numpy as np
import pytest

from engine.batch.scores import FILE, doubt, score_of
from engine.evaluation.subjects import true_object
from engine.evaluation.surfaces import true_mesh
from engine.meshing import clean
from engine.meshing.images import encode_png
from engine.run.events import EventWriter
from engine.run.settings import RunSettings
from engine.run.snapshots import SnapshotMesh, write_snapshot

MUG = RunSettings("a red mug")


def make(folder: Path, step: int, vertices: np.ndarray, faces: np.ndarray) -> None:
    """A run's snapshot of a mesh."""
    vertices, faces = vertices.astype(np.float32), faces.astype(np.int32)
    uvs, normals = np.zeros((len(faces), 3, 2), np.float32), clean.vertex_normals(vertices, faces)
    mesh = SnapshotMesh(vertices, faces, uvs, normals, *clean.unique_edges(faces))
    write_snapshot(folder, step, mesh, encode_png(np.zeros((8, 8, 3), np.uint8)))
    EventWriter(folder).write("snapshot", step=step)


def test_the_true_mesh_has_all_points_and_half_a_mesh_fewer(tmp_path):
    vertices, faces = true_mesh(true_object("a mug").form)
    make(tmp_path, 1, vertices, faces)
    assert score_of(tmp_path, MUG) > 0.999
    assert json.loads((tmp_path / FILE).read_text())["f"] > 0.999
    make(tmp_path, 2, vertices, faces[vertices[faces][..., 0].mean(1) > 0])
    assert score_of(tmp_path, MUG) < 0.9


def test_a_run_without_a_mesh_has_nothing_right(tmp_path):
    assert score_of(tmp_path, MUG) == 0


def test_a_score_is_kept_until_there_is_another_mesh(tmp_path):
    EventWriter(tmp_path).write("snapshot", step=7)  # no mesh: whoever looked for it would raise
    (tmp_path / FILE).write_text('{"schema": 1, "step": 7, "f": 0.25}')
    assert score_of(tmp_path, MUG) == score_of(tmp_path, MUG, find=False) == 0.25
    for broken in ('{"step": 7, "f": 2}', '{"step": 7, "f": true}', "[]", "{", '{"step": 6, "f": 0.25}'):
        (tmp_path / FILE).write_text(broken)
        assert score_of(tmp_path, MUG, find=False) is None
        with pytest.raises(Exception, match="no complete snapshot"):
            score_of(tmp_path, MUG)


@pytest.mark.parametrize(
    "settings", [RunSettings("a galaxy"), RunSettings("a wooden mug"), RunSettings("a red mug", prior="mvdream")]
)
def test_what_nobody_knows_has_no_score(tmp_path, settings):
    assert score_of(tmp_path, settings) is None and not (tmp_path / FILE).exists()


def test_what_the_built_in_prior_does_not_know_is_told():
    assert doubt(RunSettings("a purple zeppelin")) == 'Toybox does not know "zeppelin".'
    assert doubt(MUG) == doubt(RunSettings("a purple zeppelin", prior="stable-diffusion")) == ""
