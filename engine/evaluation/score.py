"""Score the Toybox prior and what is made with it: python -m engine.evaluation

samples   a classifier, trained on fresh renders, looks at ancestral samples: are object, colour and view recognised?
meshes    for each prompt a whole run is made and its mesh at the end compared with the object that the prompt names:
          F-score at 5 % of the scene's radius on 20,000 surface points each, in the scene's own frame, and on matched
          points the mean error of the field's albedo, that of small parts alone (less than a twentieth of the surface:
          eyes, windows), and the normals' median angle, in degrees; faults are holes, edges with more than two faces,
          and pieces that the true object does not have; time is of the steps
ablation  the means of the same prompts with one step of the method off
variants  their means with the gradient made in other ways
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from engine.device import choose_device
from engine.evaluation.classifier import ITERATIONS, load_or_train_classifier
from engine.evaluation.comparisons import ABLATIONS, VARIANTS, Comparison, compare_settings
from engine.evaluation.meshes import is_taught, meshes_targets, score_meshes, summary
from engine.evaluation.samples import samples_part, samples_targets
from engine.evaluation.sheet import mesh_sheet
from engine.evaluation.subjects import parse_subject
from engine.evaluation.targets import Target
from engine.guidance.load import load_prior
from engine.guidance.prior import Prior
from engine.guidance.priors.toybox import WEIGHTS
from engine.overrides import parse_overrides
from engine.run.atomic import atomic_write_json
from engine.run.exits import EngineError
from engine.run.priors import PRIORS
from engine.run.settings import DEVICES, PRESETS, RunSettings, SettingsError, check_settings
from engine.settings import engine_settings
from engine.toybox.model import load

PROMPTS = (
    "a red ball", "a yellow cone", "a purple cylinder",
    "a red mushroom", "a pink donut", "a blue mug with a yellow handle",
    "a brown chair", "a red snowman", "a blue car", "a yellow duck", "a green robot",
    "a white rocket with a red nose", "a teal house with a red roof",
    "a blue duck with orange wings",
    "a red chair", "a green mug", "a yellow car", "a purple duck",
    "a red cube on top of a blue cylinder", "a green ball on top of a yellow cube",
)
"""From the seventh to the fourteenth all have a front and a back; the fifteenth to the eighteenth were never shown in
training (`engine.toybox.data.HELD_OUT`); the last two are compositions."""

PARTS = ("samples", "meshes", "ablation", "variants")
COMPARISONS = {"ablation": ABLATIONS, "variants": VARIANTS}


def arguments_parser() -> argparse.ArgumentParser:
    """The command line's options."""
    parser = argparse.ArgumentParser(
        prog="python -m engine.evaluation", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", nargs="+", default=["meshes"], choices=PARTS, help="default: meshes")
    parser.add_argument("--prompts", type=Path, help="a file with a prompt a line; default: the script's 20")
    parser.add_argument("--limit", type=int, help="only so many of the prompts")
    parser.add_argument("--samples", type=int, default=24, help="samples of each object and each never-shown pair")
    parser.add_argument("--prior", default="toybox", choices=tuple(PRIORS))
    parser.add_argument("--weights", type=Path, help="a folder of the prior's weights; default: its own")
    parser.add_argument("--preset", default="standard", choices=PRESETS)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="any engine setting")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto", choices=DEVICES)
    parser.add_argument("--cache", type=Path, default=Path("runs/toybox-score"), help="the classifier, its views")
    parser.add_argument("--classifier-iterations", type=int, default=ITERATIONS, help=f"default: {ITERATIONS}")
    parser.add_argument("--json", type=Path, help="where every number goes")
    parser.add_argument("--pictures", type=Path, help="a folder for pictures of the samples and of the meshes")
    return parser


def read_prompts(file: Path | None, limit: int | None) -> list[str]:
    """The prompts to score.

    Raises:
        ValueError: one names no object of the catalogue, so that there is no truth to score it against.
    """
    lines = file.read_text(encoding="utf-8").splitlines() if file else PROMPTS
    prompts = [line.strip() for line in lines if line.strip()][:limit]
    for prompt in prompts:
        parse_subject(prompt)
    return prompts


def number(value: float | None, digits: int = 3) -> str:
    """A figure of a table; "-" where there is none."""
    return f"{'-' if value is None else format(value, f'.{digits}f'):>7}"


def show_targets(targets: list[Target]) -> None:
    """Print what was reached beside what ought to be."""
    print("", *targets, "", sep="\n", flush=True)


