"""Downloading weights from Hugging Face, and what goes wrong with it in one sentence."""

from __future__ import annotations

from pathlib import Path

from engine.errors import causes, is_disk_full
from engine.guidance.prior import PriorError
from engine.run import exits
from engine.run.exits import EngineError, clause


def download(name: str, patterns: list[str]) -> Path:
    """Download a model's files that match one of some patterns into Hugging Face's cache, and return their folder.

    Raises:
        EngineError: they are not to be had, or can not be kept.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HTTPError

    try:
        return Path(snapshot_download(name, allow_patterns=patterns))
    except (HTTPError, OSError, ImportError, RuntimeError) as error:
        raise explain_download(error, name) from error


def explain_download(error: BaseException, name: str) -> EngineError:
    """What came in the way of a download, as an exit code and a sentence."""
    from huggingface_hub.constants import HF_HUB_CACHE
    from huggingface_hub.errors import GatedRepoError, HTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

    if isinstance(error, GatedRepoError):
        return PriorError(
            f"{name} is gated: accept its licence on its page on Hugging Face and log in with a token"
            " ('hf auth login'), or download it and choose its folder."
        )
    if isinstance(error, RepositoryNotFoundError):
        return PriorError(f"There is no model {name} on Hugging Face, or it is private: correct its name.")
    if _is_refused(error):
        return PriorError(
            f"Hugging Face refuses {name} to your token: log in again ('hf auth login') with one that may read"
            " gated repositories."
        )
    if is_disk_full(error):
        return EngineError(
            f"The disk is full: free some space for the download in {HF_HUB_CACHE}, or set HF_HOME to a folder"
            " elsewhere.",
            exits.OUTPUT_NOT_WRITABLE,
        )
    if isinstance(error, OSError) and error.filename is not None:
        return EngineError(
            f"The download can not be kept in {error.filename} ({error.strerror}): set HF_HOME to a folder that can be"
            " written.",
            exits.OUTPUT_NOT_WRITABLE,
        )
    # The hub's own sentences about a network that is down are long, and say no more than this one.
    reason = "" if isinstance(error, (HTTPError, LocalEntryNotFoundError)) else f" ({clause(error)})"
    return PriorError(f"{name} could not be downloaded{reason}: check the network and try again, or choose a folder.")


def _is_refused(error: BaseException) -> bool:
    """Whether what lies behind an error is an answer that the token is no good, or not good enough."""
    return any(getattr(getattr(cause, "response", None), "status_code", None) in (401, 403) for cause in causes(error))
