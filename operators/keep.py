"""Keep: of several variations, the one to go on with."""

import bpy

from .. import preferences
from ..bridge import queue, run_folders, runs
from ..bridge.chosen import chosen_object, other_variations, own_object
from ..bridge.language import translate
from ..engine.run.settings import raise_preset
from .shell import StartsRun


class DREAM_OT_keep(StartsRun, bpy.types.Operator):
    """Go on with this variation to at least Standard quality, and remove the others. Their runs stay on disk"""

    bl_idname = "dream.keep"
    bl_label = "Keep"
    bl_options = {"UNDO"}  # noqa: RUF012 - as Blender wants it

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only one of several can be kept, in Object Mode."""
        obj = chosen_object(context)
        cls.poll_message_set(translate("Select one of several variations, in Object Mode"))
        return context.mode == "OBJECT" and obj is not None and bool(other_variations(obj, context.scene))

    def start(self, context: bpy.types.Context) -> runs.LiveRun:
        """Raise the run's preset, and have it go on in its turn, or at once where its draft was at work.

        Raises RunRefused, SettingsError (the scene's preset is the paper's), EngineMissing, OSError; nothing is removed
        then.
        """
        obj, dream = own_object(context), context.scene.dream
        folder = run_folders.demand(obj, preferences.runs_folder(context))
        engine = self.engine(context)
        raise_preset(folder, "standard" if dream.preset == "draft" else dream.preset, dream.steps or None)
        run = runs.of(obj.session_uid)
        if run is None or run.process is not None or run.over:  # else it has its turn yet to come, with these settings
            leaving = runs.let_go(run) if run is not None else None
            run = queue.enter(engine, "resume", folder, obj.session_uid, after=leaving)
        for other in other_variations(obj, context.scene):
            _remove(other)
        obj.dream.group, obj.show_name = "", False
        return run


def _remove(obj: bpy.types.Object) -> None:
    """Take an object out of the file, and let its run go; its folder stays."""
    run = runs.of(obj.session_uid)
    if run is not None:
        runs.let_go(run)
    bpy.data.objects.remove(obj)
