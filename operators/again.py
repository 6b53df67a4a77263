"""Generate Anew: a run that failed, from its first step, for the same object."""

from dataclasses import replace

import bpy

from .. import preferences
from ..bridge import queue, run_folders, runs
from ..bridge.chosen import own_object
from ..engine.run.settings import DEVICES, check_settings, read_settings
from ..engine.run.start import read_start
from .generate import new_folder
from .shell import NeedsDream, StartsRun


class DREAM_OT_again(NeedsDream, StartsRun, bpy.types.Operator):
    """Begin this object anew, with the settings of its run; what that run made stays in its folder"""

    bl_idname = "dream.again"
    bl_label = "Generate Anew"
    bl_options = {"UNDO"}  # noqa: RUF012 - as Blender wants it

    device: bpy.props.StringProperty(
        name="Device",
        description=f"Where to compute this time, one of {', '.join(DEVICES)}; empty for the device of its run",
        options={"HIDDEN", "SKIP_SAVE"},
    )

    def start(self, context: bpy.types.Context) -> runs.LiveRun:
        """Start it in a folder of its own. Raises SettingsError, StartError, EngineMissing, RunRefused, OSError."""
        obj, root = own_object(context), preferences.runs_folder(context)
        former = run_folders.demand(obj, root)
        settings = read_settings(former)
        settings = replace(settings, device=self.device or settings.device)
        check_settings(settings)
        engine = self.engine(context)
        runs.refuse_second(obj.session_uid)
        start = read_start(former, settings.start) if settings.start else None
        folder = new_folder(context, settings, start)
        run = queue.enter(engine, "run", folder, obj.session_uid)
        if obj.type == "MESH" and obj.data.dream.run_id == former.name:
            obj.data.dream.run_id = folder.name  # what the former run made is for this one to replace
        run_folders.remember(obj, folder, root)
        obj.dream.step = obj.dream.snapshots = 0
        return run
