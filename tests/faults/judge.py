"""Whether a run survived: it can be finished, and nothing is lost but the work since its last checkpoint."""

from __future__ import annotations

import json
from dataclasses import dataclass

from engine.run import exits
from engine.run.folder import checkpoint_path
from engine.run.snapshots import SnapshotError, read_snapshot
from engine.run.state import RunState, newest_snapshot, status, update
from tests.faults.engines import Engine
from tests.faults.tiny import PATIENCE, STEPS
from tests.faults.trial import NotSurvived, Trial

ORPHANED = 10.0
"""Seconds after which an engine that nobody needs any more must be gone."""
REFUSALS = (exits.BAD_INPUT, exits.CHECKPOINT_UNUSABLE)
"""Exit codes of a resume that cannot be: the run is begun again."""


@dataclass
class Verdict:
    """What became of a trial."""

    kind: str
    seed: int
    lost: int = 0
    """Steps that had to be done again."""
    why: str = ""
    """What was not survived, or nothing."""


def see_off(trial: Trial) -> None:
    """Let the hurt engines end: some as they like, the others because whoever started them is gone.

    Raises NotSurvived for an orphan, and for what nobody should have to read.
    """
    for engine in trial.engines:
        if trial.rng.random() < 0.5:
            engine.wait(PATIENCE)
        engine.lifeline.close()
        if not engine.wait(ORPHANED):
            engine.process.kill()
            raise NotSurvived(f"an engine was still there {ORPHANED:.0f} s after it was left alone")
        _listen(trial, engine)


def finish(trial: Trial) -> int:
    """Bring the run to its end as an artist would: resume, mend what the engine complains of, or begin again.

    Returns the steps that had to be done again. Raises NotSurvived.
    """
    saved, reached = saved_step(trial), trial.reached
    engine = _to_the_end(trial, "resume")
    if engine.code != exits.OK and trial.mend:
        trial.mend()
        saved = saved_step(trial)  # the first attempt may have come as far as a checkpoint
        engine = _to_the_end(trial, "resume")
    if engine.code in REFUSALS and (trial.spoiled or saved is None):
        trial.folder = trial.home / "again"
        engine = trial.begin()
        engine.wait(PATIENCE)
    if engine.code != exits.OK:
        raise NotSurvived(f"it could not be finished (exit code {engine.code}): {engine.said().strip()[-600:]}")
    events = trial.events()
    begun = [event["step"] for event in events if event["event"] == "hello"][-1]
    if not trial.spoiled and begun != (saved or 0):
        raise NotSurvived(f"it went on from step {begun}, and the checkpoint was of step {saved}")
    _check_result(trial, events[-1])
    again = events[-1]["step"] - STEPS  # where it began anew from a fresh ball
    return max(reached - begun, 0) + again


def saved_step(trial: Trial) -> int | None:
    """The step of the run's checkpoint; None where there is none that can be read."""
    try:
        return json.loads((checkpoint_path(trial.folder) / "checkpoint.json").read_bytes())["step"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _to_the_end(trial: Trial, verb: str) -> Engine:
    engine = trial.start(verb)
    if not engine.wait(PATIENCE):
        engine.process.kill()
        raise NotSurvived(f"{verb} did not end")
    _listen(trial, engine)
    return engine


def _listen(trial: Trial, engine: Engine) -> None:
    """Raise NotSurvived for words that nobody should have to read; events must add up to some sentence."""
    if "Traceback" in engine.said() or "The engine failed (" in engine.said():
        raise NotSurvived(f"standard error said: {engine.said().strip()[-600:]}")
    state = update(RunState(), trial.events())
    status(state, False, engine.code)


def _check_result(trial: Trial, last: dict) -> None:
    """Raise NotSurvived unless the run says that it is finished and has a good mesh of its last step."""
    if (last["event"], last.get("reason")) != ("done", "finished"):
        raise NotSurvived(f"its last event was {last}")
    newest = newest_snapshot(trial.folder)
    if newest is None or newest[0] != last["step"]:
        raise NotSurvived(f"its newest mesh is {newest}")
    try:
        read_snapshot(newest[1])
    except SnapshotError as error:
        raise NotSurvived(str(error)) from error
