"""What an artist sets (scene.dream) and what an object remembers of its run (object.dream)."""

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from .bridge import found_weights
from .bridge.language import is_korean
from .bridge.suggestions import doubt, suggest
from .engine.run.priors import AUTOMATIC, METHOD, METHODS, PRIORS
from .engine.run.settings import (
    DEVICES,
    LADDER,
    MAX_SEED,
    MIN_FACES,
    PRESETS,
    TEXTURE_SIZES,
    RunSettings,
    clean_prompt,
)

_ABOUT = {
    "draft": "A first look, in less than half the time",
    "standard": "Good quality",
    "fine": "Twice the views for each step and a finer mesh; takes about twice as long",
    "paper": "The settings of the DreamFusion paper, for comparison; needs a strong graphics card and hours",
    "auto": "The fastest device that the engine finds",
    "cpu": "The processor",
    "cuda": "An NVIDIA or AMD graphics card",
    "mps": "An Apple graphics processor",
}


_BEST_THAT_FITS = "The one with the best published figures that the graphics card has room for when the run starts"
_TITLES = {
    "cpu": "CPU",
    "cuda": "CUDA",
    "mps": "MPS",
}


def _items(names: tuple[str, ...]) -> list[tuple[str, str, str]]:
    return [(name, _TITLES.get(name, name.title()), _ABOUT[name]) for name in names]


class DreamLightPart(bpy.types.PropertyGroup):
    """One object that Light It has made."""

    object: PointerProperty(type=bpy.types.Object)


class DreamLight(bpy.types.PropertyGroup):
    """What Light It has made in a scene, and what was there before it."""

    collection: PointerProperty(type=bpy.types.Collection, description="Of the lights, the floor and the camera")
    parts: CollectionProperty(type=DreamLightPart)
    subject: PointerProperty(type=bpy.types.Object, description="What they were made for")
    pivot: PointerProperty(type=bpy.types.Object, description="What the lights and the camera hang on")
    camera: PointerProperty(type=bpy.types.Object)
    world: PointerProperty(type=bpy.types.World)
    old_camera: PointerProperty(type=bpy.types.Object, description="The artist's")
    old_world: PointerProperty(type=bpy.types.World, description="The artist's")
    old_view_transform: StringProperty(description="The artist's")
    engine: StringProperty(description="What renders the scene since then")
    old_engine: StringProperty(description="The artist's")


def faces_property() -> IntProperty:
    """How many faces a run's meshes may have."""
    return IntProperty(
        name="Faces",
        description="Maximum number of triangles in a mesh",
        min=MIN_FACES,
        soft_min=100,
        soft_max=200_000,
        default=RunSettings.face_budget,
    )


def texture_property(name: str, of_what: str, default: int) -> IntProperty:
    """The side of a run's textures."""
    return IntProperty(
        name=name,
        description=f"Resolution of the texture of {of_what}, in pixels",
        min=TEXTURE_SIZES[0],
        max=TEXTURE_SIZES[1],
        soft_min=128,
        soft_max=4096,
        default=default,
        subtype="PIXEL",
    )


