"""Where a run stands follows from its events and its process alone."""

import copy

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.run import exits
from engine.run.events import EventWriter
from engine.run.folder import events_path, snapshot_path
from engine.run.state import GRAY, RunState, newest_snapshot, status, update
from engine.run.tail import TailReader

STATUSES = {"starting", "running", "paused", "finished", "stopped", "failed", "crashed"}

HELLO = {
    "event": "hello", "schema": 1, "pid": 7, "prompt": "a red car", "device_name": "cpu (2 threads)", "steps": 1500,
    "step": 0,
}  # fmt: skip
LOADING = {"event": "stage", "name": "loading prior"}
DOWNLOADING = {"event": "stage", "name": "downloading prior"}
OPTIMISING = {"event": "stage", "name": "optimising"}
PROGRESS = {"event": "progress", "step": 250, "steps": 1500, "rate": 5.0, "remaining": 250.0, "opacity": 0.3}
SNAPSHOT = {"event": "snapshot", "step": 240, "vertices": 4, "faces": 4, "seconds": 0.5, "final": False}
EMPTY = {"event": "snapshot", "step": 250, "empty": True, "seconds": 0.1, "final": False}
DONE = {"event": "done", "reason": "finished", "step": 1500, "seconds": 300.0}
RUNNING = [HELLO, LOADING, OPTIMISING, PROGRESS]


def status_of(events, alive=True, exit_code=None):
    result, sentence = status(update(RunState(), events), alive, exit_code)
    assert result in STATUSES
    assert sentence.endswith(".") and "\n" not in sentence
    return result, sentence


def test_fields_follow_the_events():
    state = update(RunState(), RUNNING + [SNAPSHOT, {"event": "warning", "message": "Slow."}])
    assert state == RunState(
        prompt="a red car",
        device="cpu (2 threads)",
        stage="optimising",
        step=250,
        steps=1500,
        rate=5.0,
        remaining=250.0,
        newest_snapshot=240,
        snapshots=1,
        warnings=["Slow."],
    )


MESH = {"threshold": 24.0, "own_threshold": 12.0, "faces": 500, "texture": 64, "final_texture": 128}


def test_what_a_hello_says_of_meshes_is_whole_or_left_out():
    assert update(RunState(), [HELLO | {"mesh": MESH}]).mesh == MESH
    broken = [None, [], {}, *({**MESH, name: value} for name in MESH for value in (0, -1, "7", None, True, 1e13))]
    assert all(update(RunState(), [HELLO | {"mesh": said}]).mesh is None for said in broken)
    changed = MESH | {"threshold": 7.0}
    assert update(RunState(), [HELLO | {"mesh": MESH}, {"event": "mesh", "mesh": changed}]).mesh == changed


def test_through_a_real_file(tmp_path):
    writer, reader, state = EventWriter(tmp_path), TailReader(events_path(tmp_path)), RunState()
    for event in [*RUNNING, SNAPSHOT, DONE]:
        writer.write(event["event"], **{name: value for name, value in event.items() if name != "event"})
        state = update(state, reader.read())
    assert state == update(RunState(), [*RUNNING, SNAPSHOT, DONE])


@pytest.mark.parametrize(
    ("events", "alive", "expected"),
    [
        ([], True, ("starting", "Starting the engine.")),
        ([], None, ("starting", "Starting the engine.")),
        ([HELLO], True, ("starting", "Starting the engine.")),
        ([HELLO, LOADING], True, ("starting", "Loading the prior.")),
        ([HELLO, LOADING, DOWNLOADING], True, ("starting", "Downloading the prior, which is done once.")),
        (
            [HELLO, DOWNLOADING, {"event": "download", "done": 1.2e9, "size": 2e9, "rate": 5e6, "remaining": 160.0}],
            True,
            ("starting", "Downloading the prior: 1.20 of 2.00 GB (60%), 5.0 MB/s, 3 min left."),
        ),
        (
            [HELLO, DOWNLOADING, {"event": "download", "done": 1.2e9, "size": 0, "rate": "x", "idle": 42.0}],
            True,
            (
                "starting",
                "Downloading the prior: 1.20 of 0.00 GB; nothing came for 42 s: check the network, or stop and resume"
                " later.",
            ),
        ),
        ([HELLO, OPTIMISING], True, ("running", "Optimising: step 0 of 1,500.")),
        (RUNNING, True, ("running", "Optimising: step 250 of 1,500, 4 min left.")),
        (RUNNING, None, ("running", "Optimising: step 250 of 1,500, 4 min left.")),
        (RUNNING + [EMPTY], True, ("running", "Optimising: step 250 of 1,500, 4 min left; no surface yet.")),
        (
            RUNNING + [SNAPSHOT, EMPTY],
            True,
            ("running", "Optimising: step 250 of 1,500, 4 min left; no surface just now."),
        ),
        (RUNNING + [{"event": "paused"}], True, ("paused", "Paused at step 250 of 1,500.")),
        (RUNNING + [{"event": "paused"}, {"event": "resumed"}], True, status_of(RUNNING)),
        (RUNNING + [{"event": "stage", "name": "meshing"}], True, ("running", "Making the final mesh.")),
        (RUNNING + [SNAPSHOT, DONE], True, ("finished", "Finished after 1,500 steps.")),
        (RUNNING + [SNAPSHOT, DONE], False, ("finished", "Finished after 1,500 steps.")),
    ],
)
def test_status(events, alive, expected):
    assert status_of(events, alive) == expected


