"""CLIP's vocabulary, which single files of weights lack: where it is, and the tokenizer that is made of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from transformers import CLIPTokenizer

from engine.guidance.download import Downloads, fetch
from engine.guidance.prior import PriorError

FILES = ("vocab.json", "merges.txt")
HUB = "openai/clip-vit-large-patch14"
"""Its home on Hugging Face."""
CACHED = ((HUB, ""), ("stable-diffusion-v1-5/stable-diffusion-v1-5", "tokenizer/"))
"""Models with the same files, and the folders that these are in: Stable Diffusion 2 has them too."""


def find_vocabulary(
    path: Path, announce: Callable[[str], None] = lambda stage: None, downloads: Downloads | None = None
) -> Path:
    """The folder of CLIP's vocabulary: beside the file of weights at `path`, in a folder `tokenizer` there, in Hugging
    Face's cache, or to be downloaded (1.6 MB), as `find_weights` does it.

    Raises:
        PriorError: it is not to be had, or nobody agrees to a download.
        EngineError: a download cannot be kept.
    """
    from huggingface_hub import is_offline_mode

    found = find_here(path)
    if found is not None:
        return found
    if is_offline_mode():
        raise PriorError(
            f"{path.name} lacks CLIP's vocabulary, and the network is off: allow online access, or put"
            f" {' and '.join(FILES)} of {HUB} beside it."
        )
    folder = fetch("CLIP's vocabulary", HUB, _needed, announce, downloads or Downloads())
    if not _has_both(folder):
        raise PriorError(f"What can be had of {HUB} has no vocabulary: put {' and '.join(FILES)} beside {path}.")
    return folder


def find_here(path: Path) -> Path | None:
    """The folder of CLIP's vocabulary for a file of weights, if it is on this machine."""
    from huggingface_hub import try_to_load_from_cache

    cached = [try_to_load_from_cache(name, f"{folder}{FILES[0]}") for name, folder in CACHED]
    places = [path.parent / "tokenizer", path.parent, *(Path(file).parent for file in cached if isinstance(file, str))]
    return next(filter(_has_both, places), None)


def load_vocabulary(folder: Path, configuration: Path, size: int) -> CLIPTokenizer:
    """The tokenizer with the vocabulary in `folder`, as the folder `configuration` has it.

    Raises:
        PriorError: the vocabulary is broken, or has not `size` tokens.
    """
    options = json.loads((configuration / "tokenizer" / "tokenizer_config.json").read_text(encoding="utf-8"))
    try:
        vocabulary = json.loads((folder / FILES[0]).read_text(encoding="utf-8"))
        with open(folder / FILES[1], encoding="utf-8") as file:
            merges = [tuple(line.split()) for line in file if line.strip() and not line.startswith("#version")]
        if sorted(vocabulary.values()) != list(range(size)):
            raise ValueError(f"it does not have {size} tokens")
        chosen = {name: options[name] for name in ("pad_token", "model_max_length")}
        return CLIPTokenizer(vocab=vocabulary, merges=merges, **chosen)
    except Exception as error:  # what is wrong with merges has no class of its own
        if isinstance(error, MemoryError):
            raise
        raise PriorError(
            f"The vocabulary in {folder} is broken, or not CLIP's: put {' and '.join(FILES)} of {HUB} there."
        ) from error


def _needed(names: list[str]) -> list[str]:
    return [name for name in names if name in FILES]


def _has_both(folder: Path) -> bool:
    return all((folder / file).is_file() for file in FILES)
