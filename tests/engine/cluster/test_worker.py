"""What a worker hands on to the engine that it has."""

from __future__ import annotations

import subprocess
import sys

from engine.cluster.mirror import Outbox
from engine.cluster.worker import Worker
from engine.run.folder import commands_path


def test_what_is_added_to_an_exchange_that_comes_again_is_handed_on_once(tmp_path):
    worker = Worker()
    worker._folder, worker._outbox = tmp_path, Outbox(tmp_path)
    worker._process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        first = worker.exchange(1, b"snapshot\n")
        assert worker.exchange(1, b"snapshot\nstop\n") is first
        assert worker.exchange(1, b"snapshot\nstop\n") is first
        worker.exchange(2, b"")
        worker.exchange(3, b"pause\n")
    finally:
        worker._process.kill()
        worker._process.wait()
    assert commands_path(tmp_path).read_bytes() == b"snapshot\nstop\npause\n"
