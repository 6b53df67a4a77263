"""All runs in a folder of runs, newest first: what was asked, and where each stands.

Little is read of each, so that a thousand are looked through in a moment; nothing that a folder holds makes it raise.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from .folder import events_path, holds_run, preview_path, snapshots_path
from .lock import is_held
from .png import check_png
from .reading import read_bounded
from .settings import SettingsError, clean_prompt, read_settings
from .snapshots import ALBEDO
from .state import read_state, status

MOST_EVENTS = 1 << 12
"""Bytes that are read of a run's events, the last ones: some twenty lines, which say how it stands."""
MOST_PICTURE, LARGEST_PICTURE = 1 << 24, 8192
"""Bytes, and pixels a side, of a picture that is worth showing."""
BROKEN, NOT_BEGUN = "broken", "not begun"
"""What a run's status may be in a list, beside those of `engine.run.state.status`."""


@dataclass(frozen=True)
class ListedRun:
    """One run folder."""

    folder: Path
    """Where it is."""
    began: float
    """Seconds since 1970: when it was made, by its name; otherwise when something in it last came or went."""
    prompt: str = ""
    """What was asked; the folder's name where that is not known."""
    seed: int | None = None
    """None where it is not known."""
    status: str = BROKEN
    """A word of `engine.run.state.status`, BROKEN or NOT_BEGUN."""
    sentence: str = ""
    """The same for the artist, or what is wrong."""

    @property
    def date(self) -> str:
        """When it began, local time, such as 2026-01-31 14:25."""
        return datetime.fromtimestamp(self.began).strftime("%Y-%m-%d %H:%M")

    @property
    def words(self) -> str:
        """What a search looks through."""
        return f"{self.prompt} {'' if self.seed is None else self.seed} {self.status} {self.date} {self.folder.name}"


def survey(root: Path, most: int) -> tuple[list[ListedRun], int]:
    """The newest runs in `root`, at most so many, newest first; and how many older folders were not looked into.

    What holds no run is left out. Raises OSError if `root` is there but cannot be read.
    """
    found = sorted(((_began_by(entry.name, entry), entry.name) for entry in _folders(root)), reverse=True)
    looked = (look_at(Path(root) / name, began) for began, name in found[:most])
    return [run for run in looked if run is not None], max(len(found) - most, 0)


def at_work(root: Path) -> Path | None:
    """A run in `root` that an engine is at work on, whoever started it, or None. Raises OSError if that cannot be
    told."""
    return next((folder for folder in map(Path, _folders(root)) if is_held(folder)), None)


def look_at(folder: Path, began: float | None = None) -> ListedRun | None:
    """One run folder as a list has it; None where there is no run in it.

    `began` is known to who has just listed the folder.
    """
    if not holds_run(folder):
        return None
    if began is None:
        began = _began_by(folder.name, folder)
    try:
        held = is_held(folder)
        state = read_state(folder, MOST_EVENTS)
    except OSError as error:
        return ListedRun(folder, began, folder.name, None, BROKEN, f"This run cannot be read ({error.strerror}).")
    prompt, seed, problem = _asked(folder)
    prompt = prompt or clean_prompt(state.prompt) or folder.name
    if problem and not held:
        return ListedRun(folder, began, prompt, seed, BROKEN, problem)
    if not held and not events_path(folder).exists():
        return ListedRun(folder, began, prompt, seed, NOT_BEGUN, "This run has not begun: Resume begins it.")
    return ListedRun(folder, began, prompt, seed, *status(state, held, None))


def picture_of(folder: Path) -> Path | None:
    """A whole picture of the run: its last rendered view or, where there is none, its newest texture; or None."""
    for path in (preview_path(folder), _newest_albedo(folder)):
        if path is not None:
            try:
                check_png(read_bounded(path, folder, MOST_PICTURE), LARGEST_PICTURE)
            except (OSError, ValueError):
                continue
            return path
    return None


def _folders(root: Path) -> list[os.DirEntry]:
    """What in `root` may hold a run, nothing where there is no `root`. Raises OSError if it cannot be read."""
    try:
        with os.scandir(root) as entries:
            return [entry for entry in entries if _may_hold_run(entry)]
    except FileNotFoundError:
        return []


def _may_hold_run(entry: os.DirEntry) -> bool:
    """A folder, or a link to one, whose name is text; what begins with a dot is a leftover or somebody else's."""
    try:
        entry.name.encode("utf-8")
        return entry.is_dir() and not entry.name.startswith(".")
    except (UnicodeError, OSError):
        return False


def _began_by(name: str, place: os.DirEntry | Path) -> float:
    """A time that the system can put into words; 0 where none is known."""
    for known in (lambda: datetime.strptime(name[:15], "%Y%m%d-%H%M%S").timestamp(), lambda: place.stat().st_mtime):
        try:
            began = known()
            datetime.fromtimestamp(began)
        except (ValueError, OverflowError, OSError):
            continue
        return began
    return 0.0


def _asked(folder: Path) -> tuple[str, int | None, str]:
    """Prompt and seed, and one sentence about what is wrong with them, or nothing."""
    try:
        settings = read_settings(folder)
    except SettingsError as error:
        return "", None, str(error)
    return settings.prompt, settings.seed, ""


def _newest_albedo(folder: Path) -> Path | None:
    """The texture that was written last."""
    try:
        with os.scandir(snapshots_path(folder)) as entries:
            steps = [(entry.stat().st_mtime, entry.path) for entry in entries if entry.name.isdigit()]
    except OSError:
        return None
    return Path(max(steps)[1]) / ALBEDO if steps else None
