"""What the operators have in common: the button does one thing, and what goes wrong is told in one sentence."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy

from .. import preferences
from ..bridge import follower, run_list, runs, setup
from ..bridge.chosen import chosen_object, live_run
from ..bridge.engine_process import CommandFailed, EngineMissing, EngineOptions, run_engine
from ..bridge.language import translate
from ..bridge.names import file_name
from ..engine.run.removal import NotDeleted
from ..engine.run.settings import SettingsError
from ..engine.run.start import StartError
from ..engine.setup.errors import SetupError


class TellsErrors:
    """Base of an operator whose `act(context)` does its work, raising what could not be done."""

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Blender calls this; CANCELLED with a report if something could not be done."""
        try:
            return self.act(context)
        except (
            SettingsError, StartError, SetupError, EngineMissing, CommandFailed, NotDeleted, runs.RunRefused
        ) as error:
            sentence = str(error)
        except OSError as error:
            place = error.filename or "The run's folder"
            sentence = f"{place} cannot be used ({error.strerror or error}): check it, then try again."
        self.report({"ERROR"}, translate(sentence))
        return {"CANCELLED"}


@contextmanager
def busy_cursor(context: bpy.types.Context) -> Iterator[None]:
    """Show that Blender waits, where it has a window."""
    if context.window is None:
        yield
        return
    context.window.cursor_modal_set("WAIT")
    try:
        yield
    finally:
        context.window.cursor_modal_restore()


def ask_engine(context: bpy.types.Context, arguments: list[str]) -> Any:
    """What a short engine command answers in JSON. Raises EngineMissing, CommandFailed, RunRefused (it is no
    Python)."""
    python = preferences.engine_python(context)
    with busy_cursor(context):
        answer = run_engine(python, arguments, bpy.app.online_access, preferences.downloads_folder(context))
    try:
        return json.loads(answer)
    except ValueError:
        raise runs.RunRefused(f"{python} does not answer as a Python does: choose the engine's.") from None


def object_asked_for(context: bpy.types.Context, uid: int, gone: str) -> bpy.types.Object:
    """The object with a session_uid, of a scene; 0: the chosen one. Raises RunRefused, which says `gone`, where it is
    not there any more."""
    obj = follower.find_object(uid) if uid else chosen_object(context)
    if obj is None:
        raise runs.RunRefused(gone)
    return obj


class AsksForFile:
    """Base of an operator that writes a file for the chosen object: `proposed(name)` is its name for an object of that
    name, `named()` the chosen one as it is written."""

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask for the file."""
        obj = chosen_object(context)
        self.object_uid = obj.session_uid  # another object may be selected while the file browser is open
        if not self.filepath:
            self.filepath = self.proposed(file_name(obj.name))
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def check(self, _context: bpy.types.Context) -> bool:
        """The name in the file browser is the one that is written, so that it warns before one that is there is
        overwritten."""
        changed = self.named() if os.path.basename(self.filepath) else self.filepath
        different, self.filepath = changed != self.filepath, changed
        return different


class NeedsDream:
    """Base of an operator on the chosen object."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only what a run made will do."""
        cls.poll_message_set(translate("Select an object that Dreamfusion made"))
        return chosen_object(context) is not None


def in_object_mode(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    """Whether Object Mode is on, for an operator's poll; the button says what to do where it is not."""
    operator.poll_message_set(translate("Leave the current mode for Object Mode first"))
    return context.mode == "OBJECT"


def no_render_runs(operator: type[bpy.types.Operator]) -> bool:
    """Whether Blender can begin a render, for an operator's poll; the button says what to do where it cannot."""
    operator.poll_message_set(translate("Wait until the render is done"))
    return not bpy.app.is_job_running("RENDER")


class NeedsDreamInObjectMode(NeedsDream):
    """Base of an operator that adds something for the chosen object."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Undo of other modes knows only what they edit."""
        return super().poll(context) and in_object_mode(cls, context)


class AddsObject:
    """Base of an operator that makes a new object."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only object mode can get a new object."""
        return in_object_mode(cls, context)


class TellsRun(TellsErrors):
    """Base of an operator that tells a live run something, in `tell(run)`."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only a live run can be told anything."""
        cls.poll_message_set(translate("No run is going on: select an object that is being made"))
        return live_run(context) is not None

    def act(self, context: bpy.types.Context) -> set[str]:
        """Tell the chosen run's engine."""
        self.tell(live_run(context))
        return {"FINISHED"}


class StartsRun(TellsErrors):
    """Base of an operator that sets a run going, in `start(context)`, and follows it."""

    wait: bpy.props.BoolProperty(
        name="Wait",
        description="Return only when the run is over (for scripts)",
        options={"HIDDEN", "SKIP_SAVE"},
    )

    download: bpy.props.BoolProperty(
        name="Download",
        description="Download the prior's weights if they are not on this machine, whose licence you accept",
        options={"HIDDEN", "SKIP_SAVE"},
    )

    def act(self, context: bpy.types.Context) -> set[str]:
        """Start; where a script asked for it, wait for the end and report it."""
        preferences.check_engine()
        run = self.start(context)
        setup.forget()
        follower.follow()
        for live in runs.live():
            run_list.look_again(live.folder)
        return self._wait(run) if self.wait else {"FINISHED"}

    def engine(self, context: bpy.types.Context) -> EngineOptions:
        """How the engine is started. Raises EngineMissing."""
        return EngineOptions(
            preferences.engine_python(context), lambda: bpy.app.online_access, self.download,
            preferences.keeps_running(context), preferences.downloads_folder(context), preferences.ray_address(context),
        )

    def _wait(self, run: runs.LiveRun) -> set[str]:
        try:
            follower.wait(run)
        except KeyboardInterrupt:
            runs.release(run)
            raise
        for sentence in (*run.state.warnings, run.note):
            if sentence:
                self.report({"WARNING"}, translate(sentence))
        well = run.status in ("finished", "stopped")
        self.report({"INFO"} if well else {"ERROR"}, translate(run.sentence))
        return {"FINISHED"} if well else {"CANCELLED"}
