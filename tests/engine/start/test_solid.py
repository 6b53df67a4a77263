"""What is inside of a mesh, against boxes and balls whose inside is known, however badly the mesh is made."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from engine.run.start import Start, StartError, fit_to_scene
from engine.start.solid import BAND, RESOLUTION, SHEET, SPACING, solid

AXIS = np.linspace(-1, 1, RESOLUTION)
GRID = np.stack(np.meshgrid(AXIS, AXIS, AXIS, indexing="ij"), -1)


def in_space(low: float, high: float):
    return st.tuples(*[st.floats(low, high)] * 3).map(np.array)


def box(centre: np.ndarray, halves: np.ndarray) -> Start:
    made = trimesh.creation.box(2 * np.asarray(halves))
    return Start((made.vertices + centre).astype(np.float32), np.asarray(made.faces, np.int32))


def ball(centre=(0, 0, 0), radius: float = 0.7, fineness: int = 4) -> Start:
    made = trimesh.creation.icosphere(fineness, radius)
    return Start((made.vertices + centre).astype(np.float32), np.asarray(made.faces, np.int32))


def joined(*parts: Start) -> Start:
    ends = np.cumsum([0, *(len(part.vertices) for part in parts)])
    faces = np.concatenate([part.faces + end for part, end in zip(parts, ends)])
    return Start(np.concatenate([part.vertices for part in parts]), faces.astype(np.int32))


def to_box(centre, halves) -> np.ndarray:
    """The signed distance of the grid's vertices from a box."""
    outside = np.abs(GRID - centre) - halves
    return np.linalg.norm(outside.clip(min=0), axis=-1) + outside.max(-1).clip(max=0)


def to_ball(centre=(0, 0, 0), radius: float = 0.7) -> np.ndarray:
    return np.linalg.norm(GRID - centre, axis=-1) - radius


def assert_inside(start: Start, distance: np.ndarray, slack: float = 0.3 * SPACING) -> None:
    """Every grid vertex is on the side that a closed form says, unless it is nearer to the surface than `slack`."""
    found = solid(start).distance < 0
    clear = np.abs(distance) > slack
    assert (found[clear] == (distance < 0)[clear]).all()


boxes = st.lists(st.tuples(in_space(-0.4, 0.4), in_space(0.1, 0.4)), min_size=1, max_size=5)


def around(*halves: float):
    return np.zeros(3), np.array(halves)


nested = [around(0.25, 0.25, 0.25), around(0.25, 0.25, 0.375), around(0.25, 0.25, 0.39), around(0.25, 0.375, 0.375)]


@given(parts=boxes, turned=st.lists(st.booleans(), min_size=5, max_size=5))
@example(parts=[(np.array([-0.19921875, 0, 0]), np.array([0.25, 0.1875, 0.34375])), *nested], turned=[False] * 5)
@settings(max_examples=15)
def test_boxes_that_overlap_some_of_them_inside_out(parts, turned):
    starts = [box(*part) for part in parts]
    for start, turn in zip(starts, turned):
        start.faces = start.faces[:, ::-1] if turn else start.faces
    start = joined(*starts)
    # Pieces that share a corner are one piece, whose faces cannot all be told to be the wrong way.
    assume(len(np.unique(start.vertices.round(5), axis=0)) == len(start.vertices))
    assert_inside(start, np.minimum.reduce([to_box(*part) for part in parts]))


def test_boxes_whose_walls_lie_on_the_grid_and_on_each_other():
    side = 8 * SPACING
    places = [(np.array([x, 0, z]) * 2 * side, np.full(3, side)) for x in (-1, 0, 1) for z in (0, 1)]
    assert_inside(joined(*(box(*place) for place in places)), np.minimum.reduce([to_box(*each) for each in places]))


@given(centre=in_space(-0.2, 0.2), radius=st.floats(0.2, 0.7))
@settings(max_examples=10)
def test_a_ball_and_how_far_it_is(centre, radius):
    found, true = solid(ball(centre, radius)).distance, to_ball(centre, radius)
    near = np.abs(true) < BAND - SPACING
    assert np.abs(found - true)[near].max() < 0.02
    assert (found[true > BAND + 0.02] == np.float32(BAND)).all() and (found[true < -BAND - 0.02] < -BAND + 0.02).all()


def test_faces_turned_at_random():
    start = ball()
    turned = np.random.default_rng(0).random(len(start.faces)) < 0.5
    start.faces[turned] = start.faces[turned, ::-1]
    assert_inside(start, to_ball(), slack=0.6 * SPACING)


@pytest.mark.parametrize("lost", [0.05, 0.15])
def test_a_ball_with_holes(lost):
    start = ball(fineness=3)
    centres = start.vertices[start.faces].mean(1)
    start.faces = start.faces[centres[:, 2] < 0.7 * (1 - 2 * lost)]
    below = GRID[..., 2] < 0.4
    found = solid(start).distance < 0
    clear = below & (np.abs(to_ball()) > 0.05)
    assert (found == (to_ball() < 0))[clear].mean() > 0.99


def test_corners_that_no_two_faces_share():
    start = ball()
    corners = np.arange(start.faces.size, dtype=np.int32).reshape(-1, 3)
    apart = Start(start.vertices[start.faces].reshape(-1, 3), corners)
    assert_inside(apart, to_ball())


def test_the_inner_wall_of_a_hollow_ball_is_filled_and_a_cup_is_not():
    inner = ball(radius=0.4)
    inner.faces = inner.faces[:, ::-1]
    assert_inside(joined(ball(), inner), to_ball())
    cup = trimesh.creation.annulus(0.4, 0.6, 0.8)
    start = Start(cup.vertices.astype(np.float32), np.asarray(cup.faces, np.int32))
    assert solid(start).distance[32, 32, 32] > 0 and solid(start).distance[48, 32, 32] < 0


@given(height=st.floats(-0.5, 0.5))
@settings(max_examples=5)
def test_a_sheet_gets_a_thickness(height):
    corners = np.array([[-0.5, -0.5, height], [0.5, -0.5, height], [0.5, 0.5, height], [-0.5, 0.5, height]], np.float32)
    distance = solid(Start(corners, np.array([[0, 1, 2], [0, 2, 3]], np.int32))).distance
    above = np.abs(GRID[..., 2] - height)
    on = np.abs(GRID[..., :2]).max(-1) < 0.45
    assert np.abs(distance - (above - SHEET))[on & (above < 0.08)].max() < 0.02
    assert (distance[(above > 0.08)] > 0).all() and (distance[on & (above < SPACING / 2)] < 0).all()


def test_only_lines_are_refused():
    line = np.array([[0, 0, 0], [0.5, 0, 0], [1, 0, 0]], np.float32)
    with pytest.raises(StartError, match="only lines"):
        solid(Start(line, np.array([[0, 1, 2]], np.int32)))


def test_twenty_thousand_faces_take_little_work():
    import time

    start = fit_to_scene(*(getattr(ball(fineness=5), name) for name in ("vertices", "faces")))[0]
    assert len(start.faces) > 20_000
    solid(start)
    began = time.process_time()
    solid(start)
    assert time.process_time() - began < 4  # of the processor, which others do not count in
