"""Where the engine lives and where runs are kept; and whether the engine can be found, as last checked."""

import os
from pathlib import Path

import bpy

from .bridge.engine_process import EngineMissing, find_engine_python
from .panels.sentence import draw_sentence

RUNS_VARIABLE = "DREAMFUSION_RUNS"
"""Environment variable with the folder of runs, where the preferences name none."""
DEFAULT_RUNS = "~/dreamfusion/runs"
"""Short (Windows limits the length of paths), and the same for every version of Blender."""

engine_problem = ""
"""What was wrong with the engine's Python when it was last looked for, one sentence, or nothing. Panels show it."""
engine_findings: list[str] = []
"""What the engine said when it was last asked (operators/check.py), a line each."""


def check_engine() -> None:
    """Look for the engine's Python and remember what was wrong: panels must not look themselves."""
    global engine_problem, engine_findings
    engine_findings = []
    try:
        engine_python(bpy.context)
    except EngineMissing as error:
        engine_problem = str(error)
    else:
        engine_problem = ""


class DreamPreferences(bpy.types.AddonPreferences):
    """What holds for every file."""

    bl_idname = __package__

    engine_python: bpy.props.StringProperty(
        name="Engine Python",
        description="Python executable of the engine's environment, 3.11 or 3.12, with torch and diffusers",
        subtype="FILE_PATH",
        update=lambda _preferences, _context: check_engine(),
    )
    runs_folder: bpy.props.StringProperty(
        name="Folder of Runs",
        description=f"Where runs are kept; {DEFAULT_RUNS} if empty",
        subtype="DIR_PATH",
    )

    stable_diffusion: bpy.props.StringProperty(
        name="Stable Diffusion",
        description="Folder of its weights in diffusers' layout, or their name on Hugging Face; empty for version 1.5",
        subtype="DIR_PATH",
    )
    deepfloyd_if: bpy.props.StringProperty(
        name="DeepFloyd IF",
        description="Folder of its weights in diffusers' layout, or their name on Hugging Face; empty for IF-I-M",
        subtype="DIR_PATH",
    )

    def draw(self, _context: bpy.types.Context) -> None:
        """Blender calls this to draw the preferences."""
        self.layout.prop(self, "engine_python")
        if engine_problem:
            draw_sentence(self.layout, engine_problem, "ERROR")
        self.layout.operator("dream.check", icon="CHECKMARK")
        for line in engine_findings:
            draw_sentence(self.layout, line, "DOT")
        self.layout.prop(self, "runs_folder")
        weights = self.layout.column(heading="Weights")
        weights.prop(self, "stable_diffusion")
        weights.prop(self, "deepfloyd_if")


def engine_python(context: bpy.types.Context) -> Path:
    """The engine's Python, from the preferences or the environment. Raises EngineMissing."""
    return find_engine_python(_chosen(context, "engine_python"))


def runs_folder(context: bpy.types.Context) -> Path:
    """Where new run folders go, from the preferences or the environment."""
    chosen = _chosen(context, "runs_folder") or os.environ.get(RUNS_VARIABLE) or DEFAULT_RUNS
    return Path(os.path.expanduser(chosen)).absolute()


def weights(context: bpy.types.Context, prior: str) -> str:
    """What the preferences name for a prior's weights; empty for the prior's own."""
    names = {"stable-diffusion": "stable_diffusion", "deepfloyd-if": "deepfloyd_if"}
    return _chosen(context, names[prior]) if prior in names else ""


def _chosen(context: bpy.types.Context, name: str) -> str:
    # An extension that a script enabled for this session only has no preferences.
    addon = context.preferences.addons.get(__package__)
    return getattr(addon.preferences, name) if addon else ""
