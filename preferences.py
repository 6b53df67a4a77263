"""Where the engine lives and where runs are kept; and whether the engine can be found, as last checked."""

import os
from pathlib import Path
from typing import Any

import bpy
from bpy.app.handlers import persistent

from .bridge import queue, reattach, run_folders, run_list, times
from .bridge.engine_process import PYTHON_VARIABLE, EngineMissing, find_engine_python
from .engine.run.priors import PRIORS
from .engine.setup import cost, place
from .engine.setup.errors import SetupError
from .engine.setup.offline import open_offline

ENGINE_VARIABLE = "DREAMFUSION_ENGINE"
"""Environment variable with the folder that the engine is set up in, where the preferences name none."""
RUNS_VARIABLE = "DREAMFUSION_RUNS"
"""Environment variable with the folder of runs, where the preferences name none."""
DEFAULT_RUNS = "~/dreamfusion/runs"
"""Short (Windows limits the length of paths), and the same for every version of Blender."""

engine_problem = ""
"""What was wrong with the engine's Python when it was last looked for, one sentence, or nothing. Panels show it."""
engine_outdated = False
"""Whether the engine that was set up is one for another version of the extension. Panels show it."""
engine_begun = False
"""Whether a set-up left something, whole or not. Panels show it."""
engine_offer = ""
"""What Set Up takes, and where the engine goes, or what is wrong with the offline folder; nothing where a Python is
named that counts in its place."""
engine_findings: list[str] = []
"""What the engine said when it was last asked (operators/check.py), a line each."""
missing_runs: set[str] = set()
"""Names of the runs of this file that were not found when they were last looked for. Panels show it."""


def check_engine() -> None:
    """Look for the engine's Python and remember what was wrong: panels must not look themselves."""
    global engine_problem, engine_begun, engine_offer, engine_outdated, engine_findings
    engine_findings = []
    folder = engine_folder(bpy.context)
    engine_begun = place.is_begun(folder)
    is_ours = not (_chosen(bpy.context, "engine_python") or os.environ.get(PYTHON_VARIABLE))
    engine_offer = _offer(folder, offline_folder(bpy.context)) if is_ours else ""
    engine_outdated = is_ours and place.find(folder) not in (None, place.environment_path(folder))
    try:
        engine_python(bpy.context)
    except EngineMissing as error:
        engine_problem = str(error)
    else:
        engine_problem = ""


def set_at_once() -> None:
    """Tell the queue how many runs may work at once: it does not know of preferences."""
    queue.at_once = _preference(bpy.context, "at_once", 1)


def _offer(folder: Path, offline: Path | None) -> str:
    if offline is None:
        return f"About {cost.expected()}, in {folder}."
    try:
        disk = open_offline(offline).manifest.disk
    except SetupError as error:
        return str(error)
    return f"About {cost.in_units(disk)} in {folder}, all of it from {offline}: nothing is downloaded."


def look_for_runs() -> None:
    """Look for the runs that the file's objects remember, and remember which are missing: panels must not look."""
    missing_runs.clear()
    root = runs_folder(bpy.context)
    times.read(root)
    for obj in bpy.data.objects:
        if not obj.dream.run_id:
            continue
        folder = run_folders.find(obj, root)
        if folder is None:
            missing_runs.add(obj.dream.run_id)
        elif obj.library is None:
            run_folders.remember(obj, folder, root)  # files of older versions named the whole path


@persistent
def _after_loading(*_: object) -> None:
    look_for_runs()
    reattach.attach_all(runs_folder(bpy.context))
    run_list.forget()


def register() -> None:
    """Look for the engine, and after each file that is opened for its runs."""
    check_engine()
    times.read(runs_folder(bpy.context))
    set_at_once()
    bpy.app.handlers.load_post.append(_after_loading)
    bpy.app.timers.register(_after_loading)  # this file's, too, as soon as its data can be read


