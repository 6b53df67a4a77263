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
        self._paused = False

    def obey(self) -> float:
        """Do what the commands say; while they say pause, wait for others. Returns the seconds that it took."""
        began = time.monotonic()
        while True:
            for command in self.listener.read():
                self._do(command)
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
                self.saver.snapshot(self.optimisation, final=False)
            case "threshold" if _is_threshold(command.get("value")):
                self.saver.threshold = command.get("value") or self.saver.settings.mesh_threshold
                self.saver.snapshot(self.optimisation, final=False)


def _is_threshold(value: object) -> bool:
    """A density to mesh at, or None for the engine's own."""
    return value is None or (isinstance(value, (int, float)) and 0 < value < float("inf"))
