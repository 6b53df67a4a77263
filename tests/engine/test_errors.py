"""Every exception as an exit code and one sentence."""

import errno
import os

import pytest
import torch

from engine.checkpoint import CheckpointError
from engine.errors import explain
from engine.guidance.prior import PriorError
from engine.meshing.query import FieldError
from engine.run import exits
from engine.run.exits import EngineError
from engine.run.lock import FolderBusy
from engine.run.settings import SettingsError
from engine.run.snapshots import SnapshotError


@pytest.mark.parametrize(
    "error, code, words",
    [
        (SettingsError("The prompt is empty."), exits.BAD_INPUT, "The prompt is empty."),
        (PriorError("No weights."), exits.PRIOR_UNUSABLE, "No weights."),
        (CheckpointError("None."), exits.CHECKPOINT_UNUSABLE, "None."),
        (FieldError("It diverged."), exits.FAILED, "It diverged."),
        (SnapshotError("The mesh has no faces."), exits.FAILED, "The mesh has no faces."),
        (FolderBusy("Another engine."), exits.FOLDER_BUSY, "Another engine."),
        (EngineError("Own words.", 5), 5, "Own words."),
        (ImportError("Using SOCKS proxy, but 'socksio' is not installed."), exits.PACKAGE_MISSING, "lacks something ("),
        (RuntimeError("Write: No space left on device (os error 28)"), exits.FAILED, "No space left on device"),
        (
            ModuleNotFoundError("No module named 'torch'", name="torch"),
            exits.PACKAGE_MISSING,
            "lacks the package torch",
        ),
        (ImportError("libx.so: no such file", name="torch"), exits.PACKAGE_MISSING, "cannot load the package torch"),
        (
            OSError(errno.EACCES, 'The module was not found. Error loading "c10.dll" or one of its dependencies.'),
            exits.PACKAGE_MISSING,
            "cannot load torch",
        ),
        (MemoryError(), exits.DEVICE_UNUSABLE, "ran out of memory"),
        (
            RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
            exits.DEVICE_UNUSABLE,
            "ran out of memory",
        ),
        (RuntimeError("could not create a primitive"), exits.DEVICE_UNUSABLE, "ran out of memory"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried\nto allocate"), exits.DEVICE_UNUSABLE, "ran out of memory"),
        (
            OSError(errno.ENOSPC, "No space left", "/runs/x"),
            exits.OUTPUT_NOT_WRITABLE,
            "disk is full: free some space for /runs/x",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "runs/x"),
            exits.OUTPUT_NOT_WRITABLE,
            "runs/x cannot be used",
        ),
        (OSError("strange"), exits.OUTPUT_NOT_WRITABLE, "The run folder cannot be used (strange)"),
        (ZeroDivisionError("division by zero"), exits.FAILED, "ZeroDivisionError: division by zero"),
        (RuntimeError("several\n  lines\n\tof it"), exits.FAILED, "several lines of it"),
    ],
)
def test_sentences_and_codes(error, code, words):
    explained = explain(error)
    assert explained.exit_code == code and words in str(explained)
    assert "\n" not in str(explained) and str(explained).endswith(".")


@pytest.mark.skipif(os.name == "nt", reason="Windows may lend what it has not")
def test_a_real_lack_of_memory():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert explain(caught.value).exit_code == exits.DEVICE_UNUSABLE
