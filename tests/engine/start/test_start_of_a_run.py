"""A run from a shape, on the command line: what its folder holds, and starts that are refused."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from engine.__main__ import main
from engine.run import exits
from engine.run.settings import RunSettings, read_settings, write_settings
from engine.run.snapshots import read_snapshot
from engine.run.start import REACH, START, read_start
from engine.run.state import newest_snapshot
from tests.engine.test_cli import events, refused, run


def test_generate_keeps_the_shape_in_the_run_folder_and_begins_with_it(tmp_path):
    trimesh.creation.box([1, 1, 4]).export(tmp_path / "tower.stl")
    done = run(
        "generate", "a red cube", "--start", tmp_path / "tower.stl", "--output", tmp_path / "run", "--steps", "1",
        "--device", "cpu",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (tmp_path / "tower.stl").unlink()
    start = read_start(tmp_path / "run", read_settings(tmp_path / "run").start)
    assert len(start.faces) == 12 and np.linalg.norm(start.vertices, axis=1).max() == pytest.approx(REACH)
    found = read_snapshot(newest_snapshot(tmp_path / "run")[1]).vertices
    assert np.ptp(found, axis=0) == pytest.approx(np.ptp(start.vertices, axis=0), abs=0.08)


@pytest.mark.parametrize(
    "name, words", [("none.glb", "There is no file"), ("a.txt", "choose one of .npz"), ("empty.stl", "no f")]
)
def test_a_file_that_is_no_shape_is_refused_before_anything_is_made(tmp_path, capsys, name, words):
    (tmp_path / "a.txt").touch(), (tmp_path / "empty.stl").write_text("solid\nendsolid\n")
    code = main(["generate", "a mug", "--start", str(tmp_path / name), "--output", str(tmp_path / "run")])
    assert code == exits.BAD_INPUT and words in capsys.readouterr().err and not (tmp_path / "run").exists()


def test_a_run_folder_without_its_start_is_refused_in_one_sentence(tmp_path):
    write_settings(tmp_path, RunSettings("a mug", device="cpu", start=START))
    assert "There is no start.npz" in refused(run("run", tmp_path), exits.BAD_INPUT)
    assert events(tmp_path)[-1]["event"] == "error"
