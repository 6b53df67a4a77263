"""Train the Toybox prior: python -m engine.toybox --output FOLDER --minutes N

The recipe: images of `engine.toybox.data`, noise levels drawn log-normally (Karras et al., arXiv 2206.00364), the
squared error of the clean image with more weight on small details, Muon on the transformer's matrices and AdamW on the
rest, an exponential moving average, and a learning rate that stays constant and falls linearly over the second half of
the time. Started again with the same folder, it goes on where it stopped; with more minutes, it goes on for longer.
With `--start` it begins from weights of an earlier training, which may have taught other objects.

It teaches the objects, colours and traits that the shipped prior knows. `--objects`, `--colours` and `--traits` say all
that is to be taught instead, new and old: what is left out is forgotten. Traits are patterns, proportions and pairs.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from contextlib import nullcontext
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from engine.checkpoint import (
    load_checkpoint,
    module_tensors,
    optimiser_tensors,
    restore_module,
    restore_optimiser,
    save_checkpoint,
)
from engine.curve import draw_curve
from engine.device import mixed_precision
from engine.preview import to_picture
from engine.run.folder import checkpoint_path, has_checkpoint
from engine.run.tail import TailReader
from engine.shading import Shading
from engine.toybox.captions import caption
from engine.toybox.catalogue import OBJECTS, TAUGHT
from engine.toybox.colours import COLOURS, TAUGHT_COLOURS
from engine.toybox.conditioning import RESOLUTION
from engine.toybox.data import HELD_OUT, Stream
from engine.toybox.draws import examples
from engine.toybox.model import Toybox, build, encode, load, predict_clean, save
from engine.toybox.muon import Muon
from engine.toybox.render import NOTHING
from engine.toybox.sample import ancestral_samples
from engine.toybox.shown import TAUGHT_TRAITS, TRAITS, Shown
from engine.toybox.take_over import take_over

NOISE_MEAN, NOISE_SPREAD = 0.5 + math.log(RESOLUTION / 64), 1.3
"""Of the logarithm of sigma_t / alpha_t: high, since distillation asks most at noise in which only the caption and the
camera say what there is."""
SMALL_PART, SMALL_WEIGHT = 0.05, 3.0
"""A part that fills less than this share of what is seen of its object is a small detail, an eye or a window, and its
pixels count so many times in the loss: they tell front from back, and are one in two hundred."""
WARM_UP = 200
"""Iterations over which the learning rate rises."""
EMA_DECAY = 0.995
SAMPLED = 24
"""Most examples that are drawn at every checkpoint: each takes a second or two on a processor."""
LONGEST_ITERATION = 60.0
"""Seconds of the time budget that an iteration can take: whatever took longer, the machine slept or the training was
stopped meanwhile."""


def detail_weights(part: Tensor) -> Tensor:
    """How often pixels (B, 1, R, R) count that show parts (B, R, R): SMALL_WEIGHT times for a SMALL_PART."""
    numbers = part.flatten(1).long()
    areas = torch.zeros(len(part), NOTHING + 1, device=part.device)
    areas.scatter_add_(1, numbers, torch.ones_like(numbers, dtype=areas.dtype))
    areas[:, NOTHING] = areas.sum(1)  # the background is no detail, however little of it there is
    seen = areas[:, :NOTHING].sum(1, keepdim=True)
    small = (areas < SMALL_PART * seen).gather(1, numbers).view(len(part), 1, *part.shape[1:])
    return 1 + (SMALL_WEIGHT - 1) * small.float()


def loss_of(toybox: Toybox, stream: Stream, size: int, generator: torch.Generator) -> Tensor:
    """The mean squared error of the clean images predicted for one fresh batch, small details weighing more."""
    batch = stream.batch(size)
    device = toybox.transformer.device
    clean = (batch.images * 2 - 1).to(device)
    levels = (NOISE_MEAN + NOISE_SPREAD * torch.randn(size, generator=generator)).exp()
    cumulative = toybox.scheduler.alphas_cumprod.cpu()  # adding noise on a GPU moves it there
    ladder = ((1 - cumulative) / cumulative).sqrt()
    timesteps = torch.searchsorted(ladder, levels).clamp(max=len(ladder) - 1)
    noise = torch.randn(clean.shape, generator=generator).to(device)
    noisy = toybox.scheduler.add_noise(clean, noise, timesteps)
    # On a CPU plain matrix products: the fused kernel's backward is slower there.
    attention = sdpa_kernel(SDPBackend.MATH) if device.type == "cpu" else nullcontext()
    with mixed_precision(device), attention:
        tokens, pooled = encode(toybox, batch.captions)
        guess = predict_clean(toybox, noisy, timesteps.to(device), tokens, pooled, batch.cameras.to(device))
    return (detail_weights(batch.part).to(device) * (guess.float() - clean).square()).mean()


def make_optimisers(networks: nn.ModuleDict) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the transformer's blocks, AdamW for everything else."""
    matrices, rest = [], []
    for name, parameter in networks.named_parameters():
        inside = ".transformer_blocks." in name and parameter.ndim == 2
        (matrices if inside else rest).append(parameter)
    muon = Muon(matrices, rate=5e-3, decay=0.01)
    return [muon, torch.optim.AdamW(rest, lr=1e-3, weight_decay=0.01, betas=(0.9, 0.99))]


