"""Export: the run's newest mesh, or what an artist has made of it, as a file for other programs."""

import os
from contextlib import nullcontext

import bpy

from .. import preferences
from ..bridge import run_folders, runs
from ..bridge.engine_process import run_engine
from ..bridge.kept_mesh import folder_of_kept_mesh, is_artists_own
from ..bridge.language import translate
from .shell import AsksForFile, NeedsDream, TellsErrors, busy_cursor, object_asked_for

ENDINGS = (".glb", ".obj", ".stl")


class DREAM_OT_export(NeedsDream, AsksForFile, TellsErrors, bpy.types.Operator):
    """Save the newest mesh of the selected object's run to a file. Where you have changed it, by modifiers or paint
    too, or the run is not here, what you see is saved"""

    bl_idname = "dream.export"
    bl_label = "Export"

    # Not remembered: the next object's proposal would be this one's file.
    filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"HIDDEN", "SKIP_SAVE"})
    check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    object_uid: bpy.props.IntProperty(
        description="session_uid of the object whose mesh is saved; 0 for the selected one's",
        options={"HIDDEN", "SKIP_SAVE"},
    )
    format: bpy.props.EnumProperty(
        name="Format",
        items=(
            ("glb", "glTF (.glb)", "One file, texture included"),
            ("obj", "OBJ (.obj)", "With .mtl and texture"),
            ("stl", "STL (.stl)", "For 3D printing: the shape without colours, 50 mm to a unit, so 10 cm wide at most"),
        ),
    )

    def proposed(self, name: str) -> str:
        """Its name with the format's ending."""
        return f"{name}.{self.format}"

    def named(self) -> str:
        """The chosen file with the format's ending; what else comes after a dot is part of its name."""
        name, ending = os.path.splitext(self.filepath)
        return f"{name if ending.lower() in ENDINGS else self.filepath}.{self.format}"

    def act(self, context: bpy.types.Context) -> set[str]:
        """Let the engine write the file. Raises EngineMissing, CommandFailed, RunRefused."""
        if not os.path.basename(self.filepath):
            raise runs.RunRefused("The file has no name: type one.")
        output = preferences.full_path(self.named())
        gone = "The object that was to be exported is gone: undo brings it back."
        obj = object_asked_for(context, self.object_uid, gone)
        obj.update_from_editmode()  # else the mesh would be the one from before
        folder = None if is_artists_own(obj) else run_folders.find(obj, preferences.runs_folder(context))
        python = preferences.engine_python(context)
        with busy_cursor(context), nullcontext(folder) if folder else folder_of_kept_mesh(obj) as folder:
            arguments = ["export", str(folder), "--format", self.format, "--output", str(output)]
            run_engine(python, arguments, bpy.app.online_access)
        self.report({"INFO"}, translate(f"Saved {output}."))
        return {"FINISHED"}
