"""A real Ray cluster of several processes on this computer, and workers that are killed."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from engine.cluster import connection
from engine.cluster.connection import ClusterError, check_address, connected
from engine.cluster.mirror import Outbox
from engine.cluster.worker import PREFIX, Worker
from engine.run import exits
from engine.run.commands import send_command
from engine.run.folder import events_path, saved_step
from engine.run.lock import is_held
from engine.run.settings import RunSettings, SettingsError
from engine.run.snapshots import read_snapshot
from engine.run.state import newest_snapshot, read_state
from engine.run.survey import look_at
from engine.run.tail import TailReader
from tests.engine.test_cli import ENVIRONMENT, ROOT, events, refused, run, wait_for
from tests.waiting import until

TINY = (
    "--preset", "draft", "--set", "resolutions=[[0,16]]", "--set", "render.samples=24", "--set", "mesh_resolution=32",
)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[dict[str, str]]:
    """Its addresses: `inside`, for one of its own computers, and `outside`; started as docs/scale.md says.

    What killed workers leave is in a folder of the tests; Ray's own files are not, since the path would be too long for
    its sockets.
    """
    if os.name == "nt":
        pytest.skip("Ray's clusters on Windows are experimental")
    port, client = free_port(), free_port()
    ours = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    before = {name: os.environ.get(name) for name in ours}
    os.environ |= ours
    command = [
        sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--node-ip-address=127.0.0.1", f"--port={port}",
        f"--ray-client-server-port={client}", "--num-cpus=2", "--include-dashboard=false", "--disable-usage-stats",
        "--block",
    ]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    places = {"TMPDIR": str(tmp_path_factory.mktemp("workers")), "RAY_TMPDIR": tempfile.gettempdir()}
    head = subprocess.Popen(command, env=ENVIRONMENT | ours | places, cwd=ROOT, **quiet)
    try:
        until(lambda: answers(port) and answers(client), seconds=120)
        yield {"inside": f"127.0.0.1:{port}", "outside": f"ray://127.0.0.1:{client}"}
    finally:
        head.terminate()
        head.wait(60)
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def start(*arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "engine", *arguments], cwd=ROOT, env=ENVIRONMENT | _tokens(), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def _tokens() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("RAY_")}


def kill_worker() -> None:
    """Kill the process of Ray's in which a worker is; its engine then leaves by itself."""
    engines = [
        process for process in psutil.process_iter(["cmdline"])
        if any(PREFIX in part for part in process.info["cmdline"] or ())
    ]
    (worker,) = {process.ppid() for process in engines}
    os.kill(worker, signal.SIGKILL)
    psutil.wait_procs(engines, timeout=60)


@pytest.mark.slow
def test_a_run_whose_worker_is_killed_twice_is_paused_stopped_and_finished_elsewhere(cluster, tmp_path):
    folder = tmp_path / "run"
    process = start(
        "generate", "a red ball", "--output", str(folder), "--ray", cluster["inside"], "--cores", "1",
        "--steps", "5000", "--snapshot-every", "0", *TINY, "--set", "checkpoint_every=1",
    )
    until(folder.exists, seconds=120)
    reader = TailReader(events_path(folder))
    hello = wait_for(process, reader, "hello")
    assert socket.gethostname() in hello["device_name"] and hello["pid"] == process.pid and is_held(folder)
    until(lambda: saved_step(folder) > 0, seconds=120)
    kill_worker()
    assert "goes on elsewhere from step" in wait_for(process, reader, "warning")["message"]
    again = wait_for(process, reader, "hello")
    assert again["resumed"] and again["step"] > 0
    send_command(folder, "pause")
    wait_for(process, reader, "paused")
    kill_worker()
    wait_for(process, reader, "hello")
    wait_for(process, reader, "paused")
    assert is_held(folder) and look_at(folder).status == "paused"
    send_command(folder, "resume")
    send_command(folder, "stop")
    assert wait_for(process, reader, "done")["reason"] == "stopped"
    assert process.wait(60) == exits.OK, process.stdout.read()
    assert not is_held(folder)
    step, snapshot = newest_snapshot(folder)
    assert len(read_snapshot(snapshot).faces) > 100 and saved_step(folder) >= step

    done = run("resume", folder, "--steps", saved_step(folder) + 3, "--ray", cluster["outside"], environment=_tokens())
    assert done.returncode == exits.OK, done.stderr
    state = read_state(folder)
    assert state.done == "finished" and state.step == saved_step(folder) and len(events(folder, "hello")) == 4


@pytest.mark.slow
def test_a_batch_has_as_many_runs_at_work_as_the_cluster_has_room_for(cluster, tmp_path):
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("a red ball\na blue ball\n")
    done = run(
        "batch", prompts, "--output", tmp_path / "library", "--steps", "40", "--ray", cluster["inside"],
        "--cores", "1", *TINY, environment=_tokens(),
    )
    assert done.returncode == exits.OK and "All 2 runs are done." in done.stdout, done.stdout + done.stderr
    folders = [path.parent for path in (tmp_path / "library").rglob("settings.json")]
    first, second = ([event["time"] for event in events(folder)] for folder in folders)
    assert max(first[0], second[0]) < min(first[-1], second[-1]), "side by side"


