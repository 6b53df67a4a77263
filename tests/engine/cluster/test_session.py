"""What stands in an engine's place, beside workers that follow a script."""

import json
import os
from collections.abc import Iterator

import pytest

from engine.checkpoint import save_checkpoint
from engine.cluster import session as module
from engine.cluster.connection import ClusterError, WorkerLost
from engine.cluster.mirror import EVENTS, MirrorError, Outbox
from engine.cluster.session import RemoteSession
from engine.cluster.worker import Answer
from engine.listener import Listener
from engine.run import exits
from engine.run.commands import send_command
from engine.run.exits import EngineError
from engine.run.folder import checkpoint_path, events_path
from engine.run.settings import RunSettings, read_settings, write_settings
from engine.run.tail import TailReader


class Scripted:
    """A worker that says what its script yields; what it is told is sent into it."""

    def __init__(self, name: str, script: Iterator):
        self.host, self.script = name, script
        self.begun, self.told, self.let_go_of, self.ended = (), [], False, False
        next(script)

    def begin(self, *how):
        self.begun = how

    def exchange(self, commands: bytes) -> Answer:
        told = [json.loads(line)["command"] for line in commands.splitlines()]
        self.told += told
        answer = self.script.send(self)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def let_go(self):
        self.let_go_of = True

    def end(self):
        self.ended = True


class Cluster:
    """Its workers are the scripts, in order."""

    def __init__(self, *scripts):
        self.workers = [Scripted(f"render-{number}", script) for number, script in enumerate(scripts, 1)]
        self.waiting = list(self.workers)

    def worker(self, _demands):
        return self.waiting.pop(0)


def said(*events: dict, code=None) -> Answer:
    lines = b"".join(json.dumps(event).encode() + b"\n" for event in events)
    return Answer([(EVENTS, {EVENTS: lines})] if events else [], code)


HELLO = {"event": "hello", "pid": 1, "time": 0, "device_name": "a card", "step": 0, "steps": 9, "resumed": True}
DONE = {"event": "done", "reason": "finished", "step": 9}


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(module, "LOOK_EVERY", 0)


@pytest.fixture
def folder(tmp_path):
    write_settings(tmp_path, RunSettings("a mug", steps=9))
    return tmp_path


def work(folder, *scripts, resume=False) -> list[Scripted]:
    """Do the run with such workers, one after another; returns them."""
    cluster = Cluster(*scripts)
    with Listener(folder, resume) as listener:
        RemoteSession(folder, listener, cluster, {"num_cpus": 1}).start(resume)
    return cluster.workers


def events(folder, *kinds: str) -> list[dict]:
    return [event for event in TailReader(events_path(folder)).read() if not kinds or event["event"] in kinds]


def saved(folder, step: int) -> list:
    """The change by which a checkpoint of that step comes back."""
    elsewhere = folder / f"elsewhere-{step}"
    elsewhere.mkdir()
    save_checkpoint(checkpoint_path(elsewhere), {}, {"step": step})
    return Outbox(elsewhere).collect()


def test_a_run_elsewhere_looks_like_one_here(folder):
    def script():
        yield
        yield said(HELLO)
        yield said({"event": "progress", "step": 3})
        yield said(DONE, code=0)

    (worker,) = work(folder, script())
    assert worker.begun[0] == "run" and "settings.json" in worker.begun[1] and worker.ended
    stage, hello, progress, done = events(folder)
    assert stage["name"] == "waiting for a worker" and (progress["step"], done["reason"]) == (3, "finished")
    assert hello["device_name"] == "a card on render-1" and hello["pid"] == os.getpid()
    times = [event["time"] for event in events(folder)]
    assert times == sorted(times) and times[0] > 0, "by this computer's clock"


def test_commands_wait_for_the_engine_that_can_hear_them(folder):
    def script():
        worker = yield
        send_command(folder, "pause")
        yield said()
        assert worker.told == []
        yield said(HELLO)
        yield said()
        assert worker.told == ["pause"]
        yield said(DONE, code=0)

    work(folder, script())


