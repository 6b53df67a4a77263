"""Colours of parts, and patterns: where they are, what they follow, and that no face of an object flickers."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.toybox.catalogue import OBJECTS
from engine.toybox.colours import COLOURS
from engine.toybox.paint import contrast, palette, together
from engine.toybox.parts import ACCENT, MAIN
from engine.toybox.patterns import BAND, CELL, GRID, PATTERNS, SPOT, checkered, spotted, striped
from engine.toybox.place import parts_of, place
from engine.toybox.shown import Shown
from engine.toybox.tracing import outline, surface_normals

@pytest.mark.parametrize(
    "name, colours, expected",
    [
        ("ball", ("red",), ["red"]),
        ("mug", ("red",), ["red", "red"]),
        ("mug", ("red", "blue"), ["red", "blue"]),
        ("mushroom", ("red",), ["red", "white"]),
        ("mushroom", ("red", "blue"), ["red", "blue"]),
        ("snowman", ("green",), ["white", "green", "orange", "black", "green"]),
    ],
)
def test_palettes(name, colours, expected):
    assert torch.equal(palette(Shown(name, *colours)).first, torch.tensor([COLOURS[colour] for colour in expected]))


def test_every_palette_has_a_colour_per_part():
    for name, toy in OBJECTS.items():
        found = palette(Shown(name, "red", "blue")).first
        assert len(found) == len(toy.build())
        wanted = {MAIN: COLOURS["red"], ACCENT: COLOURS["blue"]}
        for part, colour in zip(toy.build(), found.tolist()):
            assert colour == pytest.approx(wanted.get(part.colour) or COLOURS[part.colour])


def points(count: int = 400) -> torch.Tensor:
    return torch.rand(count, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1


@given(st.integers(-3, 3), st.integers(-3, 3), st.integers(-3, 3))
def test_patterns_come_again_after_their_period(x, y, z):
    steps = torch.tensor([x, y, z])
    for pattern, period in ((striped, 2 * BAND), (spotted, GRID), (checkered, 2 * CELL)):
        same = pattern(points() + steps * period) == pattern(points())
        assert same.float().mean() > 0.99  # but for rounding at the edges


def test_stripes_go_around_and_checkers_change_along_every_axis():
    aside = torch.tensor([0.3, -0.2, 0.0])
    assert torch.equal(striped(points() + aside), striped(points()))
    for axis in torch.eye(3):
        changed = checkered(points() + CELL * axis) != checkered(points())
        assert changed.float().mean() > 0.99


def test_about_half_of_space_is_of_each_colour_and_a_third_of_it_is_spots():
    shares = [pattern(points(40_000)).float().mean().item() for pattern in PATTERNS.values()]
    ball = 2 * 4 / 3 * torch.pi * (SPOT / GRID) ** 3
    assert shares == pytest.approx([0.5, ball, 0.5], abs=0.05)


@pytest.mark.parametrize("axis", range(3))
def test_every_plane_along_two_axes_has_spots(axis):
    plane = points(4000)
    for place in torch.linspace(0, GRID, 9):
        plane[:, axis] = place
        assert 0.1 < spotted(plane).float().mean() < 0.5


@pytest.mark.parametrize("colour", COLOURS)
def test_a_pattern_is_seen_on_every_colour(colour):
    difference = torch.tensor(COLOURS[contrast(colour)]) - torch.tensor(COLOURS[colour])
    assert difference.norm() > 0.45


def test_only_the_main_colour_has_the_pattern():
    plain, striped_mug = palette(Shown("mug", "red", "blue")), palette(Shown("mug", "red", "blue", "striped"))
    number = torch.tensor([0, 1]).repeat_interleave(400)
    where = points().repeat(2, 1)
    assert torch.equal(plain.at(where, number), plain.first[number])
    found, white = striped_mug.at(where, number), torch.tensor(COLOURS["white"])
    assert torch.equal((found == white).all(-1), torch.cat([striped(points()), torch.zeros(400, dtype=torch.bool)]))


def test_a_pattern_is_stretched_with_its_object():
    tall, plain = (palette(Shown("ball", "red", pattern="checkered", proportion=word)) for word in ("tall", None))
    number = torch.zeros(400, dtype=torch.long)
    stretched = points() * torch.tensor([0.66, 0.66, 1.0])
    same = (tall.at(stretched, number) == plain.at(points(), number)).all(-1)
    assert same.float().mean() > 0.99


def test_each_of_two_objects_has_its_own_paint_in_its_own_frame():
    pair = Shown("ball", "red", pattern="striped", beside=Shown("ball", "yellow"))
    found, (left, right) = palette(pair), place(pair)
    own = points()
    for number, placed in enumerate((left, right)):
        where = own * torch.tensor(placed.sizes) + torch.tensor(placed.origin)
        colours = found.at(where, torch.full((400,), number))
        if number == 1:
            assert (colours == torch.tensor(COLOURS["yellow"])).all()
        else:
            assert ((colours == torch.tensor(COLOURS["white"])).all(-1) == striped(own)).float().mean() > 0.99


def test_images_of_one_batch_have_their_own_paint():
    both = together([palette(Shown("mug", "red", pattern="spotted")), palette(Shown("cat", "blue"))])
    image, part = torch.tensor([0, 0, 1]), torch.tensor([0, 1, 0])
    where = torch.tensor([[0.0, 0.0, 0.0]] * 3)
    expected = torch.tensor([COLOURS["white"], COLOURS["red"], palette(Shown("cat", "blue")).first[0].tolist()])
    assert torch.equal(both.at(where, image, part), expected)


@pytest.mark.slow
@pytest.mark.long
def test_no_face_of_an_object_flickers():
    """A pattern is the same a hair's breadth off, but for lines: no flat face lies where it changes."""
    for name in OBJECTS:
        parts = parts_of(Shown(name))
        surface = outline(parts, 32)
        hair = 0.002 * surface_normals(parts, surface)
        for pattern in (striped, checkered):
            assert (pattern(surface + hair) != pattern(surface - hair)).float().mean() < 0.06, (name, pattern)
