"""Unwrapping: bounded, interruptible, and in a process that does not outlive its use."""

from __future__ import annotations

import io
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from engine.meshing import clean, unwrap
from engine.meshing.surface import marching_cubes
from tests.engine.meshing.hard_fields import noisy


@pytest.fixture(scope="module")
def intricate() -> tuple[np.ndarray, np.ndarray]:
    """A mesh that takes xatlas many seconds."""
    return clean.clean(*marching_cubes(noisy(96, np.random.default_rng(0)).astype(np.float32), 1.0), 20_000, 10)


def test_the_process_answers_what_xatlas_does(sphere_mesh):
    vertices, faces = clean.decimate(*sphere_mesh, 500)
    assert np.array_equal(unwrap.unwrap(vertices, faces, 128), unwrap.charts(vertices, faces, 128))


def test_it_is_given_up_when_it_takes_too_long(intricate, monkeypatch):
    monkeypatch.setattr(unwrap, "PATIENCE", 0.5)
    assert unwrap.unwrap(*intricate, 1024) is None
    assert not psutil.Process().children()


def test_a_mesh_that_xatlas_fails_on_is_none():
    nowhere = np.array([[7, 8, 9]], dtype=np.int32)
    assert unwrap.unwrap(np.zeros((3, 3), dtype=np.float32), nowhere, 64) is None


def test_the_process_ends_by_itself_when_nobody_is_left_to_end_it(intricate):
    asked = io.BytesIO()
    np.savez(asked, vertices=intricate[0], faces=intricate[1], size=1024)
    soon = "from engine.meshing import unwrap; unwrap.PATIENCE = 0.5; unwrap.main()"
    began = time.monotonic()
    left = subprocess.run([sys.executable, "-c", soon], input=asked.getvalue(), capture_output=True, check=False)
    assert left.returncode and not left.stdout and time.monotonic() - began < unwrap.PATIENCE


def test_unwrapping_and_exporting_need_no_torch():
    code = "import sys, engine.meshing.export, engine.meshing.unwrap; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
