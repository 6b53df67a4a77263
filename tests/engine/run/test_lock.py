"""One engine in a folder, between real processes that end in every way."""

import errno
import os
import subprocess
import sys

import pytest

from engine.run import lock
from engine.run.folder import lock_path
from engine.run.lock import FolderBusy, is_held, sole_engine, sole_process

HOLD = """
import sys
from engine.run.lock import sole_engine
with sole_engine(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds tmp_path until its standard input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_held_folder_is_refused_in_one_sentence(tmp_path, holder):
    for _ in range(2):
        with pytest.raises(FolderBusy, match="Another engine is at work") as caught, sole_engine(tmp_path):
            pytest.fail("held twice")
        assert str(tmp_path) in str(caught.value) and "\n" not in str(caught.value)


def test_a_process_that_has_left_frees_it(tmp_path, holder):
    holder.communicate("")
    with sole_engine(tmp_path):
        pass


def test_a_killed_process_frees_it(tmp_path, holder):
    holder.kill()
    holder.wait()
    with sole_engine(tmp_path):
        pass


def test_it_can_be_held_again_and_again_with_what_is_in_the_file_left_alone(tmp_path):
    lock_path(tmp_path).write_bytes(b"mine")
    for _ in range(2):
        with sole_engine(tmp_path):
            pass
    assert lock_path(tmp_path).read_bytes() == b"mine"


def test_other_folders_are_free(tmp_path, holder):
    (tmp_path / "other").mkdir()
    with sole_engine(tmp_path / "other"):
        pass


def test_a_missing_folder_is_the_systems_error(tmp_path):
    with pytest.raises(FileNotFoundError), sole_engine(tmp_path / "gone"):
        pass


def test_anyone_can_tell_whether_it_is_held(tmp_path, holder):
    assert is_held(tmp_path) and is_held(tmp_path)
    holder.kill()
    holder.wait()
    assert not is_held(tmp_path)
    assert not is_held(tmp_path / "none") and not (tmp_path / "none").exists()


def test_who_only_asks_keeps_no_engine_away(tmp_path):
    """Asked without a pause by another process, as nobody does, an engine still gets in."""
    asks = "import sys\nfrom engine.run.lock import is_held\nprint(flush=True)\nwhile True: is_held(sys.argv[1])"
    with sole_engine(tmp_path):
        pass
    with subprocess.Popen([sys.executable, "-c", asks, tmp_path], stdout=subprocess.PIPE) as asking:
        asking.stdout.readline()
        try:
            for _ in range(20):
                with sole_engine(tmp_path):
                    pass
        finally:
            asking.kill()


def say_no(monkeypatch, number: int) -> None:
    """Have the file system answer every lock with that error."""

    def flock(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(lock.fcntl, "flock", flock)


@pytest.mark.skipif(os.name == "nt", reason="Windows locks in another way")
@pytest.mark.parametrize("name", ["ENOLCK", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"])
def test_where_a_network_drive_knows_no_locks_the_owners_file_tells(tmp_path, monkeypatch, name):
    say_no(monkeypatch, getattr(errno, name))
    with sole_process(tmp_path) as locked:
        assert locked is False and not is_held(tmp_path)
    with sole_engine(tmp_path):
        assert is_held(tmp_path)
    assert not is_held(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="Windows locks in another way")
def test_a_drive_that_fails_is_not_taken_for_one_without_locks(tmp_path, monkeypatch):
    lock_path(tmp_path).touch()
    say_no(monkeypatch, errno.EIO)
    for ask in (sole_process(tmp_path).__enter__, lambda: is_held(tmp_path)):
        with pytest.raises(OSError) as caught:
            ask()
        assert caught.value.errno == errno.EIO


def test_a_lock_that_is_no_plain_file_is_not_waited_for(tmp_path):
    lock_path(tmp_path).mkdir()
    with pytest.raises(OSError, match="not a plain file"):
        is_held(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("name", ["engine.lock", "engine.log", "snapshots", "checkpoint"])
def test_a_folder_that_leads_elsewhere_is_not_worked_in(tmp_path, name):
    folder, target = tmp_path / "run", tmp_path / "elsewhere"
    folder.mkdir()
    (folder / name).symlink_to(target)
    with pytest.raises(OSError, match="it is a link to another place"), sole_engine(folder):
        pass
    assert not target.exists()
