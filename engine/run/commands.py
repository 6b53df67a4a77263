"""What a running engine is told, one JSON object a line: commands.jsonl."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .atomic import append_json_line
from .folder import commands_path
from .tail import TailReader

COMMANDS = ("pause", "resume", "snapshot", "threshold", "mesh", "stop", "abort")


def command_reader(folder: Path) -> TailReader:
    """A reader of the run's commands, from the first on."""
    return TailReader(commands_path(folder))


def send_command(folder: Path, command: str, **fields: Any) -> None:
    """Append {"command": command, **fields} to the folder's commands.jsonl; the engine hears it within a moment.

    Raises ValueError for a command that is not one of COMMANDS, OSError if the folder cannot be written.
    """
    if command not in COMMANDS:
        raise ValueError(f"The command {command!r} is not known: send one of {', '.join(COMMANDS)}.")
    append_json_line(commands_path(folder), {"command": command, **fields})
