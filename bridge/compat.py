"""What differs between the Blender versions that the extension runs on (4.2 and later)."""

from __future__ import annotations

import bpy


def use_nodes(block: bpy.types.Material | bpy.types.World) -> None:
    """Give the material or world a node tree: from 5.0 every one has it, and asking for it warns."""
    if bpy.app.version < (5, 0, 0):
        block.use_nodes = True


def eevee() -> str:
    """EEVEE as a scene's render engine: 4.2 to 4.5 have two of them in their code and call the newer one so."""
    return "BLENDER_EEVEE" if bpy.app.version >= (5, 0, 0) else "BLENDER_EEVEE_NEXT"


def write_video(render: bpy.types.RenderSettings) -> None:
    """Have an animation written as a video: from 5.0 the kind of output is chosen before its format."""
    if bpy.app.version >= (5, 0, 0):
        render.image_settings.media_type = "VIDEO"
    render.image_settings.file_format = "FFMPEG"


def write_pictures(render: bpy.types.RenderSettings) -> None:
    """Have renders written as PNG files."""
    if bpy.app.version >= (5, 0, 0):
        render.image_settings.media_type = "IMAGE"
    render.image_settings.file_format = "PNG"


def can_denoise() -> bool:
    """Whether Cycles has its denoiser: Linux distributions may build Blender without, and then a render that asks for
    it fails."""
    import _cycles  # only once Cycles has been registered

    return bool(_cycles.with_openimagedenoise)
