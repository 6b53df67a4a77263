"""An engine that this Blender has not started, or that outlived the one that did: only its run folder is known."""

from __future__ import annotations

from pathlib import Path

from ..engine.run.commands import send_command
from ..engine.run.lock import is_held


class AttachedEngine:
    """What an EngineProcess is to a run, by the run folder alone.

    It is alive while the folder's lock is held. A process id in a folder may be an old one, or a stranger's choice, so
    nothing is done with it: to end the engine at once is a command too.
    """

    kept = True
    """It does not leave with this Blender."""
    exit_code = None
    """Nobody but who started it learns of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def alive(self) -> bool:
        """Whether an engine is at work in the folder. Raises OSError if that cannot be told."""
        return is_held(self._folder)

    def release(self) -> None:
        """Follow it no longer: it goes on."""

    def kill(self) -> None:
        """Have it leave at once; what it wrote to the run folder stays. Raises OSError if it cannot be told."""
        send_command(self._folder, "abort")
