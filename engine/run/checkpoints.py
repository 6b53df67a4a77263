"""A checkpoint's two files, as bytes: tensors, and the numbers that name them."""

from __future__ import annotations

from pathlib import Path

from .atomic import atomic_write_bytes
from .exits import CHECKPOINT_UNUSABLE, EngineError

NUMBERS, TENSORS = "checkpoint.json", "tensors-*.safetensors"
"""The numbers' file, and a pattern for that of the tensors."""
MAX_TENSORS = 1 << 32
"""Most bytes of a file of tensors; the presets' have 7 to 690 million."""


class CheckpointError(EngineError):
    """A checkpoint is missing or broken; the message says which and what to do."""

    exit_code = CHECKPOINT_UNUSABLE


def missing(folder: Path) -> CheckpointError:
    """What to raise where a checkpoint ought to be in `folder` and none is."""
    return CheckpointError(f"There is no checkpoint in {folder}: generate the object anew.")


def replace_checkpoint(folder: Path, name: str, tensors: bytes, numbers: bytes) -> None:
    """Put a checkpoint into `folder` in place of the one that is there.

    The numbers name the tensors' file and are replaced last, so that a reader finds the old pair or the new one.

    Args:
        name: of the tensors' file.

    Raises:
        OSError: the folder is not writable, what holds it is gone, or the disk is full; the checkpoint that was there
            still is.
    """
    folder.mkdir(exist_ok=True)
    atomic_write_bytes(folder / name, tensors)
    atomic_write_bytes(folder / NUMBERS, numbers)
    for old in folder.glob(TENSORS):
        if old.name != name:
            old.unlink(missing_ok=True)