def test_a_lost_worker_s_run_goes_on_elsewhere_and_stays_paused(folder):
    def first():
        worker = yield
        yield said(HELLO)
        send_command(folder, "pause")
        yield Answer(saved(folder, 5), None)
        assert worker.told == ["pause"]
        yield WorkerLost("the actor died")

    def second():
        worker = yield
        yield said(HELLO | {"step": 5})
        yield said()
        assert worker.told == ["pause"]
        yield said(DONE, code=0)

    _, worker = work(folder, first(), second())
    verb, files, _ = worker.begun
    assert verb == "resume" and json.loads(files["checkpoint/checkpoint.json"])["step"] == 5
    (warning,) = events(folder, "warning")
    assert warning["message"] == (
        "The worker on render-1 was lost (the actor died): the run goes on elsewhere from step 5."
    )


def test_an_engine_that_is_killed_is_a_loss_too(folder):
    def first():
        yield
        yield said(HELLO, code=-9)

    def second():
        yield
        yield said(HELLO, DONE, code=0)

    work(folder, first(), second())
    assert "the system ended it" in events(folder, "warning")[0]["message"]


def lost(*changes):
    """A script of a worker that is lost, after it has sent something perhaps."""
    yield
    yield Answer([*said(HELLO).changes, *changes], None)
    yield WorkerLost("gone")


def test_one_loss_after_another_ends_the_run(folder):
    with pytest.raises(ClusterError, match="3 workers in a row were lost, the last on render-3"):
        work(folder, lost(), lost(), lost())
    assert len(events(folder, "warning")) == 2


def test_losses_with_progress_between_them_do_not(folder):
    def last():
        yield
        yield said(HELLO, DONE, code=0)

    work(folder, *(lost(*saved(folder, step)) for step in range(1, 6)), last())
    assert len(events(folder, "warning")) == 5


def test_how_an_engine_failed_is_raised_here(folder):
    def script():
        yield
        yield said(HELLO, {"event": "error", "message": "The prior is broken."}, code=exits.PRIOR_UNUSABLE)

    with pytest.raises(EngineError, match="^The prior is broken.$") as caught:
        work(folder, script())
    assert caught.value.exit_code == exits.PRIOR_UNUSABLE and events(folder, "error") == []


def test_a_run_that_was_told_to_stop_ends_with_its_worker(folder):
    def script():
        yield
        yield said(HELLO)
        send_command(folder, "stop")
        yield Answer(saved(folder, 4), None)
        yield WorkerLost("gone")

    work(folder, script())
    (done,) = events(folder, "done")
    assert (done["reason"], done["step"]) == ("stopped", 4)


def test_whoever_started_it_may_go(folder):
    listeners = []

    def script():
        worker = yield
        yield said(HELLO)
        listeners[0].gone.set()
        yield said()
        assert worker.let_go_of
        yield said(DONE | {"reason": "abandoned"}, code=0)

    with Listener(folder) as listener:
        listeners.append(listener)
        RemoteSession(folder, listener, Cluster(script()), {"num_cpus": 1}).start(resume=False)
    assert events(folder, "done")[0]["reason"] == "abandoned"


def test_ctrl_c_has_the_engine_keep_what_there_is(folder):
    def script():
        worker = yield
        yield said(HELLO)
        yield KeyboardInterrupt()
        assert worker.told == ["stop"]
        yield said(DONE | {"reason": "stopped"}, code=0)

    with Listener(folder) as listener:
        session = RemoteSession(folder, listener, Cluster(script()), {"num_cpus": 1})
        with pytest.raises(KeyboardInterrupt):
            session.start(resume=False)
        session.interrupt()
    assert events(folder, "done")[0]["reason"] == "stopped"


def test_settings_cannot_be_changed_from_elsewhere(folder):
    def script():
        yield
        yield Answer([("settings.json", {"settings.json": b"{}"})], None)

    with pytest.raises(MirrorError):
        work(folder, script())
    assert read_settings(folder).prompt == "a mug"


def test_a_run_without_its_checkpoint_is_refused_before_a_worker_is_asked_for(folder):
    (folder / "snapshots").mkdir()
    with pytest.raises(EngineError) as caught:
        work(folder, resume=True)
    assert caught.value.exit_code == exits.CHECKPOINT_UNUSABLE
