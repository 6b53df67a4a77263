import pytest
from dreamfusion.bridge import runs
from dreamfusion.bridge.engine_process import EngineOptions
from dreamfusion.engine.run.events import EventWriter
from dreamfusion.engine.run.folder import checkpoint_path, commands_path
from dreamfusion.engine.run.tail import TailReader

from tests.waiting import until

OBJECT = 17

WORKS = """
    import os
    while os.read(0, 1):
        pass
"""


@pytest.fixture
def start(stub_engine, tmp_path):
    """Start a run of some engine source in a fresh folder; whatever still lives at the end is ended."""
    started = []

    def start_run(source: str = WORKS, verb: str = "run") -> runs.LiveRun:
        folder = tmp_path / "run"
        folder.mkdir(exist_ok=True)
        started.append(runs.start(EngineOptions(stub_engine(source), online=lambda: True), verb, folder, OBJECT))
        return started[-1]

    yield start_run
    runs.release_all()
    for run in started:
        run.process.kill()
        until_dead(run)


def until_dead(run: runs.LiveRun) -> None:
    until(lambda: run.process.exit_code is not None)


def test_events_become_a_sentence(start):
    run = start()
    events = EventWriter(run.folder)
    events.write("hello", schema=1, pid=run.process.pid, prompt="a red mug", steps=100, step=0)
    events.write("stage", name="optimising")
    events.write("progress", step=10, steps=100, rate=2.0, remaining=45.0)
    assert runs.poll(run)
    assert (run.status, run.alive) == ("running", True)
    assert "10 of 100" in run.sentence
    assert not runs.poll(run)


def test_a_killed_engine_is_a_crash_that_can_be_resumed(start):
    run = start()
    events = EventWriter(run.folder)
    events.write("hello", schema=1, prompt="a red mug", steps=100, step=0)
    events.write("progress", step=10, steps=100)
    run.process.kill()
    until_dead(run)
    runs.poll(run)
    assert (run.status, run.alive) == ("crashed", False)
    assert "Resume" in run.sentence


def test_an_exit_code_becomes_its_sentence(start):
    run = start("raise SystemExit(7)")
    until_dead(run)
    runs.poll(run)
    assert run.status == "failed" and run.can_resume, "what the artist mends can be tried again"
    assert "package" in run.sentence


def test_what_a_process_wrote_before_it_ended_is_read(start):
    run = start("raise SystemExit(0)")
    EventWriter(run.folder).write("done", reason="finished", step=5, seconds=1.0)
    until_dead(run)
    runs.poll(run)
    assert run.status == "finished"


def test_one_object_has_one_run(start):
    run = start()
    with pytest.raises(runs.RunRefused, match="stop its run first"):
        start()
    run.over = True
    second = start()
    assert runs.of(OBJECT) is second
    assert runs.live() == [second]


def test_stop_asks_first_and_then_insists(start):
    run = start()
    events = EventWriter(run.folder)
    events.write("hello", schema=1, prompt="a red mug", steps=100, step=0)
    events.write("stage", name="optimising")
    events.write("progress", step=10, steps=100)
    runs.poll(run)
    runs.stop(run)
    assert TailReader(commands_path(run.folder)).read() == [{"command": "stop"}]
    assert run.process.exit_code is None
    runs.poll(run)
    assert run.sentence.startswith("Stopping")
    runs.stop(run)
    until_dead(run)
    runs.poll(run)
    assert (run.status, run.can_resume) == ("stopped", False)
    checkpoint_path(run.folder).mkdir()
    (checkpoint_path(run.folder) / "checkpoint.json").write_text("{}", encoding="utf-8")
    runs.poll(run)
    assert run.can_resume and run.sentence == "Ended at once: Resume continues from the last checkpoint."


def test_before_the_first_step_stop_closes_the_lifeline_too(start):
    run = start("import os\nwhile os.read(0, 1):\n    pass\nprint('left')")
    EventWriter(run.folder).write("stage", name="downloading prior")
    runs.poll(run)
    runs.stop(run)
    until_dead(run)
    EventWriter(run.folder).write("done", reason="abandoned", step=0)
    runs.poll(run)
    assert run.status == "stopped" and "Blender closed" not in run.sentence and run.can_resume


def test_where_no_command_can_be_written_the_lifeline_stops_the_engine(start):
    run = start()
    commands_path(run.folder).mkdir()
    runs.stop(run)
    assert run.stopping
    until_dead(run)
    assert run.process.exit_code == 0


def test_a_resumed_run_keeps_its_snapshots_and_forgets_its_end(start, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    events = EventWriter(folder)
    events.write("hello", schema=1, prompt="a red mug", steps=100, step=0)
    events.write("snapshot", step=10, vertices=4, faces=4, seconds=0.1, final=False)
    events.write("done", reason="stopped", step=12, seconds=1.0)
    run = start(verb="resume")
    runs.poll(run)
    assert run.status == "starting"
    assert (run.state.snapshots, run.state.newest_snapshot) == (1, 10)


def test_the_run_that_waited_longest_comes_first(stub_engine, tmp_path):
    python = stub_engine(WORKS)
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir()
    options = EngineOptions(python, online=lambda: True)
    first, second = (runs.start(options, "run", folder, uid) for uid, folder in enumerate(folders))
    first.next_look = 2.0
    second.next_look = 1.0
    assert runs.live() == [second, first]
    runs.release_all()
    until_dead(first)
    until_dead(second)


def test_released_engines_leave_and_are_forgotten(start):
    run = start()
    runs.release_all()
    assert runs.live() == []
    assert runs.of(OBJECT) is None
    until_dead(run)
    assert run.process.exit_code == 0
