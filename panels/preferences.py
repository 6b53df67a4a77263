"""The preferences: where the engine, the runs and the weights of priors are."""

from collections.abc import Callable

import bpy

from .. import preferences
from ..engine.run.priors import PRIORS, PriorEntry
from ..engine.setup import place
from .sentence import draw_sentence
from .setup import draw_care, draw_setup


_KINDS = {
    True: "A safetensors file with its weights, their folder in diffusers' layout",
    False: "Folder of its weights in diffusers' layout",
}
"""How weights may be kept, by whether a single file can be read."""


def _keep_full(chosen: bpy.types.AddonPreferences, name: str) -> None:
    """A path beside the file that is open would be another one in the next file, and none when Blender starts."""
    typed = getattr(chosen, name)
    if typed.startswith("//"):
        setattr(chosen, name, str(preferences.full_path(typed)))


def _engine_chosen(name: str) -> Callable[[bpy.types.AddonPreferences, bpy.types.Context], None]:
    """What Blender calls when the artist has chosen a path, of that name, that decides where the engine is."""

    def update(chosen: bpy.types.AddonPreferences, _context: bpy.types.Context) -> None:
        """Look for the engine there."""
        _keep_full(chosen, name)
        preferences.check_engine()

    return update


def _runs_folder_chosen(chosen: bpy.types.AddonPreferences, _context: bpy.types.Context) -> None:
    _keep_full(chosen, "runs_folder")
    preferences.look_for_runs()


def _with_weights() -> dict[str, PriorEntry]:
    """The priors whose weights are not built in."""
    return {name: entry for name, entry in PRIORS.items() if entry.source}


def _weights_property(prior: str, entry: PriorEntry) -> bpy.props.StringProperty:
    """Where a prior's weights are."""
    name = preferences.weights_name(prior)
    return bpy.props.StringProperty(
        name=entry.title,
        description=f"{_KINDS[bool(entry.source.kinds)]}, or their name on Hugging Face; empty for {entry.source.name}",
        subtype="FILE_PATH" if entry.source.kinds else "DIR_PATH",
        update=lambda chosen, _context: _keep_full(chosen, name),
    )


class DreamPreferences(bpy.types.AddonPreferences):
    """What holds for every file."""

    bl_idname = preferences.__package__

    engine_folder: bpy.props.StringProperty(
        name="Engine Folder",
        description=f"Where Set Up puts the engine; {place.DEFAULT} if empty. On Windows, keep the path short",
        subtype="DIR_PATH",
        update=_engine_chosen("engine_folder"),
    )
    offline_folder: bpy.props.StringProperty(
        name="Offline Folder",
        description="A folder created with make offline: Set Up takes everything from it, and nothing from the network",
        subtype="DIR_PATH",
        update=_engine_chosen("offline_folder"),
    )
    engine_python: bpy.props.StringProperty(
        name="Existing Python",
        description="Use this Python, 3.11 or 3.12, with torch and diffusers, in place of the engine that Set Up makes",
        subtype="FILE_PATH",
        update=_engine_chosen("engine_python"),
    )
    runs_folder: bpy.props.StringProperty(
        name="Runs Folder",
        description=f"Where runs are kept; {preferences.DEFAULT_RUNS} if empty",
        subtype="DIR_PATH",
        update=_runs_folder_chosen,
    )

    at_once: bpy.props.IntProperty(
        name="At Once",
        description="How many runs work at the same time; the others wait in the queue. More finish sooner"
        " together, but each takes longer",
        min=1,
        max=16,
        default=1,
        update=lambda _chosen, _context: preferences.set_at_once(),
    )
    keep_running: bpy.props.BoolProperty(
        name="Keep Running When Blender Closes",
        description="Runs that you start from now on go on when you quit Blender or open another file. A file with"
        " their object, and the list of runs, find them again; Stop ends them. Those that wait in the queue do not"
        " begin",
    )
    compute_on: bpy.props.EnumProperty(
        name="Compute on",
        description="Where runs that you start from now on are computed",
        items=(
            ("HERE", "This Machine", "The engine on this machine does the work"),
            ("RAY", "Ray Cluster", "A computer of a Ray cluster does the work, and the mesh grows here all the same"),
        ),
    )
    ray_address: bpy.props.StringProperty(
        name="Address",
        description="Of the cluster's first computer, such as ray://render-01:10001. Whoever can reach it can run"
        " programs there: let only computers that you trust reach it",
    )
    models_folder: bpy.props.StringProperty(
        name="Models Folder",
        description="A folder of files and folders of weights that Look for Weights looks into, too",
        subtype="DIR_PATH",
        update=lambda chosen, _context: _keep_full(chosen, "models_folder"),
    )
    downloads_folder: bpy.props.StringProperty(
        name="Downloads Folder",
        description="Where weights are downloaded to; if empty, Hugging Face's own folder in your home",
        subtype="DIR_PATH",
        update=lambda chosen, _context: _keep_full(chosen, "downloads_folder"),
    )

    def draw(self, _context: bpy.types.Context) -> None:
        """Blender calls this to draw the preferences."""
        self.layout.prop(self, "engine_folder")
        self.layout.prop(self, "offline_folder")
        draw_setup(
            self.layout, preferences.engine_problem, preferences.engine_offer, preferences.engine_outdated
        )
        if preferences.engine_begun:
            draw_care(self.layout)
        self.layout.prop(self, "engine_python")
        self.layout.operator("dream.check", icon="CHECKMARK")
        for line in preferences.engine_findings:
            draw_sentence(self.layout, line, "DOT")
        self.layout.prop(self, "runs_folder")
        self.layout.prop(self, "at_once")
        self.layout.prop(self, "keep_running")
        self.layout.prop(self, "compute_on")
        if self.compute_on == "RAY":
            self.layout.prop(self, "ray_address")
        weights = self.layout.column(heading="Weights")
        for prior in _with_weights():
            weights.prop(self, preferences.weights_name(prior))
        weights.prop(self, "models_folder")
        weights.prop(self, "downloads_folder")


for _prior, _entry in _with_weights().items():
    DreamPreferences.__annotations__[preferences.weights_name(_prior)] = _weights_property(_prior, _entry)