def learning_rate_share(step: int, progress: float) -> float:
    """The share of the full learning rate at `progress` in [0, 1] of the time budget."""
    return min(1.0, (step + 1) / WARM_UP, max(0.0, 2 * (1 - progress)))


def counted_seconds(taken: float) -> float:
    """What an iteration of so many seconds takes of the time budget."""
    return min(taken, LONGEST_ITERATION)


class Training:
    """Networks, their average and optimisers, at some step of their training.

    Args:
        device: where they compute.
        start: a folder of weights to begin from; None begins from nothing.
    """

    def __init__(self, device: str, start: Path | None = None):
        self.toybox, self.earlier = build(), {"iterations": 0, "minutes": 0}
        if start:
            take_over(load(start), self.toybox)
            taught = json.loads((start / "toybox.json").read_text(encoding="utf-8"))
            self.earlier = {key: taught[key] for key in self.earlier}
        self.networks = self.toybox.networks().to(device)
        self.average = build()
        self.average.networks().to(device).requires_grad_(False)
        self.average.networks().load_state_dict(self.networks.state_dict())
        self.optimisers = make_optimisers(self.networks)
        self.full_rates = [optimiser.param_groups[0]["lr"] for optimiser in self.optimisers]
        self.step, self.seconds = 0, 0.0

    def tensors(self) -> dict[str, Tensor]:
        """Everything that a checkpoint holds."""
        named = module_tensors(self.networks, "network") | module_tensors(self.average.networks(), "average")
        for number, optimiser in enumerate(self.optimisers):
            named |= optimiser_tensors(optimiser, f"optimiser{number}")
        return named

    def restore(self, folder: Path) -> None:
        """Go back to a checkpoint."""
        tensors, numbers = load_checkpoint(folder)
        restore_module(self.networks, tensors, "network")
        restore_module(self.average.networks(), tensors, "average")
        for number, optimiser in enumerate(self.optimisers):
            restore_optimiser(optimiser, tensors, f"optimiser{number}")
        self.step, self.seconds, self.earlier = numbers["step"], numbers["seconds"], numbers["earlier"]

    def numbers(self) -> dict:
        """What a checkpoint holds beside the tensors."""
        return {"step": self.step, "seconds": self.seconds, "earlier": self.earlier}

    def iterate(self, loss: Tensor, share: float) -> None:
        """One step of the optimisers, at `share` of their learning rates, and of the average."""
        loss.backward()
        nn.utils.clip_grad_norm_(self.networks.parameters(), 1.0)
        for optimiser, rate in zip(self.optimisers, self.full_rates):
            optimiser.param_groups[0]["lr"] = rate * share
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        decay = min(EMA_DECAY, (1 + self.step) / (10 + self.step))
        averages = list(self.average.networks().parameters())
        torch._foreach_lerp_(averages, [parameter.detach() for parameter in self.networks.parameters()], 1 - decay)
        self.step += 1


def sample_sheet(toybox: Toybox, shown: list[Shown], path: Path) -> None:
    """A picture of what the prior knows: a row per example, told five cameras, the last one's image to show positions,
    and then words alone."""
    rows = []
    azimuths = torch.deg2rad(torch.tensor([0.0, 45.0, 90.0, 180.0, 45.0]))
    cameras = torch.full((5,), 0.3), azimuths, torch.full((5,), 0.52)
    for number, one in enumerate(shown):
        thing, *seen = (
            caption(one, view, Shading.DIFFUSE, random.Random(number)) for view in (None, "front", "overhead")
        )
        positions = caption(one, None, Shading.POSITION, random.Random(number))
        told = ancestral_samples(toybox, [thing] * 4 + [positions], cameras, seed=number)
        words = ancestral_samples(toybox, seen, None, seed=number)
        rows.append(torch.cat([*told, *words], -1))
    half = (len(rows) + 1) // 2
    rows += [torch.zeros_like(rows[0])] * (2 * half - len(rows))
    sheet = torch.cat([torch.cat(rows[:half], -2), torch.cat(rows[half:], -2)], -1)
    to_picture(sheet[None]).save(path)


