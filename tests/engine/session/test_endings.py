"""How runs end and go on: checkpoints, divergence, an interrupt."""

import itertools
import math
import os
from pathlib import Path

import pytest
import torch

import engine.session
from engine.__main__ import main
from engine.checkpoint import CheckpointError, load_checkpoint
from engine.health import DivergenceError
from engine.run import exits
from engine.run.folder import checkpoint_path, has_checkpoint, snapshots_path
from tests.engine.analytic import GaussianPrior
from tests.engine.session.rig import Script, events, go, make, weights


def test_without_a_checkpoint_there_is_no_silent_fresh_start(tmp_path):
    snapshots_path(make(tmp_path)).mkdir()
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        go(tmp_path, resume=True)
    assert events(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_after_a_first_checkpoint_that_met_a_full_disk_a_resume_begins_again(tmp_path):
    checkpoint_path(make(tmp_path)).mkdir()
    unfinished = checkpoint_path(tmp_path) / f".tensors-000001.safetensors.{os.getpid()}.tmp"
    unfinished.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left on device"):
        go(tmp_path)
    assert checkpoint_path(tmp_path).exists() and not has_checkpoint(tmp_path)
    assert main(["resume", str(tmp_path)]) == exits.OK
    first, again = events(tmp_path, "hello")
    assert (first["resumed"], again["resumed"]) == (False, False) and has_checkpoint(tmp_path)


@pytest.mark.parametrize("verb", ["run", "resume"])
def test_an_empty_folder_of_checkpoints_hinders_nothing(tmp_path, verb):
    checkpoint_path(make(tmp_path)).mkdir()
    assert main([verb, str(tmp_path)]) == exits.OK
    assert events(tmp_path, "hello")[0]["resumed"] is False and events(tmp_path)[-1]["reason"] == "finished"


def test_a_checkpoint_of_other_settings_is_refused(tmp_path):
    go(make(tmp_path), Script(_3=[{"command": "stop"}]))
    before = weights(tmp_path)
    make(tmp_path, overrides={"field.grid.channels": 3})
    with pytest.raises(CheckpointError, match="does not fit"):
        go(tmp_path, resume=True)
    assert all(torch.equal(tensor, before[name]) for name, tensor in weights(tmp_path).items())


def test_a_finished_run_resumed_makes_its_last_mesh_again(tmp_path):
    go(make(tmp_path))
    go(tmp_path, resume=True)
    assert [event["reason"] for event in events(tmp_path, "done")] == ["finished"] * 2
    assert [event["final"] for event in events(tmp_path, "snapshot")] == [True, True]


def diverge(prior, monkeypatch, calls) -> None:
    """Have the prior answer with NaN whenever it is asked for one of these times, the first being 1."""
    count, exact = itertools.count(1), prior.predict_noise
    monkeypatch.setattr(
        prior, "predict_noise", lambda noisy, *others: exact(noisy, *others) * (math.nan if next(count) in calls else 1)
    )


def test_a_diverged_run_says_so_and_keeps_its_last_checkpoint(tmp_path, prior, monkeypatch):
    diverge(prior, monkeypatch, range(6, 1000))
    with pytest.raises(DivergenceError, match="diverging"):
        go(make(tmp_path, overrides={"checkpoint_every": 0.0}))
    tensors, numbers = load_checkpoint(checkpoint_path(tmp_path))
    assert numbers["step"] == 5 and torch.isfinite(tensors["field.grids.0"]).all()


def test_a_resumed_run_that_had_begun_again_counts_all_its_steps(tmp_path, prior, monkeypatch):
    diverge(prior, monkeypatch, [5])
    go(make(tmp_path))
    go(tmp_path, resume=True)
    first, again = events(tmp_path, "hello")
    assert again["steps"] == again["step"] == first["steps"] + 4


def test_a_run_that_diverges_at_its_first_step_begins_again(tmp_path, prior, monkeypatch):
    diverge(prior, monkeypatch, [1])
    go(make(tmp_path))
    assert events(tmp_path, "done")[0]["reason"] == "finished"
    assert events(tmp_path, "progress")[0]["remaining"] is None, "no rate is known yet"


def test_ctrl_c_keeps_what_there_is(tmp_path, monkeypatch, capsys):
    class Impatient(GaussianPrior):
        calls = 0

        def predict_noise(self, *arguments):
            self.calls += 1
            if self.calls == 4:
                raise KeyboardInterrupt
            return super().predict_noise(*arguments)

    monkeypatch.setattr(engine.session, "load_prior", lambda *_: Impatient(0.4, 0.3))
    assert main(["run", str(make(tmp_path))]) == 130
    done = events(tmp_path)[-1]
    assert (done["event"], done["reason"], done["step"]) == ("done", "stopped", 3)
    assert load_checkpoint(checkpoint_path(tmp_path))[1]["step"] == 3
    assert capsys.readouterr().err.strip().endswith("Interrupted.")


def test_ctrl_c_before_the_first_step_is_no_crash(tmp_path, monkeypatch):
    def impatient(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(engine.session, "load_prior", impatient)
    assert main(["run", str(make(tmp_path))]) == 130
    assert events(tmp_path)[-1] | {"time": 0} == {"event": "done", "reason": "stopped", "step": 0, "time": 0}
