"""Stop and the lifeline's end are heard wherever the engine is, in real processes: imports, downloads, last mesh."""

import json
import socket
import subprocess
import sys
import time

import pytest

from engine.listener import Listener
from engine.run import exits
from engine.run.commands import send_command
from engine.run.folder import checkpoint_path, events_path
from engine.run.settings import RunSettings, write_settings
from engine.run.tail import TailReader
from tests.engine.test_cli import ENVIRONMENT, start_with_lifeline

WORKING = """
import sys, time
from engine.listener import Listener
with Listener(sys.argv[1], lifeline=True) as listener:
    {}
    print("ready", flush=True)
    time.sleep(1000)
"""


def events(folder) -> list[dict]:
    return TailReader(events_path(folder)).read()


def stop(folder, process) -> str:
    send_command(folder, "stop")
    return "stopped"


def let_go(folder, process) -> str:
    process.stdin.close()
    return "abandoned"


def kept(folder, step: int) -> None:
    """What is seen of a checkpoint from outside."""
    checkpoint_path(folder).mkdir()
    (checkpoint_path(folder) / "checkpoint.json").write_text(json.dumps({"schema": 1, "step": step}), encoding="utf-8")


@pytest.fixture
def hub():
    """A model hub that takes connections and never answers, as an environment and the socket."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        yield {"HF_ENDPOINT": address, "NO_PROXY": "127.0.0.1", "HF_HUB_OFFLINE": "0"}, listening


@pytest.mark.parametrize("verb, step, leave", [("run", 0, stop), ("run", 0, let_go), ("resume", 700, let_go)])
def test_before_the_imports_are_done_no_download_begins(tmp_path, hub, verb, step, leave):
    environment, listening = hub
    write_settings(tmp_path, RunSettings("a mug", prior="stable-diffusion", weights="owner/model", device="cpu"))
    if step:
        kept(tmp_path, step)
    with start_with_lifeline(tmp_path, verb, HF_HOME=str(tmp_path / "hub"), **environment) as process:
        reason = leave(tmp_path, process)
        assert process.wait() == exits.OK, process.stdout.read()
    (done,) = events(tmp_path)
    assert (done["event"], done["reason"], done["step"]) == ("done", reason, step)
    listening.setblocking(False)
    with pytest.raises(BlockingIOError):
        listening.accept()


@pytest.mark.parametrize("leave", [stop, let_go])
def test_a_hub_that_does_not_answer_is_left_at_once(tmp_path, hub, leave):
    write_settings(tmp_path, RunSettings("a mug", prior="stable-diffusion", weights="owner/model", device="cpu"))
    with start_with_lifeline(tmp_path, HF_HOME=str(tmp_path / "hub"), **hub[0]) as process:
        while not any(event.get("name") == "looking up prior" for event in events(tmp_path)):
            assert process.poll() is None, process.stdout.read().decode("utf-8", "replace")
            time.sleep(0.1)
        reason = leave(tmp_path, process)
        assert process.wait() == exits.OK
    assert events(tmp_path)[-1]["reason"] == reason


def working(folder, code: str = "pass") -> subprocess.Popen:
    """A process that listens, runs some code and then does not come back."""
    command = [sys.executable, "-c", WORKING.format(code), str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT)
    assert process.stdout.readline() == b"ready\n"
    return process


@pytest.mark.parametrize("leave", [stop, let_go])
def test_the_final_mesh_need_not_return(tmp_path, leave):
    with working(tmp_path, "listener.saved_at = 900") as process:
        reason = leave(tmp_path, process)
        assert process.wait() == exits.OK
    (done,) = events(tmp_path)
    assert (done["reason"], done["step"]) == (reason, 900)


def test_what_is_being_written_is_written_to_its_end(tmp_path):
    write = "listener.events.held.acquire(); print('ready', flush=True); time.sleep(1); print('whole', flush=True)"
    with working(tmp_path, write + "; listener.events.held.release()") as process:
        send_command(tmp_path, "stop")
        assert process.wait() == exits.OK
        assert process.stdout.read().startswith(b"whole")


def test_a_done_that_can_not_be_written_is_an_exit_code(tmp_path):
    with working(tmp_path) as process:
        events_path(tmp_path).mkdir()
        process.stdin.close()
        assert process.wait() == exits.OUTPUT_NOT_WRITABLE


def test_while_there_is_something_to_save_it_is_the_loop_that_hears(tmp_path):
    with Listener(tmp_path) as listener:
        listener.saved_at = None
        send_command(tmp_path, "pause")
        send_command(tmp_path, "stop")
        listener.heed()
        assert [command["command"] for command in listener.read()] == ["pause", "stop"] and listener.read() == []
    assert events(tmp_path) == []


@pytest.mark.parametrize("heard_by", ["the thread", "the loop"])
def test_abort_does_not_wait_for_what_is_not_saved(tmp_path, heard_by):
    kept(tmp_path, 400)
    loop = "while True: listener.read()" if heard_by == "the loop" else "pass"
    code = f"listener.saved_at = None; print('ready', flush=True)\n    {loop}"
    with working(tmp_path, code) as process:
        send_command(tmp_path, "abort")
        assert process.wait() == exits.OK
    (done,) = events(tmp_path)
    assert (done["reason"], done["step"]) == ("stopped", 400)
