"""Where things are in a run folder, and how a fresh one is named."""

from __future__ import annotations

import os
import re
import unicodedata
from datetime import datetime
from itertools import count
from pathlib import Path

from .checkpoints import NUMBERS
from .korean import in_english
from .reading import read_json

SCHEMA = 1
"""Version of the run folder's files; a reader refuses a newer one."""

MAX_SLUG = 32
"""Longest part of a folder's name that comes from the prompt, in characters: Windows paths are short."""


def settings_path(folder: Path) -> Path:
    """What was asked: settings.json."""
    return Path(folder) / "settings.json"


def events_path(folder: Path) -> Path:
    """What the engine says: events.jsonl."""
    return Path(folder) / "events.jsonl"


def commands_path(folder: Path) -> Path:
    """What the engine is told: commands.jsonl."""
    return Path(folder) / "commands.jsonl"


def holds_run(folder: Path) -> bool:
    """Whether there is a run in the folder."""
    return any(os.path.isfile(path(folder)) for path in (settings_path, events_path))


def preview_path(folder: Path) -> Path:
    """The last rendered view: preview.png."""
    return Path(folder) / "preview.png"


def checkpoint_path(folder: Path) -> Path:
    """The folder of the last checkpoint: checkpoint/."""
    return Path(folder) / "checkpoint"


def has_checkpoint(folder: Path) -> bool:
    """Whether there is something that a run could go on from."""
    return (checkpoint_path(folder) / NUMBERS).exists()


def saved_step(folder: Path) -> int:
    """The step that a run would go on from; 0 if none is known."""
    try:
        step = read_json(checkpoint_path(folder) / NUMBERS, folder)["step"]
    except (OSError, ValueError, KeyError, TypeError):
        return 0
    return step if isinstance(step, int) else 0


def log_path(folder: Path) -> Path:
    """Everything the engine printed: engine.log."""
    return Path(folder) / "engine.log"


def lock_path(folder: Path) -> Path:
    """What an engine at work holds locked: engine.lock, an empty file."""
    return Path(folder) / "engine.lock"


def snapshots_path(folder: Path) -> Path:
    """The folder of all snapshots: snapshots/."""
    return Path(folder) / "snapshots"


def snapshot_path(folder: Path, step: int) -> Path:
    """The folder of one step's snapshot: snapshots/000250/ for step 250."""
    return snapshots_path(folder) / f"{step:06d}"


def slug(prompt: str) -> str:
    """The prompt as lower-case ASCII words joined by hyphens, Korean in English, at most MAX_SLUG characters; may be
    empty.

    >>> slug("A Café, at night!"), slug("빨간 머그컵")
    ('a-cafe-at-night', 'a-red-mug')
    """
    decomposed = unicodedata.normalize("NFKD", in_english(prompt.lower()))
    ascii_text = decomposed.encode("ascii", "ignore").decode("ascii").lower()
    return "-".join(re.findall(r"[a-z0-9]+", ascii_text))[:MAX_SLUG].strip("-")


def new_run_folder(root: Path, prompt: str) -> Path:
    """Create a fresh, empty run folder inside `root` (created if missing) and return its path.

    The name is the local date and time, then the prompt's slug, for example 20260131-142501-a-red-car. It starts with a
    digit and holds only a-z, 0-9 and hyphens, so it is never one of the names that Windows reserves.

    Raises OSError if the folder cannot be created.
    """
    name = "-".join(filter(None, (datetime.now().strftime("%Y%m%d-%H%M%S"), slug(prompt))))
    root = Path(root)
    root.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        folder = root / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise AssertionError("unreachable: count() does not end")
