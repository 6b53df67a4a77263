"""The preferences: where the engine, the runs and the weights of priors are."""

import bpy

from .. import preferences
from .sentence import draw_sentence


def _keep_full(chosen: bpy.types.AddonPreferences, name: str) -> None:
    """A path beside the file that is open would be another one in the next file."""
    typed = getattr(chosen, name)
    if typed.startswith("//") and bpy.data.filepath:
        setattr(chosen, name, str(preferences.full_path(typed)))


def _python_chosen(chosen: bpy.types.AddonPreferences, _context: bpy.types.Context) -> None:
    _keep_full(chosen, "engine_python")
    preferences.check_engine()


def _runs_folder_chosen(chosen: bpy.types.AddonPreferences, _context: bpy.types.Context) -> None:
    _keep_full(chosen, "runs_folder")
    preferences.look_for_runs()


class DreamPreferences(bpy.types.AddonPreferences):
    """What holds for every file."""

    bl_idname = preferences.__package__

    engine_python: bpy.props.StringProperty(
        name="Engine Python",
        description="Python executable of the engine's environment, 3.11 or 3.12, with torch and diffusers",
        subtype="FILE_PATH",
        update=_python_chosen,
    )
    runs_folder: bpy.props.StringProperty(
        name="Folder of Runs",
        description=f"Where runs are kept; {preferences.DEFAULT_RUNS} if empty",
        subtype="DIR_PATH",
        update=_runs_folder_chosen,
    )

    stable_diffusion: bpy.props.StringProperty(
        name="Stable Diffusion",
        description="Folder of its weights in diffusers' layout, or their name on Hugging Face; empty for version 1.5",
        subtype="DIR_PATH",
        update=lambda chosen, _context: _keep_full(chosen, "stable_diffusion"),
    )
    deepfloyd_if: bpy.props.StringProperty(
        name="DeepFloyd IF",
        description="Folder of its weights in diffusers' layout, or their name on Hugging Face; empty for IF-I-M",
        subtype="DIR_PATH",
        update=lambda chosen, _context: _keep_full(chosen, "deepfloyd_if"),
    )

    def draw(self, _context: bpy.types.Context) -> None:
        """Blender calls this to draw the preferences."""
        self.layout.prop(self, "engine_python")
        if preferences.engine_problem:
            draw_sentence(self.layout, preferences.engine_problem, "ERROR")
        self.layout.operator("dream.check", icon="CHECKMARK")
        for line in preferences.engine_findings:
            draw_sentence(self.layout, line, "DOT")
        self.layout.prop(self, "runs_folder")
        weights = self.layout.column(heading="Weights")
        weights.prop(self, "stable_diffusion")
        weights.prop(self, "deepfloyd_if")
