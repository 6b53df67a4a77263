"""What has to be run: a run folder, with its settings, for each line that asks for something."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from engine.batch.lines import FIELDS, Line
from engine.errors import explain
from engine.run.atomic import encode_json
from engine.run.exits import EngineError
from engine.run.folder import settings_path, slug
from engine.run.settings import RunSettings, SettingsError, check_settings, clean_prompt, read_settings, write_settings
from engine.run.start import START, write_start
from engine.run.survey import BROKEN, survey
from engine.settings import engine_settings
from engine.start.read import load_start

DIGITS = 8
"""Of a folder's name, in hexadecimal: they tell apart what differs in settings alone."""

MOST_SHOWN = 2_000
"""Runs of a folder that are looked through for those that other batches made."""


@dataclass(frozen=True)
class Task:
    """A run that was asked for."""

    folder: Path
    """Its run folder, which has its settings."""
    settings: RunSettings
    """As they are there: Blender may have raised its preset or its steps since."""
    steps: int
    """In all."""


@dataclass(frozen=True)
class BadLine:
    """A line that no run can be made of."""

    number: int
    """In its file, from 1."""
    sentence: str
    """Why, and what would be right."""


def plan(lines: Iterable[Line], common: RunSettings, home: Path, root: Path) -> tuple[list[Task], list[BadLine]]:
    """Make sure that there is a run folder in `root` for every line, in their order; lines that ask for the same share
    one.

    Args:
        lines: what is asked for.
        common: what holds where a line says nothing else; its prompt counts for nothing.
        home: the folder that meshes to start from are looked for in.
        root: the folder of runs, which is made.

    Raises OSError if it cannot be written.
    """
    root.mkdir(parents=True, exist_ok=True)
    tasks, bad = {}, []
    for line in lines:
        try:
            if line.problem:
                raise SettingsError(line.problem)
            task = _task(line.asked, common, home, root)
            tasks.setdefault(task.folder.name, task)
        except (EngineError, OSError) as error:
            bad.append(BadLine(line.number, str(explain(error))))
    return list(tasks.values()), bad


def others(root: Path, tasks: Iterable[Task]) -> list[Task]:
    """What else there is of runs in the folder of runs, newest first; broken ones are left out. Raises OSError."""
    asked, found = {task.folder.name for task in tasks}, []
    for run in survey(root, MOST_SHOWN)[0]:
        if run.folder.name not in asked and run.status != BROKEN:
            with suppress(SettingsError):  # one at work may be broken all the same
                found.append(Task(run.folder, read_settings(run.folder), steps=0))
    return found


def settings_of(asked: dict[str, Any], common: RunSettings) -> RunSettings:
    """The checked settings of a line. Raises SettingsError.

    >>> settings_of({"prompt": "a mug", "seed": 4, "guidance.scale": 9}, RunSettings("-", preset="draft"))
    ... # doctest: +ELLIPSIS
    RunSettings(prompt='a mug', ..., preset='draft', seed=4, ..., overrides={'guidance.scale': 9})
    """
    if "prompt" not in asked:
        raise SettingsError("It has no prompt: describe the object to make.")
    own = {name: value for name, value in asked.items() if name in FIELDS}
    table = own.pop("overrides", {})
    if not isinstance(table, dict):
        raise SettingsError("The overrides must be a table of setting names and values.")
    dotted = {name: value for name, value in asked.items() if name not in FIELDS}
    settings = replace(common, **own, overrides=common.overrides | table | dotted)
    check_settings(settings)
    engine_settings(settings)
    return replace(settings, prompt=clean_prompt(settings.prompt))


def folder_name(settings: RunSettings, shape: bytes = b"") -> str:
    """The name of a line's run folder, the same whenever the same is asked: from prompt, seed and all settings.

    `shape` is the file of the mesh that the run starts from. Only what differs from a default counts, so that settings
    that are added later change no name.

    >>> folder_name(RunSettings("a red mug", seed=4))
    'a-red-mug-4-cd10880a'
    """
    defaults = {known.name: known.default for known in fields(RunSettings)} | {"overrides": {}}
    told = {name: value for name, value in sorted(asdict(settings).items()) if value != defaults[name]}
    told["overrides"] = sorted(settings.overrides.items())
    digest = hashlib.sha256(encode_json(told) + shape).hexdigest()
    return "-".join(filter(None, (slug(settings.prompt), str(settings.seed), digest[:DIGITS])))


def _task(asked: dict[str, Any], common: RunSettings, home: Path, root: Path) -> Task:
    """Raises EngineError, OSError."""
    start = home / str(asked["start"]) if asked.get("start") else None
    if start and "\0" in str(start):
        raise SettingsError("The name of a file to start from holds a NUL: write another.")
    settings = settings_of(asked | ({"start": START} if start else {}), common)
    folder = root / folder_name(settings, start.read_bytes() if start else b"")
    if not settings_path(folder).exists():
        shape = load_start(start) if start else None
        folder.mkdir(exist_ok=True)
        if shape is not None:
            write_start(folder, shape)
        write_settings(folder, settings)
    kept = read_settings(folder)
    return Task(folder, kept, engine_settings(kept).steps)
