"""What a run's engine does of what it is told, between two steps."""

from __future__ import annotations

import time
from typing import Any

from engine.listener import Listener
from engine.optimise import Optimisation
from engine.session.saver import Saver

POLL_EVERY = 0.1
"""Seconds between two looks at the commands while paused."""


class Commands:
    """Obeys a run's commands.

    Attributes:
        ending: why the run is to end, "stopped" or "abandoned"; None while it goes on.
    """

    def __init__(self, listener: Listener, saver: Saver, optimisation: Optimisation):
        self.listener, self.saver, self.optimisation = listener, saver, optimisation
        self.ending: str | None = None
        self._paused = self._snapshot_due = False

    def obey(self) -> float:
        """Do what the commands say; while they say pause, wait for others. Returns the seconds that it took."""
        began = time.monotonic()
        while True:
            for command in self.listener.read():
                self._do(command)
            if self._snapshot_due:  # one for all that came together: dragging a slider sends many
                self._snapshot_due = False
                self.saver.snapshot(self.optimisation, final=False)
            if self.listener.gone.is_set():
                self.ending = self.ending or "abandoned"
            if self.ending or not self._paused:
                return time.monotonic() - began
            time.sleep(POLL_EVERY)

    def _do(self, command: dict[str, Any]) -> None:
        """Obey one; what means nothing, here or now, is left alone."""
        match command.get("command"):
            case "stop":
                self.ending = "stopped"
            case "pause" if not self._paused:
                self._paused = True
                self.saver.checkpoint(self.optimisation)
                self.listener.events.write("paused")
            case "resume" if self._paused:
                self._paused = False
                self.listener.events.write("resumed")
            case "snapshot":
                self._snapshot_due = True
            case "threshold" | "mesh" if (changed := self.saver.meshes.after(command)) != self.saver.meshes:
                self.saver.meshes = changed
                self._snapshot_due = True
                self.listener.events.write("mesh", mesh=self.saver.holds)
