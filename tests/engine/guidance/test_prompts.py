"""View words (DreamFusion, section 3.2) and those that Perp-Neg avoids."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.cameras import view_word
from engine.guidance.prior import Caption, Views
from engine.guidance.prompts import ViewWords, join, opposed_captions, opposed_views, view_captions, with_cameras
from engine.shading import Shading
from tests.engine.analytic import cameras_at


@pytest.mark.parametrize(
    "elevation, azimuth, word",
    [
        (0, 0, "front"),
        (0, 44, "front"),
        (0, -44, "front"),
        (0, 46, "side"),
        (0, 90, "side"),
        (0, -90, "side"),
        (0, 134, "side"),
        (0, 136, "back"),
        (0, 180, "back"),
        (0, -180, "back"),
        (0, -136, "back"),
        (59, 0, "front"),
        (61, 0, "overhead"),
        (90, 170, "overhead"),
        (-10, 0, "front"),
    ],
)
def test_words(elevation, azimuth, word):
    assert view_word(math.radians(elevation), math.radians(azimuth)) == word


@given(st.floats(-0.17, math.pi / 2), st.floats(-math.pi, math.pi), st.integers(-3, 3))
def test_left_and_right_are_alike_and_turns_do_not_count(elevation, azimuth, turns):
    from_border = abs(abs(math.degrees(azimuth)) % 90 - 45)
    if from_border > 1e-6:
        word = view_word(elevation, azimuth)
        assert view_word(elevation, -azimuth) == word == view_word(elevation, azimuth + 2 * math.pi * turns)


VIEWS = Views(cameras_at((0, 0), (0, 100), (20, 180), (80, 0)), [Shading.ALBEDO] + [Shading.DIFFUSE] * 3)


def test_views_give_each_ones_camera_and_shading():
    (front, albedo), (side, diffuse), *_ = VIEWS
    assert front[1] == 0 and math.degrees(side[1]) == pytest.approx(100)
    assert (albedo, diffuse) == (Shading.ALBEDO, Shading.DIFFUSE)


def test_captions_hold_prompt_word_and_extra_words_in_this_order():
    captions = view_captions("a mug", VIEWS, ViewWords(), tell_camera=False, extra="sharp")
    assert [caption.text for caption in captions] == [
        f"a mug, {word} view, sharp" for word in ("front", "side", "back", "overhead")
    ]
    assert [caption.shading for caption in captions] == VIEWS.shadings
    assert all(caption.camera is None for caption in captions)


def test_words_can_be_edited_emptied_and_left_out():
    words = ViewWords(front="seen from the front", side="", back="from behind", overhead="from above")
    texts = [caption.text for caption in view_captions("a mug", VIEWS, words, True)]
    assert texts == ["a mug, seen from the front", "a mug", "a mug, from behind", "a mug, from above"]
    assert {caption.text for caption in view_captions("a mug", VIEWS, ViewWords(on=False), True)} == {"a mug"}


def test_the_camera_is_told_in_radians_and_image_widths():
    cameras = [caption.camera for caption in view_captions("a mug", VIEWS, ViewWords(), True)]
    sizes = VIEWS.cameras.apparent_size.tolist()
    assert cameras[2][:3] == pytest.approx((math.radians(20), math.pi, sizes[2])) and cameras[0][:3] == (0, 0, sizes[0])


def test_the_whole_camera_is_told():
    for index, caption in enumerate(view_captions("a mug", VIEWS, ViewWords(), True)):
        assert torch.equal(torch.tensor(caption.camera.rotation), VIEWS.cameras.rotation[index])
        assert torch.equal(torch.tensor(caption.camera.position), VIEWS.cameras.position[index])


def test_a_camera_can_be_added_to_any_caption():
    captions = with_cameras([Caption(), Caption("ugly", Shading.ALBEDO)] * 2, VIEWS)
    told = view_captions("a mug", VIEWS, ViewWords(), True)
    assert [caption.camera for caption in captions] == [caption.camera for caption in told]
    assert captions[1] == Caption("ugly", Shading.ALBEDO, told[1].camera)


def test_joining_leaves_out_what_is_empty():
    assert join("a mug", "", "sharp") == "a mug, sharp" and join("", "") == "" and Caption() == Caption("")


@pytest.mark.parametrize(
    "azimuth, front, side",
    [(0, 0, 1.574), (45, 0.689, 0.689), (90, 1.574, 0), (135, 1.746, 0.172), (180, 1.967, 0.393), (-90, 1.574, 0)],
)
def test_perp_neg_weights(azimuth, front, side):
    """Of its authors' 3D code: 4 exp(-r / 2) - 2.426, exp(-r / 2) - .606 and exp(-r / 2) + .967."""
    (first, front_weight), (second, side_weight) = opposed_views(0.0, math.radians(azimuth))
    assert (first, second) == ("front", "side")
    assert front_weight == pytest.approx(front, abs=2e-3) and side_weight == pytest.approx(side, abs=2e-3)


@given(st.floats(-0.17, 1.0), st.floats(-7, 7))
def test_perp_neg_weights_are_continuous_even_and_never_negative(elevation, azimuth):
    here, near, mirrored = (opposed_views(elevation, angle) for angle in (azimuth, azimuth + 1e-6, -azimuth))
    for (_, weight), (_, beside), (_, other) in zip(here, near, mirrored):
        assert (
            weight >= -1e-12 and weight == pytest.approx(beside, abs=1e-5) and weight == pytest.approx(other, abs=1e-9)
        )


def test_opposed_captions_tell_no_camera_and_overhead_views_oppose_nothing():
    first, second, weights = opposed_captions("a mug", VIEWS, ViewWords(side="in profile"))
    assert [caption.text for caption in first] == ["a mug, front view"] * 4
    assert [caption.text for caption in second] == ["a mug, in profile"] * 4
    assert all(caption.camera is None for caption in first + second)
    assert [caption.shading for caption in first] == VIEWS.shadings
    assert weights.shape == (2, 4) and weights[:, 3].tolist() == [0, 0] and weights[0, 0] == 0 < weights[1, 0]
