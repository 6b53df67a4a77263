"""Images as pictures, and pictures as files."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from torch import Tensor

from engine.run.atomic import atomic_write_bytes
from engine.run.folder import preview_path


def to_picture(images: Tensor) -> Image.Image:
    """Images (B, 3, H, W) in [0, 1], sRGB-encoded, side by side."""
    row = (images.detach().clamp(0, 1) * 255).round().byte().permute(2, 0, 3, 1).flatten(1, 2).cpu().numpy()
    return Image.fromarray(row)


def png_of(picture: Image.Image) -> bytes:
    """A picture as the bytes of a PNG file."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def to_png(images: Tensor) -> bytes:
    """Images (B, 3, H, W) in [0, 1], sRGB-encoded, side by side as the bytes of a PNG file."""
    return png_of(to_picture(images))


def save_preview(folder: Path, images: Tensor) -> None:
    """Write the run's preview.png."""
    atomic_write_bytes(preview_path(folder), to_png(images))
