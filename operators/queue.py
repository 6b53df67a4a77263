"""The queue of runs: another place in it, and out of it."""

import bpy

from ..bridge import queue, runs
from ..bridge.chosen import chosen_object
from ..bridge.language import translate
from .shell import TellsErrors

PLACES = (
    ("FRONT", "To Front", "The next one"),
    ("UP", "Up", "Move up one place"),
    ("DOWN", "Down", "Move down one place"),
)


class ForWaitingRun(TellsErrors):
    """Base of an operator on a run that waits."""

    object_uid: bpy.props.IntProperty(
        description="session_uid of the run's object; 0 for the selected one's",
        options={"HIDDEN", "SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """There must be one that waits."""
        cls.poll_message_set(translate("No run waits"))
        return bool(queue.waiting())

    def act(self, context: bpy.types.Context) -> set[str]:
        """Find the run. Raises RunRefused if it does not wait, or no longer."""
        obj = chosen_object(context)
        uid = self.object_uid or (obj.session_uid if obj is not None else 0)
        run = next((run for run in queue.waiting() if run.object_uid == uid), None)
        if run is None:
            raise runs.RunRefused("This run does not wait in the queue.")
        self.act_on(run)
        return {"FINISHED"}


class DREAM_OT_queue_move(ForWaitingRun, bpy.types.Operator):
    """Give a waiting run another place in the queue"""

    bl_idname = "dream.queue_move"
    bl_label = "Move in Queue"

    to: bpy.props.EnumProperty(name="To", items=PLACES, options={"HIDDEN", "SKIP_SAVE"})

    def act_on(self, run: runs.LiveRun) -> None:
        """Move it."""
        place = queue.waiting().index(run)
        queue.move(run, {"FRONT": 0, "UP": place - 1, "DOWN": place + 1}[self.to])


class DREAM_OT_queue_remove(ForWaitingRun, bpy.types.Operator):
    """Take a run out of the queue. Its object stays; Resume on it puts the run at the queue's end"""

    bl_idname = "dream.queue_remove"
    bl_label = "Take Out"

    def act_on(self, run: runs.LiveRun) -> None:
        """Take it out."""
        queue.take_out(run)
