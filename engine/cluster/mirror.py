"""What is new in a run folder, as bytes under names, and a run folder that becomes like another by them.

An engine writes a file before the event that names it. So events are read first and written last: a reader of the
second folder finds what events speak of, as a reader of the first does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from engine.run.atomic import atomic_folder, atomic_write_bytes
from engine.run.checkpoints import MAX_TENSORS, NUMBERS, TENSORS, replace_checkpoint
from engine.run.exits import EngineError
from engine.run.folder import (
    checkpoint_path, commands_path, events_path, log_path, preview_path, settings_path, snapshots_path,
)
from engine.run.reading import MAX_JSON, read_bounded
from engine.run.settings import RunSettings
from engine.run.snapshots import ALBEDO, MESH, thin_snapshots
from engine.run.snapshots import MAX_BYTES as MAX_SNAPSHOT
from engine.run.start import MAX_BYTES as MAX_START
from engine.run.tail import parse_line

Change = tuple[str, dict[str, bytes]]
"""A place in a run folder, and the files there by their names: a snapshot's or a checkpoint's belong together."""

CHECKPOINT, PREVIEW, LOG, EVENTS, SNAPSHOT = "checkpoint", "preview.png", "engine.log", "events.jsonl", "snapshots/"
MAX_PICTURE, MAX_LINES = 1 << 24, 1 << 22
"""Bytes of a preview, and of the log and the events in one change."""
PLACES = {
    re.compile(r"snapshots/[0-9]{6,12}"): {re.escape(MESH): MAX_SNAPSHOT, re.escape(ALBEDO): MAX_SNAPSHOT},
    re.compile(CHECKPOINT): {re.escape(NUMBERS): MAX_JSON, r"tensors-[0-9]{6,16}\.safetensors": MAX_TENSORS},
    re.compile(re.escape(PREVIEW)): {re.escape(PREVIEW): MAX_PICTURE},
    re.compile(re.escape(LOG)): {re.escape(LOG): MAX_LINES},
    re.compile(re.escape(EVENTS)): {re.escape(EVENTS): MAX_LINES},
}
"""All that another computer may write here: patterns of places, and of their files with the most bytes of each."""


class MirrorError(EngineError):
    """Another computer sent what no engine writes."""


def needed(folder: Path, run: RunSettings) -> dict[str, bytes]:
    """What an engine elsewhere needs to begin a folder's run or to go on with it, by paths in the folder.

    Raises OSError, or ValueError for a file that is too large.
    """
    numbers = checkpoint_path(folder) / NUMBERS
    limits = {settings_path(folder): MAX_JSON, commands_path(folder): 1 << 25, numbers: MAX_JSON}
    if run.start:
        limits[folder / run.start] = MAX_START
    files = {path: read_bounded(path, folder, most) for path, most in limits.items() if path.exists()}
    if checkpoint_path(folder) / NUMBERS in files:
        files |= {path: read_bounded(path, folder, MAX_TENSORS) for path in checkpoint_path(folder).glob(TENSORS)}
    return {path.relative_to(folder).as_posix(): data for path, data in files.items()}


class Outbox:
    """Says what has become new in a run folder.

    >>> Outbox(folder).collect()  # doctest: +SKIP
    [('preview.png', {'preview.png': b'...'}), ('events.jsonl', {'events.jsonl': b'...'})]
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._offsets: dict[Path, int] = {}
        self._seen: dict[Path, int] = {}

    def collect(self) -> list[Change]:
        """All changes since the last call, in the order in which they are to be made elsewhere. Raises OSError."""
        events = self._lines(events_path(self.folder), EVENTS, whole=True)
        log = self._lines(log_path(self.folder), LOG, whole=False)
        return [*self._snapshots(), *self._checkpoint(), *self._preview(), *log, *events]

    def _lines(self, path: Path, place: str, whole: bool) -> list[Change]:
        """What was appended to a file, up to the end of a line where only `whole` ones count."""
        try:
            with open(path, "rb") as file:
                file.seek(self._offsets.get(path, 0))
                data = file.read(MAX_LINES)
        except FileNotFoundError:
            return []
        data = data[: data.rfind(b"\n") + 1] if whole else data
        self._offsets[path] = self._offsets.get(path, 0) + len(data)
        return [(place, {place: data})] if data else []

    def _preview(self) -> list[Change]:
        path = preview_path(self.folder)
        return self._changed(PREVIEW, path, lambda: {path.name: path.read_bytes()})

    def _checkpoint(self) -> list[Change]:
        def pair() -> dict[str, bytes]:
            """The numbers, and the tensors that these very numbers name: both may be replaced meanwhile."""
            numbers = read_bounded(path, self.folder, MAX_JSON)
            name = json.loads(numbers)["tensors"]
            return {NUMBERS: numbers, name: path.with_name(name).read_bytes()}

        path = checkpoint_path(self.folder) / NUMBERS
        return self._changed(CHECKPOINT, path, pair)

    def _snapshots(self) -> list[Change]:
        folders = snapshots_path(self.folder).glob("[0-9]*")
        steps = sorted((path for path in folders if path.name.isdecimal()), key=lambda path: int(path.name))
        return [
            change for path in steps
            for change in self._changed(SNAPSHOT + path.name, path / MESH, partial(_read, path, MESH, ALBEDO))
        ]

    def _changed(self, place: str, witness: Path, read: Callable[[], dict[str, bytes]]) -> list[Change]:
        """What `read` finds, if the `witness` is another than before; nothing yet where it is just being replaced."""
        try:
            written = witness.stat().st_mtime_ns
            if self._seen.get(witness) == written:
                return []
            files = read()
        except FileNotFoundError:
            return []
        self._seen[witness] = written
        return [(place, files)]


def _read(folder: Path, *names: str) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in names}


def put(folder: Path, change: Change) -> list[dict[str, Any]]:
    """Make a change in a run folder; events are not written but returned.

    Raises MirrorError for what no engine writes, OSError if the folder cannot be written.
    """
    place, files = change
    _check(place, files)
    if place == EVENTS:
        parsed = (parse_line(line, finite=True) for line in files[EVENTS].split(b"\n"))
        return [event for event in parsed if event is not None]
    if place == LOG:
        with open(log_path(folder), "ab") as log:
            log.write(files[LOG])
    elif place == PREVIEW:
        atomic_write_bytes(preview_path(folder), files[PREVIEW])
    elif place == CHECKPOINT:
        (tensors,) = files.keys() - {NUMBERS}
        replace_checkpoint(checkpoint_path(folder), tensors, files[tensors], files[NUMBERS])
    else:
        _put_snapshot(folder, place, files)
    return []


def _put_snapshot(folder: Path, place: str, files: dict[str, bytes]) -> None:
    snapshots_path(folder).mkdir(exist_ok=True)
    with atomic_folder(folder / place) as unfinished:
        for name, data in files.items():
            atomic_write_bytes(unfinished / name, data)
    thin_snapshots(folder, int(place.removeprefix(SNAPSHOT)))


def _check(place: str, files: dict[str, bytes]) -> None:
    """Raise MirrorError unless an engine writes such files to such a place."""
    known = next((wanted for pattern, wanted in PLACES.items() if pattern.fullmatch(place)), {})
    found = {
        pattern: data for pattern, most in known.items() for name, data in files.items()
        if re.fullmatch(pattern, name) and len(data) <= most
    }
    if not known or not len(known) == len(found) == len(files):
        raise MirrorError(f"A worker sent {place!r}, which no engine writes: look at who can reach the Ray cluster.")
