"""One engine in a folder where locks do not hold: real processes, and every order in which their steps may come."""

import random
import subprocess
import sys
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.run import exits, owner
from engine.run.lock import FolderBusy, is_held, sole_engine
from engine.run.owner import Owner, Ownership, owners

ON = """
import sys
from engine.run import lock, owner
lock._lock = lambda *_, **__: {locks}  # what another computer's kernel says
owner.machine, owner.socket.gethostname = (lambda: {name!r}), (lambda: {name!r})
owner.BEAT, owner.LOOKS, owner.LOOK_EVERY, owner.SETTLE = 0.1, 12, 0.1, 0.3
with lock.sole_engine(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def start(folder: Path, name: str, locks: bool | None = True) -> subprocess.Popen:
    """An engine on another computer: its locks are no other's."""
    return subprocess.Popen(
        [sys.executable, "-c", ON.format(name=name, locks=locks), folder],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def is_in(process: subprocess.Popen) -> bool:
    return process.stdout.readline() == "held\n"


@pytest.fixture
def holder(tmp_path):
    with start(tmp_path, "attic") as process:
        assert is_in(process)
        yield process
        process.kill()


def test_a_folder_of_another_computers_is_refused_with_its_name(tmp_path, holder):
    with start(tmp_path, "cellar") as late:
        said = late.communicate()[1]
    assert late.returncode != 0 and "FolderBusy: An engine on attic is at work in" in said
    assert len(owners(tmp_path)) == 1 and is_held(tmp_path)


def test_where_nothing_can_be_locked_the_file_alone_keeps_two_of_one_computer_apart(tmp_path):
    with start(tmp_path, "attic", locks=None) as first, start(tmp_path, "attic", locks=None) as second:
        answers = [is_in(first), is_in(second)]
        first.kill(), second.kill()
    assert answers.count(True) <= 1


def test_one_that_leaves_frees_it_at_once(tmp_path, holder):
    holder.communicate("")
    assert owners(tmp_path) == [] and not is_held(tmp_path)
    with sole_engine(tmp_path):
        pass


def test_one_that_was_killed_frees_it_after_the_stated_looks_and_one_here_at_once(tmp_path, holder, monkeypatch):
    holder.kill()
    holder.wait()
    (dead,) = owners(tmp_path)
    slept = []
    monkeypatch.setattr(owner.time, "sleep", slept.append)
    monkeypatch.setattr(owner, "BEAT", 1e3)
    with sole_engine(tmp_path):
        assert dead not in owners(tmp_path)
        assert slept == [owner.LOOK_EVERY] * owner.LOOKS + [owner.SETTLE]
    slept.clear()
    dead.path.write_bytes(dead.said.replace(b'"attic"', f'"{owner.machine()}"'.encode()))
    with sole_engine(tmp_path):
        assert len(owners(tmp_path)) == 1 and slept == []


@pytest.mark.skipif(not hasattr(__import__("signal"), "SIGSTOP"), reason="no process can be made to sleep here")
def test_one_that_slept_for_too_long_leaves_when_it_wakes(tmp_path, holder):
    import signal

    holder.send_signal(signal.SIGSTOP)
    with start(tmp_path, "cellar") as late:
        assert is_in(late)
        holder.send_signal(signal.SIGCONT)
        assert holder.wait(10) == exits.FOLDER_BUSY and "has taken" in holder.stderr.read()
        (left,) = owners(tmp_path)
        assert left.host == "cellar"
        late.kill()


@pytest.mark.slow
def test_of_many_that_come_at_once_one_is_in(tmp_path):
    for _ in range(3):
        processes = [start(tmp_path, f"node{number}") for number in range(5)]
        answers = [is_in(process) for process in processes]
        for process in processes:
            process.kill(), process.communicate()
        assert answers.count(True) <= 1
        for left in owners(tmp_path):
            left.path.unlink()


def test_what_no_engine_has_written_is_no_owner(tmp_path):
    (tmp_path / "engine.x.owner").mkdir()
    (tmp_path / "engine.y.owner").write_bytes(b"x" * 100_000)
    (tmp_path / "my.owner").write_bytes(b"")
    assert owners(tmp_path) == [] and not is_held(tmp_path)
    for said in (b"[]", b'{"host": 7, "machine": []}', b"\xff", b'{"host": "a\\nb"}', b"[" * 4000):
        found = Owner(tmp_path, said)
        assert not found.is_here and "\n" not in found.host


def test_a_folder_that_is_gone_ends_no_engine(tmp_path):
    (folder := tmp_path / "run").mkdir()
    ownership = Ownership(folder, True)
    ownership.claim()
    assert ownership.beat()
    owners(folder)[0].path.unlink()
    assert not ownership.beat()
    folder.rmdir()
    assert ownership.beat()
    ownership.release()


class Computer(threading.Thread):
    """An engine that goes one step, from one call of the file system or of sleep to the next, when it is told to."""

    def __init__(self, folder: Path):
        super().__init__(daemon=True)
        self.folder, self.ownership = folder, Ownership(folder, locked=True)
        self.go, self.waits, self.ended = threading.Semaphore(0), threading.Semaphore(0), False
        self.owns = False

    def run(self):
        self.pause()
        try:
            self.ownership.claim()
            self.owns = True
        except FolderBusy:
            pass
        self.ended = True
        self.waits.release()

    def pause(self):
        self.waits.release()
        self.go.acquire()

    def step(self):
        if not self.ended:
            self.go.release()
            self.waits.acquire()

    def beat(self):
        """More often than others settle, as the engine's thread does; one that has lost the folder leaves."""
        self.owns = self.owns and self.ownership.beat()


def stepwise(monkeypatch) -> None:
    """Every call that others may come in between of is a step of a Computer."""

    def paused(function):
        def call(*arguments, **options):
            if isinstance(threading.current_thread(), Computer):
                threading.current_thread().pause()
            return function(*arguments, **options)

        return call

    for name in ("_put", "_take_back"):
        monkeypatch.setattr(Ownership, name, paused(getattr(Ownership, name)))
    monkeypatch.setattr(owner, "owners", paused(owners))
    monkeypatch.setattr(owner.time, "sleep", paused(lambda _: None))
    monkeypatch.setattr(Path, "unlink", paused(Path.unlink))
    monkeypatch.setattr(owner, "machine", lambda: threading.current_thread().name)


@settings(max_examples=80)
@given(st.lists(st.integers(0, 3), max_size=60), st.integers(2, 4), st.integers(0, 2), st.integers(0, 2**32))
def test_never_two_at_once_in_whatever_order_their_steps_come(drawn, count, dead, seed):
    """Some arrive beside owners that died; each makes its steps when the draw says so, and owners beat in between.
    Where nobody is taken for dead, an owner stays one."""
    chance = random.Random(seed)
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as monkeypatch:
        folder = Path(name)
        for number in range(dead):
            (folder / f"engine.{number}.owner").write_text('{"host": "grave", "machine": "other"}')
        stepwise(monkeypatch)
        monkeypatch.setattr(owner, "LOOKS", 3 if dead else 1_000)
        computers = [Computer(folder) for _ in range(count)]
        for computer in computers:
            computer.start()
            computer.waits.acquire()
        turns = iter(drawn)
        while not all(computer.ended for computer in computers):
            computers[next(turns, chance.randrange(count)) % count].step()
            before = [computer for computer in computers if computer.owns]
            for computer in computers:
                computer.beat()
            assert sum(computer.owns for computer in computers) <= 1
            assert dead or all(computer.owns for computer in before)


@settings(max_examples=100)
@given(st.integers(0, 2**32))
def test_an_owner_that_sleeps_while_another_takes_over_is_out_at_its_next_beat(seed):
    chance = random.Random(seed)
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as monkeypatch:
        folder = Path(name)
        (folder / "engine.0.owner").write_text('{"host": "grave", "machine": "other"}')
        stepwise(monkeypatch)
        monkeypatch.setattr(owner, "LOOKS", 3)
        sleeper, *others = (Computer(folder) for _ in range(3))
        for computer in (sleeper, *others):
            computer.start()
            computer.waits.acquire()
        for _ in range(chance.randrange(30)):  # it falls asleep somewhere on its way, or when it is in
            sleeper.step()
        while not all(other.ended for other in others):
            awake = chance.choice(others)
            awake.step()
            for other in others:
                other.beat()
        if sleeper.owns:
            sleeper.beat()
        while not sleeper.ended:
            sleeper.step()
            for other in others:
                other.beat()
        assert sum(computer.owns for computer in (sleeper, *others)) <= 1
