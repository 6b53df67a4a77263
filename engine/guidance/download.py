"""Downloading weights from Hugging Face: never unasked, and what goes wrong with it in one sentence."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.errors import causes, is_disk_full
from engine.guidance.meter import Meter
from engine.guidance.prior import PriorError
from engine.run import exits
from engine.run.exits import EngineError, clause


@dataclass(frozen=True)
class Offer:
    """A download, for the one who decides on it."""

    title: str
    """What it is called."""
    name: str
    """On Hugging Face."""
    files: tuple[str, ...]
    """What is needed of it."""
    size: int
    """Bytes still to come."""
    licence: str
    """The licence's name, as its page gives it."""
    page: str
    """Address of its page, which has the licence too."""

    def __str__(self) -> str:
        size = f"{self.size / 1e9:.1f} GB" if self.size >= 1e8 else f"{self.size / 1e6:.1f} MB"
        return (
            f"{self.title} is not on this machine: {size} must be downloaded from {self.page} (licence: {self.licence})"
        )


class Downloads:
    """Whether weights may be downloaded, and who is told how it goes.

    Args:
        allowed: whether somebody has agreed already; otherwise whoever sits at a terminal is asked.
        tell: called with an event's name and fields (docs/run-folder.md).
    """

    def __init__(self, allowed: bool = False, tell: Callable[..., None] = lambda event, **fields: None):
        self.allowed, self.tell = allowed, tell

    def agree(self, offer: Offer) -> None:
        """Ask, where nobody has agreed and somebody can be asked.

        Raises:
            PriorError: nobody agrees.
        """
        if self.allowed:
            return
        self.tell("offer", **{name: value for name, value in asdict(offer).items() if name != "files"})
        if sys.stdin.isatty() and sys.stderr.isatty():
            print(f"{offer}. Download it? [y/N] ", end="", file=sys.stderr, flush=True)
            if sys.stdin.readline().strip().lower() in ("y", "yes"):
                return
        raise PriorError(
            f"{offer}. Allow it (Download in Blender, --download on the command line), or choose a folder of weights."
        )


def fetch(
    title: str, name: str, choose: Callable[[list[str]], list[str]], announce: Callable[[str], None],
    downloads: Downloads,
) -> Path:
    """Download what is needed of a model, once somebody has agreed; the folder that it is in.

    Args:
        title, name, choose: as in `look_up`.
        announce: called with the name of each stage that begins.

    Raises:
        PriorError: it is not to be had, or nobody agrees.
        EngineError: it cannot be kept.
    """
    announce("looking up prior")
    offer = look_up(title, name, choose)
    downloads.agree(offer)
    announce("downloading prior")
    folder = download(offer, downloads.tell)
    announce("loading prior")
    return folder


def look_up(title: str, name: str, choose: Callable[[list[str]], list[str]]) -> Offer:
    """What a download would be. `choose` picks what is needed out of the names of a model's files.

    Raises:
        EngineError: the model is not to be had.
    """
    from huggingface_hub import HfApi, try_to_load_from_cache
    from huggingface_hub.constants import ENDPOINT
    from huggingface_hub.errors import HTTPError

    try:
        info = HfApi().model_info(name, files_metadata=True, timeout=10)
    except (HTTPError, OSError, ImportError, RuntimeError) as error:
        raise explain_download(error, name) from error
    sizes = {file.rfilename: file.size or 0 for file in info.siblings or ()}
    files = choose(list(sizes))
    to_come = [file for file in files if not isinstance(try_to_load_from_cache(name, file), str)]
    card = info.card_data or {}
    licence = card.get("license_name") or card.get("license") or "not named"
    return Offer(title, name, tuple(files), sum(sizes[file] for file in to_come), str(licence), f"{ENDPOINT}/{name}")


def download(offer: Offer, tell: Callable[..., None]) -> Path:
    """Download what was agreed on into Hugging Face's cache, and return its folder there.

    Raises:
        EngineError: it is not to be had, or cannot be kept.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HTTPError

    _check_disk(offer)
    try:
        with Meter(offer.size, offer.title, tell) as meter:
            return Path(snapshot_download(offer.name, allow_patterns=list(offer.files), tqdm_class=meter.bars()))
    except (HTTPError, OSError, ImportError, RuntimeError) as error:
        raise explain_download(error, offer.name) from error


def _check_disk(offer: Offer) -> None:
    """Raise EngineError if the disk has no room for a download."""
    from huggingface_hub.constants import HF_HUB_CACHE

    folder = next(place for place in (Path(HF_HUB_CACHE), *Path(HF_HUB_CACHE).parents) if place.is_dir())
    free = shutil.disk_usage(folder).free
    if free < offer.size:
        raise EngineError(
            f"The disk has {free / 1e9:.1f} GB free, and the download takes {offer.size / 1e9:.1f} GB: free some space"
            f" in {HF_HUB_CACHE}, or choose another folder for downloads.",
            exits.OUTPUT_NOT_WRITABLE,
        )


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
            f"The download cannot be kept in {error.filename} ({error.strerror}): set HF_HOME to a folder that can be"
            " written.",
            exits.OUTPUT_NOT_WRITABLE,
        )
    # The hub's own sentences about a network that is down are long, and say no more than this one.
    reason = "" if isinstance(error, (HTTPError, LocalEntryNotFoundError)) else f" ({clause(error)})"
    return PriorError(f"{name} could not be downloaded{reason}: check the network and try again, or choose a folder.")


def _is_refused(error: BaseException) -> bool:
    """Whether what lies behind an error is an answer that the token is no good, or not good enough."""
    return any(getattr(getattr(cause, "response", None), "status_code", None) in (401, 403) for cause in causes(error))
