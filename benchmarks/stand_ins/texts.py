"""What the stand-ins read: captions of the taught part of the world, and vocabularies in which its words are whole."""

from __future__ import annotations

import io
import random
from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from pathlib import Path

import sentencepiece
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel, Sequence, Split
from tokenizers.trainers import BpeTrainer

from benchmarks.stand_ins.world import COLOURS, OBJECTS
from engine.guidance.settings import ClassifierSettings
from engine.run.atomic import atomic_write_json
from engine.run.prior_presets import MVDREAM
from engine.shading import Shading
from engine.toybox.captions import VIEWS, caption
from engine.toybox.shown import Shown

LENGTH = 32
"""Tokens of a caption."""
DROPPED, NO_VIEW, NO_COLOUR = 0.1, 0.1, 0.05
"""Shares of captions without any words of what is seen, of those without its side, and of those without its colour."""
MEANINGLESS = ("", MVDREAM["sds"]["guidance.negative"], ClassifierSettings().negative)
"""Captions of those dropped: the presets' negatives ask for what the world does not have. In networks that never read
them they would mean anything at all, where the real ones know them as words."""
START, END = "<|startoftext|>", "<|endoftext|>"


def draw_caption(thing: int, colour: int, view: int | None, rng: random.Random) -> str:
    """A caption of what an image shows, by its numbers in OBJECTS, COLOURS and VIEWS; `view` None: no word for a side.

    >>> draw_caption(0, 0, None, random.Random(3))
    'a red ball'
    """
    if rng.random() < DROPPED:
        return rng.choice(MEANINGLESS)
    shown = Shown(OBJECTS[thing], COLOURS[colour])
    told = replace(shown, main=None) if rng.random() < NO_COLOUR else shown
    return caption(told, None if view is None or rng.random() < NO_VIEW else VIEWS[view], Shading.DIFFUSE, rng)


def every_caption() -> list[str]:
    """Captions in which each word occurs."""
    rng = random.Random(0)
    pairs = product(range(len(OBJECTS)), range(len(COLOURS)))
    numbers = ((thing, colour, rng.randrange(len(VIEWS))) for thing, colour in pairs)
    return [*MEANINGLESS[1:], *(draw_caption(*each, rng) for each in numbers for _ in range(8))]


def save_clip_vocabulary(folder: Path) -> int:
    """Write CLIP's tokenizer files for these captions; returns how many tokens there are, of which the last two are
    START and END."""
    tokenizer = Tokenizer(BPE(end_of_word_suffix="</w>"))
    tokenizer.pre_tokenizer = Sequence([Split(" ", "removed"), ByteLevel(add_prefix_space=False, use_regex=True)])
    trainer = BpeTrainer(
        vocab_size=4_000, end_of_word_suffix="</w>", initial_alphabet=sorted(ByteLevel.alphabet()), show_progress=False
    )
    tokenizer.train_from_iterator((text.lower() for text in every_caption()), trainer)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.model.save(str(folder))
    merges = [line.split(" ") for line in (folder / "merges.txt").read_text(encoding="utf-8").splitlines()[1:]]
    letters = [letter + end for end in ("", "</w>") for letter in sorted(ByteLevel.alphabet())]
    tokens = list(dict.fromkeys([*letters, *map("".join, merges)])) + [START, END]
    atomic_write_json(folder / "vocab.json", {token: number for number, token in enumerate(tokens)})
    atomic_write_json(
        folder / "tokenizer_config.json", {"tokenizer_class": "CLIPTokenizer", "model_max_length": LENGTH}
    )
    return len(tokens)


def save_t5_vocabulary(folder: Path) -> int:
    """Write T5's tokenizer files for these captions; returns how many tokens there are."""
    return _save_pieces(folder, (text.lower() for text in every_caption()))


def _save_pieces(folder: Path, texts: Iterable[str]) -> int:
    pieces = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts), model_writer=pieces, vocab_size=400, hard_vocab_limit=False,
        pad_id=0, eos_id=1, unk_id=2, bos_id=-1, minloglevel=2,
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spiece.model").write_bytes(pieces.getvalue())
    atomic_write_json(folder / "tokenizer_config.json", {"tokenizer_class": "T5Tokenizer", "extra_ids": 100})
    return sentencepiece.SentencePieceProcessor(model_proto=pieces.getvalue()).vocab_size() + 100
