"""A run folder for every line: the same whenever the same is asked, and another for whatever differs."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.batch.lines import Line
from engine.batch.plan import folder_name, others, plan, settings_of
from engine.run.folder import settings_path
from engine.run.settings import RunSettings, SettingsError, read_settings, write_settings
from engine.run.start import read_start
from engine.settings import engine_settings

COMMON = RunSettings("-", preset="draft", device="cpu", overrides={"views": 3})
SETTINGS = st.builds(
    RunSettings,
    prompt=st.sampled_from(["a red mug", "a red  Mug", "머그컵", "🦆", "con"]), seed=st.integers(0, 2),
    preset=st.sampled_from(["draft", "fine"]), snapshot_every=st.sampled_from([5.0, 1.0]),
    overrides=st.dictionaries(st.sampled_from(["views", "guidance.scale"]), st.integers(1, 2)),
)  # fmt: skip


@given(SETTINGS, SETTINGS)
def test_a_folder_has_one_name_for_one_wish(one, other):
    assert (folder_name(one) == folder_name(other)) == (one == other)
    assert folder_name(one) == folder_name(replace(one, overrides=dict(reversed(one.overrides.items()))))
    assert folder_name(one).isascii() and not set(folder_name(one)) & set('./\\:*?"<>| ')
    assert folder_name(one) != folder_name(one, b"shape")


def test_a_line_says_what_differs_from_what_is_common():
    asked = {"prompt": "a  mug\n", "seed": 4, "guidance.scale": 9, "overrides": {"views": 2}, "steps": 7}
    assert settings_of(asked, COMMON) == RunSettings(
        "a mug", preset="draft", device="cpu", seed=4, steps=7, overrides={"views": 2, "guidance.scale": 9}
    )
    assert settings_of({"prompt": "x"}, COMMON).overrides == {"views": 3}


@pytest.mark.parametrize(
    "asked, sentence",
    [
        ({"seed": 1}, "no prompt"),
        ({"prompt": 7}, "The prompt must be text"),
        ({"prompt": "a mug", "seed": "x"}, "seed must be a whole number"),
        ({"prompt": "a mug", "guidance.strength": 1}, "'guidance.strength' does not exist"),
        ({"prompt": "a mug", "overrides": 3}, "must be a table"),
        ({"prompt": "a mug", "views": float("nan")}, "cannot be saved as JSON"),
    ],
)
def test_what_no_run_can_do_is_refused(asked, sentence):
    with pytest.raises(SettingsError, match=sentence):
        settings_of(asked, COMMON)


def test_a_bad_line_stops_no_other_and_same_lines_share_a_run(tmp_path):
    lines = [
        Line(1, {"prompt": "a mug"}), Line(2, {"prompt": " "}), Line(3, {}, "It cannot be read."),
        Line(5, {"prompt": "a mug"}), Line(6, {"prompt": "a mug", "seed": 1}),
    ]  # fmt: skip
    root = tmp_path / "new" / "library"
    tasks, bad = plan(lines, COMMON, tmp_path, root)
    assert [(task.settings.prompt, task.settings.seed) for task in tasks] == [("a mug", 0), ("a mug", 1)]
    assert [line.number for line in bad] == [2, 3] and "The prompt is empty" in bad[0].sentence
    assert sorted(path.name for path in root.iterdir()) == sorted(task.folder.name for task in tasks)
    assert all(read_settings(task.folder) == task.settings for task in tasks)
    assert {task.steps for task in tasks} == {engine_settings(tasks[0].settings).steps}


def test_what_blender_has_changed_since_holds(tmp_path):
    lines = [Line(1, {"prompt": "a mug", "steps": 5})]
    (task,), _ = plan(lines, COMMON, tmp_path, tmp_path)
    write_settings(task.folder, replace(task.settings, steps=9))
    (again,), _ = plan(lines, COMMON, tmp_path, tmp_path)
    assert again.folder == task.folder and again.steps == again.settings.steps == 9
    settings_path(task.folder).write_text("{", encoding="utf-8")
    tasks, (bad,) = plan(lines, COMMON, tmp_path, tmp_path)
    assert tasks == [] and "is broken" in bad.sentence


def test_a_mesh_to_start_from_is_found_beside_the_lines_and_put_into_the_folder(tmp_path):
    mesh = tmp_path / "cubes.npz"
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 0, 1]], np.float32)
    np.savez(mesh, vertices=square, faces=np.array([[0, 1, 2]], np.int32))
    lines = [Line(1, {"prompt": "a mug", "start": "cubes.npz"}), Line(2, {"prompt": "a mug", "start": "gone.npz"}),
             Line(3, {"prompt": "a mug", "start": "cut\0off.npz"})]
    (task,), (gone, cut) = plan(lines, COMMON, tmp_path, tmp_path / "library")
    assert len(read_start(task.folder, task.settings.start).faces) == 1 and "gone.npz" in gone.sentence
    assert "holds a NUL" in cut.sentence
    np.savez(mesh, vertices=square * 0.5, faces=np.array([[0, 1, 2], [2, 1, 0]], np.int32))
    (other,), _ = plan(lines[:1], COMMON, tmp_path, tmp_path / "library")
    assert other.folder != task.folder


def test_runs_of_other_batches_are_found_and_broken_ones_left_out(tmp_path):
    mine, _ = plan([Line(1, {"prompt": "a mug"})], COMMON, tmp_path, tmp_path)
    theirs, _ = plan([Line(1, {"prompt": "a cone"}), Line(2, {"prompt": "a ball"})], COMMON, tmp_path, tmp_path)
    settings_path(theirs[1].folder).write_text(json.dumps({"schema": 99}), encoding="utf-8")
    (tmp_path / "no run").mkdir()
    assert [task.settings.prompt for task in others(tmp_path, mine)] == ["a cone"]
