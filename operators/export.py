"""Export: the run's newest mesh as a file for other programs."""

import os
from pathlib import Path

import bpy

from .. import preferences
from ..bridge.chosen import chosen_object
from ..bridge.engine_process import run_engine
from .shell import NeedsDream, TellsErrors, busy_cursor


class DREAM_OT_export(NeedsDream, TellsErrors, bpy.types.Operator):
    """Save the newest mesh of the selected object's run, as the engine made it, to a file"""

    bl_idname = "dream.export"
    bl_label = "Export"

    # Not remembered: the next object's proposal would be this one's file.
    filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"HIDDEN", "SKIP_SAVE"})
    check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    folder: bpy.props.StringProperty(
        name="Run Folder",
        description="Whose newest mesh is saved; empty for the selected object's",
        options={"HIDDEN", "SKIP_SAVE"},
    )
    format: bpy.props.EnumProperty(
        name="Format",
        items=(("glb", "glTF (.glb)", "One file, texture included"), ("obj", "OBJ (.obj)", "With .mtl and texture")),
    )

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask for the file."""
        obj = chosen_object(context)
        self.folder = obj.dream.folder  # another object may be selected while the file browser is open
        if not self.filepath:
            self.filepath = f"{bpy.path.clean_name(obj.name)}.{self.format}"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def check(self, _context: bpy.types.Context) -> bool:
        """The name in the file browser follows the format."""
        path, suffix = self.filepath, f".{self.format}"
        # Path would take the folder's name for the file's where the artist has emptied that.
        changed = str(Path(path).with_suffix(suffix)) if os.path.basename(path) else path
        different, self.filepath = changed != self.filepath, changed
        return different

    def act(self, context: bpy.types.Context) -> set[str]:
        """Let the engine write the file. Raises EngineMissing, CommandFailed."""
        output = Path(bpy.path.abspath(bpy.path.ensure_ext(self.filepath, f".{self.format}"))).absolute()
        folder = self.folder or chosen_object(context).dream.folder
        arguments = ["export", folder, "--format", self.format, "--output", str(output)]
        with busy_cursor(context):
            run_engine(preferences.engine_python(context), arguments, bpy.app.online_access)
        self.report({"INFO"}, f"Saved {output}.")
        return {"FINISHED"}
