"""Variations: several drafts of one prompt side by side, to choose among."""

import secrets
from contextlib import ExitStack
from dataclasses import replace

import bpy

from .. import preferences
from ..bridge import follower, queue, runs
from ..bridge.new_object import new_object, select_only
from ..engine.run.settings import MAX_SEED
from .generate import FromPrompt, new_folder

SPACING = 2.5
"""Blender units between two: each is made in a sphere of radius 1."""


class DREAM_OT_variations(FromPrompt, bpy.types.Operator):
    """Make drafts of the prompt side by side, each from another seed. Keep goes on with the one you like"""

    bl_idname = "dream.variations"
    bl_label = "Variations"
    bl_options = {"UNDO"}  # noqa: RUF012 - as Blender wants it

    count: bpy.props.IntProperty(name="Count", description="How many", min=2, max=8, default=4)

    def start(self, context: bpy.types.Context) -> runs.LiveRun:
        """Make the objects, centred on the 3D cursor, and have their runs take their turns; the last of these.

        The seeds are the next ones after the scene's, which becomes the last of them, so that the button pressed again
        gives others. Steps are the draft's own. Raises as Generate does; nothing is left in the scene then.
        """
        asked = replace(self.checked_settings(context), preset="draft", steps=None)
        engine, root, group = self.engine(context), preferences.runs_folder(context), secrets.token_hex(8)
        seeds = [(asked.seed + number) % (MAX_SEED + 1) for number in range(1, self.count + 1)]
        drafts = [replace(asked, seed=seed) for seed in seeds]
        folders = [new_folder(context, draft) for draft in drafts]
        objects, started = [], []
        with ExitStack() as stack:
            for number, (draft, folder) in enumerate(zip(drafts, folders), 1):
                obj = stack.enter_context(new_object(context, draft, folder, root))
                obj.name = f"{number} {draft.prompt}"
                obj.location.x += SPACING * (number - (self.count + 1) / 2)
                obj.show_name, obj.dream.group = True, group
                started.append(queue.enter(engine, "run", folder, obj.session_uid))
                objects.append(obj)
        select_only(context, objects[0])
        context.scene.dream.seed = seeds[-1]
        if self.wait:
            for run in started[:-1]:
                follower.wait(run)
        return started[-1]