def card(training: Training, arguments: argparse.Namespace) -> dict:
    """What the saved prior says of itself."""
    return {
        "schema": 1, "objects": list(dict.fromkeys(arguments.objects)), "colours": list(arguments.colours),
        "traits": list(arguments.traits), "iterations": training.earlier["iterations"] + training.step,
        "batch": arguments.batch,
        "minutes": training.earlier["minutes"] + round(training.seconds / 60),
        "views_per_object": arguments.views, "held_out": sorted(map(list, HELD_OUT)), "licence": "CC0-1.0",
    }


def train(arguments: argparse.Namespace) -> None:
    """Train until the time budget is used up; checkpoints, sample sheets and weights lie in the output folder."""
    torch.manual_seed(arguments.seed)
    training = Training(arguments.device, arguments.start)
    if has_checkpoint(arguments.output):
        training.restore(checkpoint_path(arguments.output))
    if arguments.compile:
        training.toybox.transformer.compile()
    stream = Stream(
        tuple(arguments.objects), arguments.views, arguments.cache, arguments.seed + training.step,
        colours=tuple(arguments.colours), traits=tuple(arguments.traits), device=arguments.device,
    )
    generator = torch.Generator().manual_seed(arguments.seed + training.step)
    arguments.output.mkdir(parents=True, exist_ok=True)
    smooth, last_save = math.nan, time.monotonic()
    while training.seconds < arguments.minutes * 60:
        began = time.monotonic()
        loss = loss_of(training.toybox, stream, arguments.batch, generator)
        value = loss.item()
        if not math.isfinite(value):
            raise SystemExit("The loss is not finite: start again, to go on from the last checkpoint if there is one.")
        training.iterate(loss, learning_rate_share(training.step, training.seconds / (arguments.minutes * 60)))
        training.seconds += counted_seconds(time.monotonic() - began)
        smooth = value if math.isnan(smooth) else 0.98 * smooth + 0.02 * value
        if training.step % 50 == 0:
            line = {"step": training.step, "seconds": round(training.seconds, 1), "loss": round(smooth, 5)}
            with (arguments.output / "loss.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
            print(line, flush=True)
        if time.monotonic() - last_save > 60 * arguments.save_minutes:
            keep(training, arguments)
            last_save = time.monotonic()
    keep(training, arguments)


def keep(training: Training, arguments: argparse.Namespace) -> None:
    """Write the checkpoint, the averaged weights, a sample sheet and a picture of the loss so far."""
    save_checkpoint(checkpoint_path(arguments.output), training.tensors(), training.numbers())
    weights = build()
    weights.networks().load_state_dict(training.average.networks().state_dict())
    save(weights, arguments.output / "weights", card(training, arguments))
    shown = examples(tuple(dict.fromkeys(arguments.objects)), tuple(arguments.colours), tuple(arguments.traits))
    few = shown[:: math.ceil(len(shown) / SAMPLED)]
    sample_sheet(training.average, few, arguments.output / "samples.png")
    losses = {line["step"]: line["loss"] for line in TailReader(arguments.output / "loss.jsonl").read()}
    draw_curve(sorted(losses.items()), "loss over iterations").save(arguments.output / "loss.png")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m engine.toybox", description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("runs/toybox"), help="checkpoints, samples and weights")
    parser.add_argument("--cache", type=Path, default=Path("runs/toybox-cache"),
                        help="traced views, made where missing; on a GPU they are traced as training goes on")
    parser.add_argument("--start", type=Path,
                        help="a folder of weights to begin from, unless the output has a checkpoint; default: nothing")
    parser.add_argument("--minutes", type=float, default=120, help="time budget in all, over every start")
    shares = [name for name, share in TAUGHT.items() for _ in range(share)]
    parser.add_argument("--objects", nargs="+", default=shares, choices=sorted(OBJECTS), metavar="NAME",
                        help="what to teach; a name given twice is drawn twice as often; default: as the shipped prior")
    parser.add_argument("--colours", nargs="+", default=TAUGHT_COLOURS, choices=list(COLOURS), metavar="NAME",
                        help="in which colours; default: those that the shipped prior knows")
    parser.add_argument("--traits", nargs="*", default=TAUGHT_TRAITS, choices=TRAITS, metavar="NAME",
                        help=f"what else, of {', '.join(TRAITS)}; default: what the shipped prior knows")
    parser.add_argument("--views", type=int, default=400, help="traced views per object, in the cache")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--compile", action="store_true", help="torch.compile the transformer: needs a C++ compiler")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--save-minutes", type=float, default=5)
    arguments = parser.parse_args()
    if torch.device(arguments.device).type != "cpu":
        arguments.views = arguments.cache = None  # views are traced as training goes on
    train(arguments)
