"""Engines that outlive who started them, and others who follow and steer them: real processes, one folder."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from dreamfusion.bridge import runs
from dreamfusion.bridge.attached_engine import AttachedEngine
from dreamfusion.bridge.engine_process import EngineOptions
from dreamfusion.engine.run.commands import send_command
from dreamfusion.engine.run.events import EventWriter
from dreamfusion.engine.run.folder import commands_path
from dreamfusion.engine.run.tail import TailReader

from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
LISTENS = f"""
    import sys, time
    sys.path.insert(0, {str(ROOT)!r})
    sys.modules.pop("engine", None)
    from engine.listener import Listener
    from engine.run.events import EventWriter
    from engine.run.lock import sole_engine
    with sole_engine(sys.argv[2]), Listener(sys.argv[2], sys.argv[1] == "resume", "--lifeline" in sys.argv) as listener:
        EventWriter(sys.argv[2]).write("hello", schema=1, prompt="a red mug", steps=100, step=0)
        EventWriter(sys.argv[2]).write("stage", name="optimising")
        time.sleep(1000)
"""
"""The real listener and lock, around no work: all is saved at any time."""
STARTS = """
import sys, types
from pathlib import Path
root, home, folder = sys.argv[1:]
extension = types.ModuleType("dreamfusion")
extension.__path__ = [root]
sys.modules["dreamfusion"] = extension
from dreamfusion.bridge import engine_process, runs
engine_process.ENGINE_HOME = Path(home)
options = engine_process.EngineOptions(Path(sys.executable), online=lambda: True, keep=True)
run = runs.start(options, "run", Path(folder), 1)
while run.status != "running":
    runs.poll(run)
    assert run.alive
print(run.process.pid, flush=True)
sys.stdin.read()
"""
"""Another Blender, as far as the bridge needs one."""


@pytest.fixture
def folder(tmp_path) -> Path:
    made = tmp_path / "run"
    made.mkdir()
    yield made
    runs.release_all()
    if AttachedEngine(made).alive:
        AttachedEngine(made).kill()
        until(lambda: not AttachedEngine(made).alive)


def until_status(run: runs.LiveRun, status: str) -> None:
    def polled() -> bool:
        runs.poll(run)
        return run.status == status

    until(polled)


@pytest.fixture
def started(folder, stub_engine, tmp_path):
    """Has an engine started by a process that is killed, or that left, once it is at work."""
    stub_engine(LISTENS)

    def start(end) -> None:
        command = [sys.executable, "-c", STARTS, ROOT, tmp_path / "home", folder]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline().strip().isdigit()
            end(process)
            process.wait()

    return start


@pytest.mark.parametrize("end", [subprocess.Popen.kill, lambda process: process.stdin.close()], ids=["kill", "exit"])
def test_a_kept_engine_outlives_who_started_it_and_is_stopped_by_another(folder, started, end):
    started(end)
    time.sleep(0.5)
    run = runs.attach(folder, 7)
    assert runs.of(7) is run and run.state.prompt == "a red mug"
    assert runs.attach(folder, 8) is None, "it is followed already"
    until_status(run, "running")
    runs.stop(run)
    until_status(run, "stopped")
    until(lambda: runs.attach(folder, 8) is None and not run.process.alive)


def test_told_twice_it_leaves_at_once_and_whoever_looks_on_sees_it(folder, started):
    started(subprocess.Popen.kill)
    run, onlooker = runs.attach(folder, 7), AttachedEngine(folder)
    run.stopping = True  # as after a Stop that something long keeps it from
    runs.stop(run)
    until_status(run, "stopped")
    until(lambda: not onlooker.alive)  # a process ends a little after it has said so
    assert [command["command"] for command in TailReader(commands_path(folder)).read()] == ["abort"]


def test_one_that_was_let_go_leaves_and_is_not_followed_meanwhile(folder, stub_engine):
    run = runs.start(EngineOptions(stub_engine(LISTENS), online=lambda: True), "run", folder, 7)
    until_status(run, "running")
    engine = AttachedEngine(folder)
    assert engine.alive
    runs.release_all()
    assert runs.attach(folder, 7) is None
    until(lambda: run.process.exit_code is not None)
    assert not engine.alive


def test_one_that_is_kept_is_let_go_and_followed_again(folder, stub_engine):
    kept = runs.start(EngineOptions(stub_engine(LISTENS), online=lambda: True, keep=True), "run", folder, 7)
    until_status(kept, "running")
    runs.release_all()
    run = runs.attach(folder, 9)
    assert isinstance(run.process, AttachedEngine) and kept.process.alive
    runs.stop(run)
    until_status(run, "stopped")
    until(lambda: kept.process.exit_code == 0)


def test_a_stop_that_comes_before_its_hello_is_heard(folder, stub_engine):
    """A resumed engine passes over the commands that it finds: this one finds a stop that was meant for it."""
    send_command(folder, "pause")
    hold = folder / "hold"
    hold.touch()
    waits = LISTENS.replace("import sys, time", f"import os, sys, time\n    while os.path.exists({str(hold)!r}): pass")
    run = runs.start(EngineOptions(stub_engine(waits), online=lambda: True, keep=True), "resume", folder, 7)
    runs.stop(run)
    hold.unlink()
    until_status(run, "stopped")
    until(lambda: run.process.exit_code == 0)
    assert not run.killed


def test_an_engine_that_is_leaving_or_not_there_is_not_followed(folder):
    from dreamfusion.engine.run.lock import sole_engine

    assert runs.attach(folder, 7) is None
    EventWriter(folder).write("done", reason="stopped", step=3)
    with sole_engine(folder):
        assert runs.attach(folder, 7) is None
    assert runs.of(7) is None


@pytest.mark.parametrize("attached", [False, True])
def test_one_that_is_to_make_room_for_the_next_leaves_though_it_is_kept(folder, stub_engine, attached):
    """As Keep wants it of a draft that is at work."""
    run = runs.start(EngineOptions(stub_engine(LISTENS), online=lambda: True, keep=True), "run", folder, 7)
    until_status(run, "running")
    if attached:
        runs.release_all()
        run = runs.attach(folder, 7)
    engine = runs.let_go(run)
    assert engine is run.process and runs.live() == []
    until(lambda: not engine.alive)


def test_a_kept_one_that_still_starts_is_ended_since_it_hears_no_command_yet(folder, stub_engine):
    deaf = "import time; time.sleep(90)"
    run = runs.start(EngineOptions(stub_engine(deaf), online=lambda: True, keep=True), "run", folder, 7)
    assert runs.let_go(run) is run.process and runs.live() == []
    assert not commands_path(folder).exists()
    until(lambda: not run.process.alive)


def test_a_paused_run_that_is_found_again_leaves_its_place_to_others(folder, started):
    started(subprocess.Popen.kill)
    run = runs.attach(folder, 7)
    assert not run.resting and runs.is_working(run)
    EventWriter(folder).write("paused", step=0)
    runs.release_all()
    run = runs.attach(folder, 7)
    assert run.resting and not runs.is_working(run)


@pytest.mark.skipif(os.name == "nt", reason="POSIX alone has sessions")
def test_it_is_in_a_session_of_its_own(folder, stub_engine):
    run = runs.start(EngineOptions(stub_engine(LISTENS), online=lambda: True, keep=True), "run", folder, 7)
    assert os.getsid(run.process.pid) == run.process.pid
    run.process.kill()
