"""The near side: what stands in an engine's place in a run folder while one elsewhere does its work."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from engine.cluster.connection import Cluster, ClusterError, RemoteWorker, WorkerLost, connected
from engine.cluster.mirror import needed, put
from engine.listener import Listener
from engine.run.atomic import append_json_line, encode_json
from engine.run.checkpoints import missing
from engine.run.exits import OK, EngineError, in_words
from engine.run.folder import checkpoint_path, events_path, has_checkpoint, saved_step, snapshots_path
from engine.run.settings import read_settings

LOOK_EVERY = 0.2
"""Seconds between two questions to a worker."""
LOSSES = 3
"""So many workers lost one after another, with no new checkpoint between, and the run is left."""


def work_elsewhere(
    folder: Path, listener: Listener, address: str, cores: int, resume: bool, download: bool = False
) -> None:
    """Do a folder's run on a Ray cluster, to its end or until told to stop.

    Args:
        folder: the run folder, with settings.json in it.
        listener: what hears the folder's commands.
        address: the cluster's.
        cores: how many cores of one of its computers the run asks for, where that has no graphics card.
        resume: whether it goes on from its checkpoint.
        download: whether somebody has agreed to a download of the prior's weights.

    Raises EngineError as the engine that does it would, SettingsError, ClusterError, OSError.
    """
    run = read_settings(folder)
    with connected(address) as cluster:
        session = RemoteSession(folder, listener, cluster, cluster.demands(run, cores), download)
        try:
            session.start(resume)
        except KeyboardInterrupt:
            session.interrupt()
            raise


class RemoteSession:
    """A run whose engine is elsewhere: commands go there, files and events come back.

    If a worker is lost, another one goes on from the last checkpoint that came back. Whatever a run is told while no
    engine has greeted yet is handed on once it has.

    Args:
        folder: the run folder, with settings.json in it.
        listener: what hears the folder's commands.
        cluster: where workers come from.
        demands: what a worker asks a computer for.
        download: whether somebody has agreed to a download of the prior's weights.
    """

    def __init__(
        self, folder: Path, listener: Listener, cluster: Cluster, demands: dict[str, int], download: bool = False
    ):
        self.folder, self.listener, self.cluster = folder, listener, cluster
        self.demands, self.download, self.run = demands, download, read_settings(folder)
        self.worker: RemoteWorker | None = None
        self._greeted = self._let_go = self._paused = self._stopped = self._done = False
        self._error: str | None = None
        self._unsent: list[dict[str, Any]] = []
        self._losses, self._lost_at = 0, -1

    def start(self, resume: bool) -> None:
        """Do the run, from the beginning or from its checkpoint, to its end or until told to stop.

        Raises EngineError as the engine that does it would, ClusterError, OSError.
        """
        if resume and snapshots_path(self.folder).exists() and not has_checkpoint(self.folder):
            raise missing(checkpoint_path(self.folder))
        verb = "resume" if resume else "run"
        while not self._done:
            try:
                self._begin(verb)
                self._watch()
            except WorkerLost as lost:
                self._bear(lost)
                verb = "resume"

    def interrupt(self) -> None:
        """Have the engine keep what there is when the one at the terminal presses Ctrl+C."""
        if self.worker is not None and self._greeted and not self._done:
            self._unsent.append({"command": "stop"})
            try:
                self._watch()
            except WorkerLost as lost:
                self._stopped = True
                self._bear(lost)

    def _begin(self, verb: str) -> None:
        """Find a worker and have it start an engine. Until that greets all is saved here, and `stop` leaves at once."""
        self.worker, self._greeted, self._error = None, False, None
        self.listener.saved_at = saved_step(self.folder)
        self.listener.events.write("stage", name="waiting for a worker")
        self.worker = self.cluster.worker(self.demands)
        self.worker.begin(verb, needed(self.folder, self.run), self.download)

    def _watch(self) -> None:
        """Hand on and take back until the engine has left. Raises WorkerLost, EngineError, OSError."""
        while True:
            self._send_for_commands()
            lines = b"".join(encode_json(command) + b"\n" for command in self._unsent)
            answer = self.worker.exchange(lines)
            self._unsent = []
            for change in answer.changes:
                for event in put(self.folder, change):
                    self._hear(event)
            if answer.exit_code is not None:
                break
            time.sleep(LOOK_EVERY)
        self.worker.end()
        self._conclude(answer.exit_code)

    def _send_for_commands(self) -> None:
        """What the run has been told since, and whether whoever started it has gone."""
        if not self._greeted:
            return
        for command in self.listener.read():
            if command.get("command") in ("pause", "resume"):
                self._paused = command["command"] == "pause"
            self._stopped |= command.get("command") == "stop"
            self._unsent.append(command)
        if self.listener.gone.is_set() and not self._let_go:
            self._let_go = True
            self.worker.let_go()

    def _hear(self, event: dict[str, Any]) -> None:
        """Write down an event of the engine's, by this computer's clock; how it failed is kept for `_conclude`."""
        kind = event.get("event")
        if kind == "error":
            self._error = str(event.get("message"))
            return
        if kind == "hello":
            event |= {"pid": os.getpid(), "device_name": f"{event.get('device_name')} on {self.worker.host}"}
        with self.listener.events.held:
            append_json_line(events_path(self.folder), event | {"time": time.time()})
            self._done |= kind == "done"
            if kind == "hello":
                self._greet()

    def _greet(self) -> None:
        """From here on the engine is what there is to save, and hears commands."""
        self.listener.saved_at, self._greeted, self._let_go = None, True, False
        if self._paused:
            self._unsent.append({"command": "pause"})

    def _conclude(self, code: int) -> None:
        """Raise EngineError as the engine would have, or WorkerLost if it said nothing."""
        if self._error is not None:
            raise EngineError(self._error, code if code > OK else None)
        if not self._done:
            raise WorkerLost(f"its engine ended: {in_words(code)}")

    def _bear(self, lost: WorkerLost) -> None:
        """Be ready for another worker, unless the run was to end anyway, or too many were lost. Raises ClusterError."""
        step = saved_step(self.folder)
        host = self.worker.host if self.worker else "a computer of the cluster"
        self._unsent = []
        if self._stopped or self.listener.gone.is_set():
            self.listener.events.write("done", reason="stopped" if self._stopped else "abandoned", step=step)
            self._done = True
            return
        self._losses = self._losses + 1 if step == self._lost_at else 1
        self._lost_at = step
        if self._losses == LOSSES:
            raise ClusterError(f"{LOSSES} workers in a row were lost, the last on {host} ({lost}): look at the Ray"
                               " cluster, then press Resume.")
        sentence = f"The worker on {host} was lost ({lost}): the run goes on elsewhere from step {step}."
        self.listener.events.write("warning", message=sentence)
