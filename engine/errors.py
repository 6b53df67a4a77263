"""What can go wrong, as an exit code and one sentence."""

from __future__ import annotations

import errno

from engine.run import exits
from engine.run.settings import SettingsError

DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}


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
    if name == "PriorError":
        return EngineError(str(error), exits.PRIOR_UNUSABLE)
    if name == "CheckpointError":
        return EngineError(str(error), exits.CHECKPOINT_UNUSABLE)
    if isinstance(error, ModuleNotFoundError):
        return EngineError(
            f"The engine's Python lacks the package {error.name}: install requirements/engine.txt into it.",
            exits.PACKAGE_MISSING,
        )
    if isinstance(error, MemoryError) or name == "OutOfMemoryError":
        return EngineError("The device ran out of memory: choose the draft preset or another device.", exits.DEVICE_UNUSABLE)
    if isinstance(error, OSError) and error.errno in DISK_ERRORS:
        return EngineError(f"The disk is full: free some space for {error.filename or 'the run folder'}.", exits.OUTPUT_NOT_WRITABLE)
    if isinstance(error, OSError):
        place = error.filename or "the run folder"
        return EngineError(f"{place} can not be used ({error.strerror}): choose another folder.", exits.OUTPUT_NOT_WRITABLE)
    return EngineError(f"The engine failed ({name}: {error}): engine.log has the whole story.", 1)