@pytest.mark.parametrize(
    ("remaining", "words"), [(0.0, "0 s"), (42.4, "42 s"), (60.0, "1 min"), (3590.0, "1 h 0 min"), (5e3, "1 h 23 min")]
)
def test_time_left(remaining, words):
    assert f", {words} left." in status_of([HELLO, OPTIMISING, {**PROGRESS, "remaining": remaining}])[1]


def test_finished_without_a_surface():
    result, sentence = status_of([*RUNNING, {**EMPTY, "final": True}, DONE])
    assert result == "finished" and "without a surface" in sentence
    result, sentence = status_of([*RUNNING, SNAPSHOT, {**EMPTY, "final": True}, DONE])
    assert result == "finished" and "the mesh is of step 240" in sentence


@pytest.mark.parametrize(("reason", "word"), [("stopped", "Resume continues"), ("abandoned", "Blender closed")])
def test_stopped(reason, word):
    result, sentence = status_of([*RUNNING, {**DONE, "reason": reason, "step": 250}], False, 0)
    assert result == "stopped" and word in sentence and "250 of 1,500" in sentence


@pytest.mark.parametrize("reason", ["stopped", "abandoned"])
def test_stopped_before_there_is_anything_to_continue(reason):
    result, sentence = status_of([{"event": "done", "reason": reason, "step": 0}], False, 0)
    assert result == "stopped" and "before the first step" in sentence and sentence.endswith("Resume begins again.")


def test_an_offer_stands_until_the_engine_is_started_again():
    offer = {"event": "offer", "page": "https://hub/owner/sd", "size": 2e9}
    state = update(RunState(), [HELLO, offer, {"event": "error", "message": "Not here."}])
    assert state.offer == "https://hub/owner/sd"
    assert update(state, [HELLO]).offer == ""


def test_failure_is_told_in_the_engines_words():
    events = [HELLO, {"event": "error", "message": "The prior's weights are missing: download them."}]
    for alive, code in ((True, None), (False, 4), (None, None)):
        assert status_of(events, alive, code) == ("failed", "The prior's weights are missing: download them.")


@pytest.mark.parametrize("code", sorted(exits.SENTENCES.keys() - {exits.OK}))
def test_failure_that_could_not_write_its_event(code):
    assert status_of([HELLO], False, code) == ("failed", exits.SENTENCES[code])


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (-9, "ran out of memory"),
        (137, "ran out of memory"),
        (-11, "memory fault"),
        (1, "exit code 1"),
        (0xC0000005, "memory fault"),
        (0, "exit code 0"),
        (None, "not known"),
    ],
)
def test_crash(code, reason):
    result, sentence = status_of([*RUNNING, SNAPSHOT], False, code)
    assert result == "crashed"
    for words in ("stopped unexpectedly", reason, "mesh so far is kept", "Resume continues from the last checkpoint"):
        assert words in sentence


def test_crash_promises_only_what_there_is():
    assert "mesh" not in status_of(RUNNING, False, -9)[1]
    early = status_of([HELLO], False, -9)[1]
    assert "Resume" not in early and "engine.log" in early


def test_crash_while_paused():
    assert status_of([*RUNNING, {"event": "paused"}], False, -15)[0] == "crashed"