def print_samples(options: argparse.Namespace, prior: Prior) -> dict:
    """Score samples, print the table, return every number."""
    taught = tuple(prior.known_words()), tuple(prior.colours)
    classifier, own = load_or_train_classifier(*taught, options.cache, options.classifier_iterations)
    toybox = load(options.weights or WEIGHTS, choose_device(options.device))
    parts = samples_part(toybox, classifier, options.samples, options.seed, options.pictures)
    print(f"{'samples of':<32} {'count':>6} {'object':>7} {'colour':>7} {'view':>7}")
    rows = [("classifier, of true renders", asdict(own))]
    rows += [(f"{part}: {name}", row) for part, found in parts.items() for name, row in found.items()]
    for name, row in rows:
        shares = (number(row[question]) for question in ("object", "colour", "view"))
        print(f"{name:<32} {row['count']:6}", *shares)
    show_targets(samples_targets(parts))
    return {"classifier": asdict(own)} | parts


def print_meshes(prompts: list[str], options: argparse.Namespace, prior: Prior, run: RunSettings) -> dict:
    """Score meshes, print a line for each as soon as it is scored, return every number."""
    columns = "".join(f" {name:>7}" for name in ("F", "precis.", "recall", "albedo", "small", "normal", "faults"))
    print(f"{'mesh of':<40}{columns} {'time':>6}", flush=True)
    rows = []
    settings, device = engine_settings(run), choose_device(run.device)
    for row in score_meshes(prompts, prior, settings, run.seed, device, options.pictures):
        rows.append(row)
        if not row["taught"]:
            print(f"{row['prompt']:<40} not taught: {row['object']}", flush=True)
            continue
        figures = (number(row[key]) for key in ("f", "precision", "recall", "albedo_error", "small_error"))
        angle = number(row["normal_error"], digits=1)
        time = f"{row['seconds']:5.0f}s{' empty' if row['empty'] else ''}"
        print(f"{row['prompt']:<40}", *figures, angle, number(row["faults"], digits=0), time, flush=True)
    if options.pictures:
        mesh_sheet(rows, options.pictures).save(options.pictures / "meshes.png")
    figures = summary(rows)
    print(f"{figures['scored']} scored, {figures['not_taught']} left out because their object is not taught")
    show_targets(meshes_targets(figures))
    return {"prompts": rows, "summary": figures}


def print_comparison(part: str, comparison: Comparison, prompts: list[str], prior: Prior, run: RunSettings) -> dict:
    """Score a comparison's rows, print a line for each as soon as it is scored, return every number."""
    prompts = [prompt for prompt in prompts if is_taught(prompt, prior)]
    heading = f"{part}, {len(prompts)} prompts"
    print(f"{heading:<40} {'mean F':>7} {'worst F':>7} {'albedo':>7} {'normal':>7} {'empty':>6}", flush=True)
    found = {}
    for name, rows in compare_settings(comparison, prompts, prior, run, choose_device(run.device)):
        figures = summary(rows)
        found[name] = {"prompts": rows, "summary": figures}
        shares = (number(figures[key]) for key in ("mean_f", "worst_f", "albedo_error"))
        angle = number(figures["normal_error"], digits=1)
        print(f"{name:<40}", *shares, angle, f"{figures['empty'] or 0:6}", flush=True)
    return found


def main() -> None:
    """The command line."""
    parser = arguments_parser()
    options = parser.parse_args()
    try:
        run = RunSettings(
            prompt="-", prior=options.prior, preset=options.preset, seed=options.seed, device=options.device,
            overrides=parse_overrides(options.set),
        )
        check_settings(run)
        guidance = engine_settings(run).guidance
        prompts = read_prompts(options.prompts, options.limit)
        if options.prior != "toybox" and "samples" in options.parts:
            raise SettingsError("Samples are scored for the Toybox prior alone: leave them out with --parts meshes.")
        prior = load_prior(options.prior, choose_device(options.device), options.weights, guidance=guidance)
    except (ValueError, OSError, EngineError) as error:
        parser.error(str(error))
    for folder in (options.cache, options.pictures, options.json and options.json.parent):
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
    results: dict = {"run": asdict(run), "objects": prior.known_words()}
    for part in PARTS:
        if part not in options.parts:
            continue
        if part == "samples":
            results[part] = print_samples(options, prior)
        elif part == "meshes":
            results[part] = print_meshes(prompts, options, prior, run)
        else:
            results[part] = print_comparison(part, COMPARISONS[part], prompts, prior, run)
        if options.json:
            atomic_write_json(options.json, results)