class DreamScene(bpy.types.PropertyGroup):
    """What the next run shall do."""

    prompt: StringProperty(
        name="Prompt",
        description="What to make, for example: a red mug",
        search=lambda dream, _context, text: suggest(text, is_korean()) if dream.prior == "toybox" else [],
        search_options={"SUGGESTION"},
    )
    prior: EnumProperty(
        name="Prior",
        description="The text-to-image model that knows what things look like",
        items=[(name, prior.title, prior.about) for name, prior in PRIORS.items()],
    )
    weights: StringProperty(
        name="Weights",
        description="A file or folder with the prior's weights, or their name on Hugging Face; if empty, what the"
        " preferences name",
        search=lambda dream, _context, text: found_weights.suggest(dream.prior, text),
        search_options={"SUGGESTION"},
    )
    preset: EnumProperty(
        name="Preset",
        description="How much work to spend",
        items=_items(PRESETS),
        default=RunSettings.preset,
    )
    method: EnumProperty(
        name="Method",
        description="Which published method shapes the object. Automatic is right for most",
        items=[(AUTOMATIC, "Automatic", _BEST_THAT_FITS), *((name, *words) for name, words in METHODS.items())],
    )
    seed: IntProperty(
        name="Seed",
        description="Decides every random choice: another seed makes another object from the same prompt",
        min=0,
        max=MAX_SEED,
    )
    drafts: IntProperty(
        name="Drafts",
        description="How many Variations makes",
        min=2,
        max=8,
        default=4,
    )
    device: EnumProperty(
        name="Device",
        description="Where the engine computes",
        items=_items(DEVICES),
    )
    steps: IntProperty(
        name="Steps",
        description="Number of optimisation steps; 0 means the preset's own",
        min=0,
    )
    snapshot_every: FloatProperty(
        name="Update Every",
        description="Seconds between two meshes in the scene; 0 means as often as possible",
        min=0.0,
        soft_max=60.0,
        default=RunSettings.snapshot_every,
        subtype="TIME_ABSOLUTE",
    )

    faces: faces_property()
    texture: texture_property("Texture Size", "a mesh while it is being made", RunSettings.texture_size)
    final_texture: texture_property("Final Texture", "the finished mesh", RunSettings.final_texture_size)
    light: PointerProperty(type=DreamLight)
    is_turntable: BoolProperty(description="Whether Turntable made this scene, for as long as it renders")

    def doubt(self) -> str:
        """One short sentence about what of the prompt will not be seen, or nothing."""
        return doubt(clean_prompt(self.prompt)) if self.prior == "toybox" else ""

    def settings(self) -> RunSettings:
        """The run that these properties describe, not yet checked."""
        return RunSettings(
            prompt=clean_prompt(self.prompt),
            prior=self.prior,
            weights=self.weights if self.has_weights else "",
            preset=self.preset,
            seed=self.seed,
            device=self.device,
            steps=self.steps or None,
            snapshot_every=self.snapshot_every,
            face_budget=self.faces,
            texture_size=self.texture,
            final_texture_size=self.final_texture,
            overrides={METHOD: self.method} if self.method != AUTOMATIC and self.has_methods else {},
        )

    @property
    def has_weights(self) -> bool:
        """Whether the prior's weights are not built in."""
        return PRIORS[self.prior].source is not None

    @property
    def has_methods(self) -> bool:
        """Whether there is a choice of methods, in the presets that are not the paper's."""
        return len(PRIORS[self.prior].methods) > 1 and self.preset in LADDER


class DreamObject(bpy.types.PropertyGroup):
    """What an object remembers of the run that made it; nothing about whether that run is going on."""

    run_id: StringProperty(name="Run", description="Name of the run; empty for an object that no run made")
    folder: StringProperty(name="Run Folder", description="Where the run is, if it is not in the folder of runs")
    prompt: StringProperty(name="Prompt")
    seed: IntProperty(name="Seed")
    step: IntProperty(name="Step", description="The step that this mesh is from")
    snapshots: IntProperty(name="Snapshots", description="How many snapshots its run had made by then")
    group: StringProperty(name="Group", description="The same in variations of one prompt; empty for no variation")
    image: PointerProperty(type=bpy.types.Image, name="Albedo")
    surface: FloatProperty(
        name="Surface",
        description="Right for a fuller object, left for a slimmer one; 0 is what the engine thinks best",
        min=-1.0,
        max=1.0,
    )
    faces: faces_property()
    texture: texture_property("Texture Size", "a mesh while it is being made", RunSettings.texture_size)
    final_texture: texture_property("Final Texture", "the finished mesh", RunSettings.final_texture_size)


class DreamMesh(bpy.types.PropertyGroup):
    """What a mesh remembers of the last update."""

    fingerprint: StringProperty(description="Of the geometry as a run made it; empty where none did")
    run_id: StringProperty(description="Name of the run that made it")


class DreamImage(bpy.types.PropertyGroup):
    """What an image remembers of the last update."""

    fingerprint: StringProperty(description="Of the picture as a run made it; empty where none did")
    mean: FloatVectorProperty(description="Of its colours, linear, as a run made it")


class DreamListedRun(bpy.types.PropertyGroup):
    """A line in the list of runs; what it shows is in bridge/run_list.py alone, so that no file holds it."""


class DreamWindows(bpy.types.PropertyGroup):
    """What the sidebars of all windows show."""

    runs: CollectionProperty(type=DreamListedRun)
    chosen: IntProperty(name="Run", description="Which run of the list")


GROUPS = (DreamLightPart, DreamLight, DreamScene, DreamObject, DreamMesh, DreamImage, DreamListedRun, DreamWindows)
"""What Blender must know of before `attach`."""


def attach() -> None:
    """Give scenes, objects, meshes, images and windows their `dream`."""
    bpy.types.Scene.dream = PointerProperty(type=DreamScene)
    bpy.types.Object.dream = PointerProperty(type=DreamObject)
    bpy.types.Mesh.dream = PointerProperty(type=DreamMesh)
    bpy.types.Image.dream = PointerProperty(type=DreamImage)
    bpy.types.WindowManager.dream = PointerProperty(type=DreamWindows, options={"SKIP_SAVE"})


def detach() -> None:
    """Take it away again; what a file holds of it stays in the file."""
    del bpy.types.Scene.dream
    del bpy.types.Object.dream
    del bpy.types.Mesh.dream
    del bpy.types.Image.dream
    del bpy.types.WindowManager.dream
