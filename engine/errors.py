"""What can go wrong, as an exit code and one sentence."""

from __future__ import annotations

import errno

from engine.run import exits
from engine.run.lock import FolderBusy
from engine.run.settings import SettingsError

DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}


FAILED = 1
"""Exit code of what none of the others describes."""
NO_MEMORY = (
    "out of memory", "can't allocate memory", "not enough memory", "status_alloc_failed", "could not create a primitive",
)  # fmt: skip
"""How torch's plain RuntimeError says it, on various devices and systems."""


class EngineError(Exception):
    """Something that ends a run, with the exit code that says so (`engine.run.exits`)."""

    def __init__(self, sentence: str, exit_code: int):
        super().__init__(sentence)
        self.exit_code = exit_code


def explain(error: BaseException) -> EngineError:
    """Any exception as an exit code and a sentence for the artist."""
    name = type(error).__name__
    if isinstance(error, EngineError):
        return error
    if isinstance(error, SettingsError):
        return EngineError(str(error), exits.BAD_INPUT)
    if isinstance(error, FolderBusy):
        return EngineError(str(error), exits.FOLDER_BUSY)
    if name == "PriorError":
        return EngineError(str(error), exits.PRIOR_UNUSABLE)
    if name == "CheckpointError":
        return EngineError(str(error), exits.CHECKPOINT_UNUSABLE)
    if name in ("FieldError", "SnapshotError"):
        return EngineError(str(error), FAILED)
    if isinstance(error, ImportError):
        lacks = "lacks" if isinstance(error, ModuleNotFoundError) else "can not load"
        return EngineError(
            f"The engine's Python {lacks} the package {error.name}: install {exits.REQUIREMENTS} into it.",
            exits.PACKAGE_MISSING,
        )
    if is_out_of_memory(error):
        return EngineError(
            "The device ran out of memory: close what else uses it, or choose another device, a smaller model or the"
            " draft preset, and generate anew.",
            exits.DEVICE_UNUSABLE,
        )
    if isinstance(error, OSError) and "Error loading" in str(error):  # so torch says, on Windows, that it is broken
        story = " ".join(str(error).split())
        return EngineError(
            f"The engine's Python can not load torch ({story}): install {exits.REQUIREMENTS} into it.",
            exits.PACKAGE_MISSING,
        )
    if isinstance(error, OSError):
        return _explain_disk(error)
    story = " ".join(str(error).split())
    return EngineError(f"The engine failed ({name}: {story}): look at the traceback, a run's is in engine.log.", FAILED)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the computer or its GPU has no memory left."""
    text = str(error).lower() if isinstance(error, RuntimeError) else ""
    return isinstance(error, MemoryError) or any(words in text for words in NO_MEMORY)


def _explain_disk(error: OSError) -> EngineError:
    if error.errno in DISK_ERRORS:
        sentence = f"The disk is full: free some space for {error.filename or 'the run folder'}."
    else:
        reason = error.strerror or " ".join(str(error).split())
        sentence = f"{error.filename or 'The run folder'} can not be used ({reason}): choose another folder."
    return EngineError(sentence, exits.OUTPUT_NOT_WRITABLE)
