"""The sidebar's list of runs that wait for their turn."""

from __future__ import annotations

import bpy

from .. import preferences
from ..bridge import queue
from ..bridge.follower import find_object
from ..bridge.language import translate
from .run import draw_moves
from .sidebar import InSidebar


class DREAM_PT_queue(InSidebar, bpy.types.Panel):
    """The runs that wait for their turn, the next one first"""

    bl_label = "Queue"
    bl_parent_id = "DREAM_PT_sidebar"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Blender asks whether to show the panel."""
        return bool(queue.waiting())

    def draw(self, context: bpy.types.Context) -> None:
        """Blender calls this to draw the panel."""
        column = self.layout.column(align=True)
        for place, run in enumerate(queue.waiting(), 1):
            obj = find_object(run.object_uid)
            if obj is not None:  # else deleted, and undo may bring it back
                row = column.row(align=True)
                row.label(text=translate(f"{place}. {obj.dream.prompt}, seed {obj.dream.seed}"))
                draw_moves(row, run)
        addon = context.preferences.addons.get(preferences.__package__)
        if addon:
            self.layout.use_property_split, self.layout.use_property_decorate = True, False
            self.layout.prop(addon.preferences, "at_once")