def unregister() -> None:
    """No handler and no timer stays behind."""
    bpy.app.handlers.load_post.remove(_after_loading)
    if bpy.app.timers.is_registered(_after_loading):
        bpy.app.timers.unregister(_after_loading)


def engine_python(context: bpy.types.Context) -> Path:
    """The engine's Python, from the preferences, the environment or Set Up. Raises EngineMissing."""
    environment = place.find(engine_folder(context))
    set_up = place.python_path(environment) if environment else None
    return find_engine_python(bpy.path.abspath(_chosen(context, "engine_python")), set_up=set_up)


def engine_folder(context: bpy.types.Context) -> Path:
    """Where the engine is set up."""
    return full_path(_chosen(context, "engine_folder") or os.environ.get(ENGINE_VARIABLE) or place.DEFAULT)


def offline_folder(context: bpy.types.Context) -> Path | None:
    """What Set Up takes everything from in place of the network, if the preferences name it."""
    return _folder(context, "offline_folder")


def runs_folder(context: bpy.types.Context) -> Path:
    """Where new run folders go, from the preferences or the environment."""
    return full_path(_chosen(context, "runs_folder") or os.environ.get(RUNS_VARIABLE) or DEFAULT_RUNS)


def keeps_running(context: bpy.types.Context) -> bool:
    """Whether runs that are started now go on when Blender closes."""
    return _preference(context, "keep_running", False)


def ray_address(context: bpy.types.Context) -> str:
    """Address of the Ray cluster that computes runs; empty where this machine does. Only the preferences name one,
    never a file. Raises EngineMissing where none can be meant, or Blender may not use the network."""
    if _preference(context, "compute_on", "HERE") == "HERE":
        return ""
    address = _chosen(context, "ray_address")
    if not address:
        raise EngineMissing(
            "Enter the address of the Ray cluster in this extension's preferences, or compute on this machine."
        )
    if not bpy.app.online_access:
        raise EngineMissing(
            "A Ray cluster is reached over the network: allow online access in Blender's preferences, or compute on"
            " this machine."
        )
    return address


def weights(context: bpy.types.Context, prior: str) -> str:
    """What the preferences name for a prior's weights, a full path or a name; empty for the prior's own."""
    return full_weights(_chosen(context, weights_name(prior)) if PRIORS[prior].source else "")


def full_weights(typed: str) -> str:
    """A path to weights as people type it, in full; a name on Hugging Face, or nothing, stays as it is."""
    typed = _bare(typed)
    return str(full_path(typed)) if typed.startswith(("~", "//")) else typed


def models_folder(context: bpy.types.Context) -> Path | None:
    """Where the artist keeps weights for other programs, too, if the preferences name it."""
    return _folder(context, "models_folder")


def downloads_folder(context: bpy.types.Context) -> Path | None:
    """Where weights are downloaded to; None for Hugging Face's own folder."""
    return _folder(context, "downloads_folder")


def weights_name(prior: str) -> str:
    """What the preference is called that names a prior's weights."""
    return prior.replace("-", "_")


def _folder(context: bpy.types.Context, name: str) -> Path | None:
    """A folder that the preferences name, in full; None where they name none."""
    chosen = _chosen(context, name)
    return full_path(chosen) if chosen else None


def _chosen(context: bpy.types.Context, name: str) -> str:
    return _bare(_preference(context, name, ""))


def _bare(typed: str) -> str:
    """Without the quotes that Windows copies paths with."""
    return typed.strip().strip('"')


def _preference(context: bpy.types.Context, name: str, otherwise: Any) -> Any:
    # An extension that a script enabled for this session only has no preferences.
    addon = context.preferences.addons.get(__package__)
    return getattr(addon.preferences, name) if addon else otherwise


def full_path(typed: str) -> Path:
    """A path as people type it: beside the .blend (//), in their home (~), or relative to where Blender was started."""
    return Path(os.path.abspath(os.path.expanduser(bpy.path.abspath(typed))))
