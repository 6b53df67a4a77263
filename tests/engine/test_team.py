"""Several processes on one run: the same gradients, the same run, one checkpoint for all, and an end in words when one
of them dies."""

import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

import engine.session
from engine.run import exits
from engine.run.commands import send_command
from engine.run.folder import events_path, saved_step
from engine.run.settings import RunSettings, SettingsError, write_settings
from engine.run.tail import TailReader
from engine.team import ALONE, parts, shares
from engine.team.gather import gather
from tests.engine.analytic import GaussianPrior
from tests.engine.session.rig import STEPS, Script, events, go, make, weights
from tests.engine.team_member import SETTINGS, steps
from tests.engine.test_cli import ENVIRONMENT, ROOT, wait_for

MEMBER = Path(__file__).with_name("team_member.py")


@given(st.integers(1, 40), st.integers(1, 5), st.integers(1, 40), st.integers(1, 9))
def test_shares_are_of_whole_groups_and_about_equal(groups, group, processes, at_once):
    views = groups * group
    if processes > groups:
        words = f"for {groups} of {processes} processes: .* set 'views' to {processes * group}"
        with pytest.raises(SettingsError, match=words):
            shares(views, group, processes)
        return
    found = shares(views, group, processes)
    assert [view for share in found for view in share] == list(range(views))
    assert all(len(share) % group == 0 for share in found)
    sizes = {len(share) // group for share in found}
    assert min(sizes) >= 1 and max(sizes) - min(sizes) <= 1
    looked_at = [(rank, view) for rank, which in parts(found, at_once) for view in range(views)[which]]
    assert looked_at == [(rank, view) for rank, share in enumerate(found) for view in share]
    assert all(1 <= which.stop - which.start <= at_once for _, which in parts(found, at_once))


def test_one_process_is_alone_and_loads_nothing_for_several(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with gather() as team:
        assert team is ALONE and "engine.team.processes" not in sys.modules


def test_one_of_several_that_nobody_numbered_is_told_how_to_start(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(SettingsError, match="start the engine with torchrun"), gather():
        pass


def start_two(*arguments: str | Path) -> list[subprocess.Popen]:
    """Two processes with the variables that torchrun would set."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    told = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    return [
        subprocess.Popen(
            [sys.executable, *map(str, arguments)], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env=ENVIRONMENT | told | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
        )
        for rank in range(2)
    ]  # fmt: skip


def outputs(processes: list[subprocess.Popen], codes: list[int]) -> list[str]:
    """What they printed, once they have left with these exit codes."""
    printed = [process.communicate(timeout=300)[0].decode("utf-8", "replace") for process in processes]
    assert [process.returncode for process in processes] == codes, "\n".join(printed)
    return printed


@pytest.fixture(scope="module")
def tried(tmp_path_factory) -> Path:
    """A folder with what two processes left of all that they tried."""
    folder = tmp_path_factory.mktemp("tried")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.session, "load_prior", lambda *_: GaussianPrior(0.4, 0.3))
        for name in ("whole", "begun by two", "failed"):
            make(folder / name, overrides={"views_at_once": 1})
        go(make(folder / "begun by one", overrides={"views_at_once": 1}), Script(_6=[{"command": "stop"}]))
    outputs(start_two(MEMBER, folder), [0, exits.FAILED])
    return folder


@pytest.fixture
def alone(tmp_path, monkeypatch) -> dict[str, torch.Tensor]:
    """The last checkpoint of the run that one process makes."""
    monkeypatch.setattr(engine.session, "load_prior", lambda *_: GaussianPrior(0.4, 0.3))
    go(make(tmp_path / "alone", overrides={"views_at_once": 1}))
    return weights(tmp_path / "alone")


def assert_close(found: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor]) -> None:
    assert found.keys() == wanted.keys()
    for name in wanted:
        torch.testing.assert_close(found[name], wanted[name], rtol=1e-5, atol=1e-6, msg=lambda text: f"{name}: {text}")


def left(folder: Path, name: str) -> dict[str, torch.Tensor]:
    """What both processes left, which is the same in each, bit for bit."""
    one, other = (load_file(folder / f"{name}-{rank}.safetensors") for rank in range(2))
    assert one.keys() == other.keys() and [key for key in one if not torch.equal(one[key], other[key])] == []
    return one


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
def test_two_processes_have_the_gradients_of_one(tried, name):
    found = left(tried, name)
    assert any(name.startswith("gradient") and tensor.abs().max() > 0 for name, tensor in found.items())
    assert_close(found, steps(ALONE, name))


def test_when_memory_is_short_in_one_all_look_at_fewer_views_at_once(tried):
    assert left(tried, "short")["numbers"].tolist() == [3, 0, 2]


def test_when_numbers_are_not_finite_in_one_all_begin_again(tried):
    assert left(tried, "restarted")["numbers"].tolist() == [2, 1, 4]


def test_a_whole_run_is_that_of_one_process(tried, alone):
    assert_close(weights(tried / "whole"), alone)
    said = [event["event"] for event in events(tried / "whole")]
    assert said.count("hello") == said.count("done") == 1 and said[-1] == "done"
    assert events(tried / "whole")[0]["device_name"].startswith("2 x cpu")


def test_what_two_began_one_ends(tried, alone):
    folder = tried / "begun by two"
    assert (events(folder)[-1]["reason"], saved_step(folder)) == ("stopped", 5)
    go(folder, resume=True)
    assert saved_step(folder) == STEPS
    assert_close(weights(folder), alone)


def test_what_one_began_two_end(tried, alone):
    folder = tried / "begun by one"
    assert [hello["step"] for hello in events(folder, "hello")] == [0, 5]
    assert_close(weights(folder), alone)


def test_what_one_process_fails_at_the_others_are_told(tried, monkeypatch):
    sentence = (tried / "last words.txt").read_text(encoding="utf-8")
    assert sentence.startswith("One of the run's 2 processes failed (The engine failed (ValueError: the wug is gone)")
    assert sentence.endswith(": resume the run, with any number.")
    monkeypatch.setattr(engine.session, "load_prior", lambda *_: GaussianPrior(0.4, 0.3))
    assert saved_step(tried / "failed") == 3
    go(tried / "failed", resume=True)
    assert saved_step(tried / "failed") == STEPS


@pytest.mark.slow
def test_two_engines_are_stopped_and_one_of_them_dies(tmp_path, monkeypatch):
    overrides = {"resolutions": [[0, 16]], "render.samples": 24, "mesh_resolution": 32, "checkpoint_every": 1000.0}
    settings = RunSettings("a red ball", steps=100_000, device="cpu", snapshot_every=1000.0, overrides=overrides)
    write_settings(tmp_path, settings)
    reader = TailReader(events_path(tmp_path))
    first, second = start_two("-m", "engine", "run", tmp_path)
    wait_for(first, reader, "progress")
    send_command(tmp_path, "stop")
    outputs([first, second], [exits.OK, exits.OK])
    done = wait_for(first, reader, "done")
    assert done["reason"] == "stopped" and done["step"] == saved_step(tmp_path) > 0

    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    agent = subprocess.Popen(
        [*torchrun, "-m", "engine", "resume", str(tmp_path)], cwd=ROOT, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    while wait_for(agent, reader, "progress")["step"] < done["step"] + 3:
        pass
    (victim,) = [child for child in psutil.Process(agent.pid).children() if child.environ().get("RANK") == "1"]
    victim.kill()
    outputs([agent], [1])
    (message,) = [event["message"] for event in reader.read() if event["event"] == "error"]
    assert "processes" in message and "resume the run" in message
    assert saved_step(tmp_path) >= done["step"] + 3
    monkeypatch.setattr(engine.session, "load_prior", lambda *_: GaussianPrior(0.4, 0.3))
    before = saved_step(tmp_path)
    go(tmp_path, Script(_3=[{"command": "stop"}]), resume=True)
    assert saved_step(tmp_path) == before + 2
