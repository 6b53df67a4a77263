"""Texture coordinates of xatlas's charts, for as long as one may wait for them.

xatlas takes one to three seconds for 20,000 faces of a smooth object and twenty to sixty for as many of a noisy one. It
cannot be interrupted, so it works in a process of its own, which can be ended: this file as a script. That imports
nothing of the engine's, and starts in a fifth of a second.
"""

from __future__ import annotations

import faulthandler
import io
import os
import subprocess
import sys
import tempfile
from typing import BinaryIO

import numpy as np
import xatlas

PATIENCE = 8.0
"""Seconds that the charts may take. With them, a final mesh of 20,000 faces is there within ten."""

GIVEN_UP = "Unwrapping the mesh was given up, as it would take long: each face has a patch of the texture of its own."
"""What is told where there are no charts."""

PADDING = 4
"""Texels between charts, which keeps at least one either side for bilinear lookups and some for the first mipmaps."""

LARGEST_CHART = 700
"""Faces of average size that a chart may cover: growing and flattening large charts is what takes time. It saves a
quarter to a half of it for 20,000 faces of a mug, chair, castle or tree, with 50 to 80 charts in place of 20 to 50."""


def charts(vertices: np.ndarray, faces: np.ndarray, size: int) -> np.ndarray:
    """Texture coordinates (F, 3, 2) float32 of xatlas charts for a texture of `size` x `size` texels.

    Corners that share a vertex share their coordinates, except at the seams between charts.
    """
    a, b, c = (vertices[faces[:, corner]].astype(np.float64) for corner in range(3))
    atlas = xatlas.Atlas()
    atlas.add_mesh(vertices.astype(np.float32), faces.astype(np.uint32))
    growing = xatlas.ChartOptions()
    growing.max_chart_area = LARGEST_CHART * np.linalg.norm(np.cross(b - a, c - a), axis=1).mean() / 2
    packing = xatlas.PackOptions()
    packing.resolution = size
    packing.padding = PADDING
    packing.bilinear = True
    atlas.generate(growing, packing)
    _, indices, uvs = atlas[0]
    return uvs[indices].astype(np.float32)


def unwrap(vertices: np.ndarray, faces: np.ndarray, size: int) -> np.ndarray | None:
    """What `charts` answers, or None if that takes longer than PATIENCE.

    None too where xatlas fails on the mesh, or the system has no process or no temporary file for it.
    """
    try:
        with tempfile.TemporaryFile() as asked:
            np.savez(asked, vertices=vertices, faces=faces, size=size)
            asked.seek(0)
            answer = _answer(asked)
    except OSError:
        return None
    return None if answer is None else np.load(io.BytesIO(answer))


def _answer(asked: BinaryIO) -> bytes | None:
    """What this file as a script writes when it reads `asked`, None if it fails or takes longer than PATIENCE."""
    # As isolated as this Python is; without the script's folder, whose files would be taken for modules.
    command = [sys.executable, "-I" if sys.flags.isolated else "-P", __file__]
    try:
        done = subprocess.run(
            command, stdin=asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 else None


def main() -> None:
    """Read a mesh from standard input, write its coordinates to standard output."""
    # From outside Python, which waits for xatlas: should whoever asked be gone, this process soon is as well.
    faulthandler.dump_traceback_later(PATIENCE, exit=True, file=open(os.devnull, "w"))
    with np.load(sys.stdin.buffer) as asked:
        uvs = charts(asked["vertices"], asked["faces"], int(asked["size"]))
    answer = io.BytesIO()
    np.save(answer, uvs)
    sys.stdout.buffer.write(answer.getvalue())
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