def test_empty_attempt_keeps_the_newest_mesh():
    state = update(RunState(), [HELLO, SNAPSHOT, EMPTY])
    assert (state.newest_snapshot, state.snapshots, state.empty) == (240, 1, True)
    update(state, [{**SNAPSHOT, "step": 1500, "final": True}])
    assert (state.newest_snapshot, state.snapshots, state.empty) == (1500, 2, False)


@pytest.mark.parametrize(
    ("told", "taken"),
    [([0, 0.25, 1], (0.0, 0.25, 1.0))]
    + [(wrong, GRAY) for wrong in (None, 0.5, "red", [], [0.1] * 4, [0.1, None, 0.1], [0.1, True, 0.1])]
    + [([0.1, wrong, 0.1], GRAY) for wrong in (-0.01, 1.01, float("nan"), 10**400, "1", [0.1])],
)
def test_a_mean_albedo_is_three_numbers_from_0_to_1_or_gray(told, taken):
    state = update(RunState(), [{**SNAPSHOT, "mean_albedo": [0.5, 0.5, 0.5]}, {**SNAPSHOT, "mean_albedo": told}])
    assert state.mean_albedo == taken


@pytest.mark.parametrize("step", [0, 250])
def test_resume_carries_on(step):
    warning = {"event": "warning", "message": "Slow."}
    stopped = [*RUNNING, SNAPSHOT, warning, {"event": "error", "message": "Full."}, {**DONE, "reason": "stopped"}]
    state = update(RunState(), [*stopped, {**HELLO, "step": step, "resumed": True}])
    assert (state.done, state.error, state.step, state.stage) == (None, None, step, "starting")
    assert (state.newest_snapshot, state.snapshots, state.warnings) == (240, 1, ["Slow."])
    assert status(state, True, None)[0] == "starting"


def test_reading_the_file_again_from_its_start_counts_nothing_twice():
    events = [*RUNNING, SNAPSHOT, {"event": "warning", "message": "Slow."}, DONE]
    state = update(RunState(), events)
    assert update(copy.deepcopy(state), events) == state


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(10**400),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=3,
)
kinds = st.sampled_from(
    ["hello", "stage", "progress", "preview", "snapshot", "paused", "resumed", "warning", "error", "done", "new kind"]
)
names = st.sampled_from(
    ["prompt", "steps", "step", "resumed", "name", "remaining", "empty", "message", "reason"]
)
any_events = st.lists(
    st.builds(lambda kind, rest: {**rest, "event": kind}, kinds | json_values, st.dictionaries(names, json_values))
    | st.dictionaries(st.text(), json_values)
    | st.sampled_from([*RUNNING, SNAPSHOT, EMPTY, DONE]),
    max_size=8,
)


@example([{"event": "error", "message": ""}], True, None)
@given(any_events, st.sampled_from([True, False, None]), st.none() | st.integers(-(2**31), 2**32))
def test_no_event_stops_the_follower(events, alive, exit_code):
    result, sentence = status(update(RunState(), events), alive, exit_code)
    assert result in STATUSES and isinstance(sentence, str) and sentence


@given(any_events, st.integers(0, 8))
def test_batches_do_not_matter(events, cut):
    assert update(update(RunState(), events[:cut]), events[cut:]) == update(RunState(), events)


def test_the_newest_snapshot_is_the_last_one_made_not_that_of_the_highest_step(tmp_path):
    assert newest_snapshot(tmp_path) is None
    events = EventWriter(tmp_path)
    events.write("hello", schema=1, steps=1000, step=0)
    for step in (400, 700):
        events.write("snapshot", step=step, vertices=4, faces=4)
    events.write("hello", schema=1, steps=1000, step=400, resumed=True)  # the engine was killed after step 700
    assert newest_snapshot(tmp_path) == (700, snapshot_path(tmp_path, 700))
    events.write("snapshot", step=500, vertices=4, faces=4)
    events.write("snapshot", step=500, empty=True)
    assert newest_snapshot(tmp_path) == (500, snapshot_path(tmp_path, 500))


def test_an_engine_that_fails_after_another_has_ended_is_told():
    state = update(RunState(), [{"event": "hello", "steps": 9}, {"event": "done", "reason": "stopped", "step": 5}])
    assert status(state, None, None)[0] == "stopped"
    update(state, [{"event": "error", "message": "The device is gone."}])
    assert status(state, None, None) == ("failed", "The device is gone.")