@pytest.mark.slow
def test_another_version_of_the_engine_is_named(cluster, monkeypatch):
    monkeypatch.setattr(connection, "__version__", "0.0.9")
    with connected(cluster["inside"]) as ray, pytest.raises(ClusterError, match="of the engine, this computer 0.0.9"):
        ray.worker({"num_cpus": 1})


@pytest.mark.long
@pytest.mark.parametrize("way", ["inside", "outside"])
def test_another_token_is_refused(cluster, tmp_path, way):
    done = run(
        "generate", "a mug", "--output", tmp_path / "run", "--ray", cluster[way],
        environment=_tokens() | {"RAY_AUTH_TOKEN": "0" * 64},
    )
    assert done.returncode == exits.CLUSTER_UNUSABLE, done.stderr
    # Ray's own warnings come before it: it writes them before any of its settings for logs is read.
    assert "RAY_AUTH_TOKEN are the same here and there" in done.stderr.strip().splitlines()[-1]


def test_what_cannot_be_reached_is_said_and_kept_for_later(tmp_path):
    done = run("generate", "a mug", "--output", tmp_path / "run", "--ray", f"127.0.0.1:{free_port()}")
    sentence = refused(done, exits.CLUSTER_UNUSABLE)
    assert "cannot be reached" in sentence and events(tmp_path / "run", "error")[0]["message"] == sentence
    assert (tmp_path / "run" / "settings.json").exists()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["", "ray://"])
def test_a_port_that_says_nothing_is_given_up(scheme):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"{scheme}127.0.0.1:{silent.getsockname()[1]}"
        code = f"from engine.cluster import connection as c; c.CONNECT = 2; c.connected({address!r}).__enter__()"
        command, told = [sys.executable, "-c", code], {"capture_output": True, "text": True}
        done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, **told, timeout=120)
    assert "does not answer" in done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    "address", ["", "ray://", "render-01", "http://render-01:6379", "render-01:port", "a b:1", "a:1:2"]
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(SettingsError):
        check_address(address)


@pytest.mark.parametrize(
    "said",
    [
        "Version mismatch: The cluster was started with:\n    Ray: 2.9.0\n    Python: 3.11.7\n"
        "This process was started with:",
        "Client Ray installation incompatible with server: client is 2.60.0, server is 2.9.0, "
        "the version must be the same",
        "Python minor versions differ between client and server: client is 3.11.7, server is 3.10.2",
    ],
)
def test_other_versions_are_named(said):
    sentence = str(connection._refused("ray://render-01:10001", RuntimeError(said)))
    assert sentence.startswith("The Ray cluster ray://render-01:10001 has another Ray or Python (")
    assert sentence.endswith("install the same versions here and there.") and "\n" not in sentence


def test_an_answer_that_was_lost_comes_again(tmp_path):
    worker = Worker()
    worker._folder, worker._outbox = tmp_path, Outbox(tmp_path)
    worker._process = subprocess.Popen([sys.executable, "-c", ""])
    worker._process.wait()
    events_path(tmp_path).write_text('{"event": "hello"}\n')
    first = worker.exchange(1, b'{"command": "pause"}\n')
    assert worker.exchange(1, b'{"command": "pause"}\n') == first and first.changes
    assert worker.exchange(2, b"").changes == []
    assert (tmp_path / "commands.jsonl").read_text().count("pause") == 1


class Nodes:
    """A stand-in for the package Ray that knows only computers."""

    def __init__(self, *resources: dict[str, float]):
        self._resources = resources

    def nodes(self):
        alive = [{"Alive": True, "Resources": one} for one in self._resources]
        return [*alive, {"Alive": False, "Resources": {"CPU": 99.0}}]


@pytest.mark.parametrize(
    ("device", "computers", "demands", "places"),
    [
        ("auto", [{"CPU": 4.0}, {"CPU": 3.0}], {"num_cpus": 2}, 3),
        ("auto", [{"CPU": 1.0}], {"num_cpus": 1}, 1),
        ("auto", [{"CPU": 16.0, "GPU": 4.0}, {"CPU": 8.0}], {"num_gpus": 1, "num_cpus": 1}, 4),
        ("cpu", [{"CPU": 16.0, "GPU": 4.0}], {"num_cpus": 2}, 8),
        ("cuda", [{"CPU": 2.0, "GPU": 1.0}], {"num_gpus": 1, "num_cpus": 1}, 1),
    ],
)
def test_a_run_asks_for_a_card_or_for_cores(device, computers, demands, places):
    cluster = connection.Cluster(Nodes(*computers), "10.0.0.7:6379")
    assert cluster.demands(RunSettings("a mug", device=device), 2) == demands
    assert cluster.places(demands) == places


def test_a_card_that_no_computer_has_is_not_waited_for():
    with pytest.raises(ClusterError, match="no graphics card"):
        connection.Cluster(Nodes({"CPU": 4.0}), "10.0.0.7:6379").demands(RunSettings("a mug", device="cuda"), 2)
