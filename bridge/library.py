"""An asset library: one .blend with an object for each finished run in a folder of runs, and its catalogues."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import bpy

from ..engine.run.exits import EngineError
from ..engine.run.settings import RunSettings, read_settings
from ..engine.run.state import read_state
from ..engine.run.survey import survey
from . import asset, follower, material, runs
from .catalogues import catalogue_of, id_of, write_catalogues
from .new_object import object_of

MOST_RUNS = 100_000
"""That are looked through."""


def build(root: Path, output: Path, tell: Callable[[str], None]) -> list[str]:
    """Bring the library of the finished runs in `root` up to date: NAME OF ROOT.blend and the catalogues in the folder
    `output`. The file that this Blender has open is closed.

    Runs that are in it already are left as they are unless they have a newer mesh, so that what an artist has changed
    in it stays, and no picture is rendered twice. The textures are packed into the .blend, so that it can be moved, and
    sent to others. Objects are in no scene: only the asset browser shows them, and a large library opens at once.

    Args:
        root: the folder of runs.
        output: the library's folder, which is made.
        tell: told how far it is, a line each time.

    Returns:
        a sentence about each finished run that is left out.

    Raises:
        RunRefused: no run is finished, or none can be shown.
        OSError, ValueError: the folder cannot be written, or its catalogues are of another version.
        RuntimeError: Blender cannot open an earlier library, or save this one.
    """
    finished = [run for run in survey(root, MOST_RUNS)[0] if run.status == "finished"]
    if not finished:
        raise runs.RunRefused(f"There is no finished run in {root}: choose another folder of runs.")
    output.mkdir(parents=True, exist_ok=True)
    path = output / f"{root.resolve().name}.blend"
    _open(path)
    had = {obj.dream.run_id: obj for obj in bpy.data.objects if obj.dream.run_id and obj.asset_data}
    paths, left_out = [], []
    for number, run in enumerate(sorted(finished, key=lambda run: run.prompt), start=1):
        tell(f"{number} of {len(finished)}: {run.prompt}")
        try:
            settings = read_settings(run.folder)
            if run.folder.name in had:
                _renew(had[run.folder.name], run.folder)
            else:
                _add(settings, run.folder, root)
            paths.append(catalogue_of(settings))
        except (runs.RunRefused, EngineError) as error:
            left_out.append(f"{run.folder.name} is left out: {error}")
    if not paths:
        raise runs.RunRefused(left_out[0])
    write_catalogues(output, paths)
    _save(path)
    return left_out


def _open(path: Path) -> None:
    """The library as it is, or an empty file."""
    if path.exists():
        bpy.ops.wm.open_mainfile(filepath=str(path), load_ui=False, use_scripts=False)
    else:
        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)


def _add(settings: RunSettings, folder: Path, root: Path) -> None:
    """Make an asset of a run. Raises RunRefused; nothing is left of it then."""
    with object_of(settings, folder, root) as obj:
        _show(obj, folder)
    obj.asset_data.catalog_id = id_of(catalogue_of(settings))


def _renew(obj: bpy.types.Object, folder: Path) -> None:
    """Show the run's newest mesh, if that is another. Raises RunRefused where the artist has changed the one here."""
    if obj.dream.snapshots == read_state(folder).snapshots:
        return
    if material.is_edited(obj):
        raise runs.RunRefused("its mesh or its texture was changed in the library.")
    _show(obj, folder)


def _show(obj: bpy.types.Object, folder: Path) -> None:
    """Raises RunRefused."""
    if problem := follower.show_newest(obj, folder):
        raise runs.RunRefused(problem)
    asset.mark(obj)


def _save(path: Path) -> None:
    """Save all under another name first: who has the library open never reads half of one."""
    unfinished = path.with_name(f".{path.stem}.{os.getpid()}.blend")
    try:
        bpy.ops.wm.save_as_mainfile(filepath=str(unfinished), compress=True)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
