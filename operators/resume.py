"""Resume: a paused run goes on; one that stopped or crashed continues from its checkpoint."""

from collections.abc import Callable

import bpy

from .. import preferences
from ..bridge import queue, run_folders, runs
from ..bridge.chosen import chosen_object, live_run, own_object
from ..bridge.engine_process import EngineOptions
from ..bridge.language import translate
from ..engine.run.folder import commands_path, has_checkpoint
from .shell import StartsRun


class DREAM_OT_resume(StartsRun, bpy.types.Operator):
    """Go on with a paused run, or continue a stopped one from its last checkpoint"""

    bl_idname = "dream.resume"
    bl_label = "Resume"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only what a run made can go on."""
        cls.poll_message_set(translate("Select an object that Dreamfusion made"))
        return live_run(context) is not None or chosen_object(context) is not None

    def start(self, context: bpy.types.Context) -> runs.LiveRun:
        """Tell the engine, or start it again, in its turn. Raises EngineMissing, RunRefused, OSError."""
        run = live_run(context)
        if run is not None:
            queue.go_on(run)
            return run
        return go_on(context, own_object(context), self.engine)


def go_on(
    context: bpy.types.Context, obj: bpy.types.Object, engine: Callable[[bpy.types.Context], EngineOptions]
) -> runs.LiveRun:
    """Have an object's run go on: an engine that is at work there already, started here or elsewhere, is followed,
    otherwise one is started, in its turn.

    Raises RunRefused, EngineMissing, OSError.
    """
    folder = run_folders.demand(obj, preferences.runs_folder(context))
    run = runs.of(obj.session_uid)
    if run is None or run.over or not run.alive:
        run = runs.attach(folder, obj.session_uid)
    if run is not None:
        queue.go_on(run)
        return run
    options = engine(context)
    verb = "resume"
    if not obj.dream.snapshots and not has_checkpoint(folder):  # it ended before its first step
        verb = "run"
        commands_path(folder).unlink(missing_ok=True)  # they were meant for the engine that did
    return queue.enter(options, verb, folder, obj.session_uid)
