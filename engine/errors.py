"""What can go wrong, as an exit code and one sentence."""

from __future__ import annotations

import errno
from collections.abc import Iterator

from engine.run import exits
from engine.run.exits import EngineError, clause

DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}
NO_SPACE = ("no space left on device", "not enough space on the disk", "disk quota exceeded")
"""How a downloader's plain RuntimeError says it, on various systems."""
NO_MEMORY = (
    "out of memory", "can't allocate memory", "not enough memory", "status_alloc_failed",
    "could not create a primitive",
)  # fmt: skip
"""How torch's plain RuntimeError says it, on various devices and systems."""


def explain(error: BaseException) -> EngineError:
    """Any exception as an exit code and a sentence for the artist."""
    if isinstance(error, EngineError):
        return error
    if isinstance(error, ImportError):
        return _explain_import(error)
    if is_out_of_memory(error):
        return EngineError(
            "The device ran out of memory: close other programs that use it, or choose another device, a smaller model"
            " or the draft preset, and generate anew.",
            exits.DEVICE_UNUSABLE,
        )
    if isinstance(error, OSError) and "Error loading" in str(error):  # so torch says, on Windows, that it is broken
        return EngineError(
            f"The engine's Python cannot load torch ({clause(error)}): install {exits.REQUIREMENTS} into it.",
            exits.PACKAGE_MISSING,
        )
    if isinstance(error, OSError):
        return _explain_disk(error)
    name = type(error).__name__
    return EngineError(f"The engine failed ({name}: {clause(error)}): look at the traceback, a run's is in engine.log.")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the computer or its GPU has no memory left."""
    text = str(error).lower() if isinstance(error, RuntimeError) else ""
    return isinstance(error, MemoryError) or any(words in text for words in NO_MEMORY)


def is_disk_full(error: BaseException) -> bool:
    """Whether a full disk lies behind an error."""
    return any(
        getattr(cause, "errno", None) in DISK_ERRORS or any(words in str(cause).lower() for words in NO_SPACE)
        for cause in causes(error)
    )


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and all that lies behind it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _explain_import(error: ImportError) -> EngineError:
    if error.name is None:  # no import of ours has failed, but something optional is missing; it says what
        return EngineError(f"The engine's Python lacks something ({clause(error)}).", exits.PACKAGE_MISSING)
    lacks = "lacks" if isinstance(error, ModuleNotFoundError) else "cannot load"
    return EngineError(
        f"The engine's Python {lacks} the package {error.name}: install {exits.REQUIREMENTS} into it.",
        exits.PACKAGE_MISSING,
    )


def _explain_disk(error: OSError) -> EngineError:
    if is_disk_full(error):
        sentence = f"The disk is full: free some space for {error.filename or 'the run folder'}."
    else:
        sentence = f"{error.filename or 'The run folder'} cannot be used ({clause(error)}): choose another folder."
    return EngineError(sentence, exits.OUTPUT_NOT_WRITABLE)
