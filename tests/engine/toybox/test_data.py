"""The training stream: what an image shows, its caption and its camera agree, and held-out pairs never come."""

import collections
import itertools
import math
import os

import numpy as np
import pytest
import torch

from engine.cameras import view_word
from engine.shading import Shading
from engine.toybox import data
from engine.toybox.captions import SHADING_WORDS
from engine.toybox.catalogue import OBJECTS
from engine.toybox.colours import COLOURS, TAUGHT_COLOURS
from engine.toybox.conditioning import CAMERA_FEATURES, RESOLUTION
from engine.toybox.data import HELD_OUT, Stream, cached_views, fingerprint, gather
from engine.toybox.draws import PAIRED, PARTNERS, PATTERNED, PROPORTIONED, examples, side_by_side
from engine.toybox.parts import Part, Toy
from engine.toybox.proportions import PROPORTIONS
from engine.toybox.shapes import sphere
from engine.toybox.shown import BESIDE, TRAITS, Shown


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("views")


@pytest.fixture(scope="module")
def stream(cache) -> Stream:
    return Stream(("chair", "ball"), 6, cache, 0, traits=())


def test_views_are_traced_once_and_read_back(cache, stream):
    first, again = stream.views[Shown("ball")], cached_views(Shown("ball"), 6, cache)
    size = RESOLUTION
    assert first.part.shape == first.depth.shape == (6, size, size) and first.normal.shape == (6, size, size, 3)
    for name in ("part", "depth", "normal"):
        assert torch.equal(getattr(first, name), getattr(again, name))
    assert torch.equal(first.cameras.position, again.cameras.position) and len(first.cameras) == 6
    names = [f"{name}-6-{fingerprint(Shown(name))}.npz" for name in ("ball", "chair")]
    assert sorted(path.name for path in cache.iterdir()) == names
    np.load(cache / names[0], allow_pickle=False).close()


def test_another_shape_has_another_cache(monkeypatch):
    before = fingerprint(Shown("ball"))
    assert fingerprint(Shown("ball")) == before
    monkeypatch.setitem(OBJECTS, "ball", Toy(lambda: [Part(sphere(0.5))]))
    assert fingerprint(Shown("ball")) != before


def test_without_a_cache_views_are_traced_as_it_goes_on(monkeypatch):
    monkeypatch.setattr(data, "FRESH", 3)
    stream = Stream(("ball",), 6, None, 0)
    first, images = stream.views[Shown("ball")], stream.batch(4).images
    assert images.shape == (4, 3, RESOLUTION, RESOLUTION) and len(stream.views[Shown("ball")].cameras) == 3
    assert not torch.equal(stream.views[Shown("ball")].cameras.position, first.cameras.position)


def test_a_trace_cut_off_before_its_end_leaves_no_broken_cache(tmp_path, monkeypatch):
    with monkeypatch.context() as broken:

        def fail(_):
            raise KeyboardInterrupt

        broken.setattr(os, "fsync", fail)  # when all is written but nothing has its name yet
        with pytest.raises(KeyboardInterrupt):
            cached_views(Shown("ball"), 1, tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert len(cached_views(Shown("ball"), 1, tmp_path).cameras) == 1


def test_views_of_several_objects_make_a_batch(stream):
    ball, chair = stream.views[Shown("ball")], stream.views[Shown("chair")]
    both = gather([(ball, 3), (chair, 1)])
    assert torch.equal(both.part[0], ball.part[3]) and torch.equal(both.part[1], chair.part[1])
    torch.testing.assert_close(both.cameras.azimuth, torch.stack([ball.cameras.azimuth[3], chair.cameras.azimuth[1]]))


def test_a_batch(stream):
    batch = stream.batch(24)
    assert batch.images.shape == (24, 3, RESOLUTION, RESOLUTION)
    assert batch.images.min() >= 0 and batch.images.max() <= 1
    assert len(batch.captions) == 24 and batch.cameras.shape == (24, CAMERA_FEATURES)
    assert (batch.images.flatten(1).std(1) > 0.01).all()


def test_what_is_left_out_is_left_out_as_often_as_asked(stream):
    batch = stream.batch(250, generic=0.2, no_camera=0.5, no_view=0.3)
    untold = (batch.cameras == 0).all(-1).float().mean().item()
    empty = sum(caption == "" for caption in batch.captions) / 250
    worded = sum("view" in caption for caption in batch.captions) / sum(caption != "" for caption in batch.captions)
    assert (untold, empty, worded) == pytest.approx((0.5, 0.2, 0.7), abs=0.12)


def test_view_words_agree_with_the_cameras(stream):
    batch = stream.batch(60, generic=0, no_camera=0, no_view=0)
    seen = set()
    for caption, features in zip(batch.captions, batch.cameras.tolist()):
        word = view_word(math.atan2(features[8], features[9]), math.atan2(features[0], features[1]))
        assert f", {word} view" in caption
        seen.add(word)
    assert len(seen) >= 2


def test_colours_in_unlit_pictures_are_those_of_the_caption(stream):
    batch = stream.batch(160, generic=0, no_view=1)
    checked = 0
    for image, caption in zip(batch.images, batch.captions):
        named = [colour for colour in COLOURS if colour in caption.split()]
        if "unlit" in caption and "ball" in caption and len(named) == 1:
            middle = image[:, RESOLUTION // 2, RESOLUTION // 2]
            torch.testing.assert_close(middle, torch.tensor(COLOURS[named[0]]), atol=0.01, rtol=0)
            checked += 1
    assert checked > 3


def test_held_out_pairs_are_never_drawn(cache):
    chairs = Stream(("chair",), 6, cache, 1)
    held = {colour for colour, name in HELD_OUT if name == "chair"}
    drawn = collections.Counter(chairs.draws.draw().main for _ in range(3000))
    assert held == {"red"} and set(drawn) == set(TAUGHT_COLOURS) - held
    captions = chairs.batch(120, generic=0).captions
    assert not any("red chair" in caption or "chair that is red" in caption for caption in captions)


def test_subjects_say_what_the_images_show(stream):
    batch = stream.batch(80, generic=0, no_view=0)
    for subject, caption in zip(batch.subjects, batch.captions):
        shown = subject.shown
        assert shown.name in ("ball", "chair") and shown.main in COLOURS and f", {subject.view} view" in caption
        words = {word: shading for shading, word in SHADING_WORDS.items() if word}
        assert words.get(caption.split()[-1], Shading.DIFFUSE) is subject.shading
        named = [word for word in caption.split() if word in COLOURS]
        assert named in ([], [shown.main], [shown.main, shown.accent])
    elevation, azimuth = batch.directions[:, 2].asin(), torch.atan2(batch.directions[:, 0], -batch.directions[:, 1])
    assert [view_word(*angles) for angles in zip(elevation.tolist(), azimuth.tolist())] == [
        subject.view for subject in batch.subjects
    ]


def test_pairs_are_held_out_as_asked(cache):
    everything = Stream(("chair",), 6, cache, 1, held_out=frozenset())
    assert {everything.draws.draw().main for _ in range(600)} == set(TAUGHT_COLOURS)


def test_the_colours_are_those_that_are_taught(cache):
    stacked = Stream(("ball on top of a cube",), 1, cache, 1, colours=("navy", "lime"))
    drawn = {stacked.draws.draw() for _ in range(60)}
    assert drawn == {Shown("ball on top of a cube", *both) for both in itertools.product(("navy", "lime"), repeat=2)}


def test_a_seed_decides_the_stream(cache):
    first, again, other = (Stream(("ball",), 6, cache, seed).batch(4) for seed in (3, 3, 4))
    assert first.captions == again.captions and torch.equal(first.images, again.images)
    assert not torch.equal(first.images, other.images)


@pytest.fixture(scope="module")
def widened(cache) -> Stream:
    """A stream of everything that there is beside objects and colours."""
    return Stream(("chair", "ball", "ball on top of a cube"), 6, cache, 0, traits=TRAITS)


def test_every_form_that_is_drawn_was_traced(widened):
    assert len(widened.views) == 3 + 2 * len(PROPORTIONS) + 2
    assert {widened.draws.draw().form for _ in range(3000)} == set(widened.views)
    assert len(widened.views[Shown("ball", proportion="tiny")].cameras) == 1


def test_traits_come_as_often_as_they_are_taught(widened):
    drawn = [widened.draws.draw() for _ in range(4000)]
    pairs, alone = ([one for one in drawn if (one.beside is not None) == paired] for paired in (True, False))
    able = [one for one in alone if one.name != "ball on top of a cube"]
    shares = [sum(map(bool, found)) / len(found) for found in (
        [one.beside for one in drawn], [one.pattern for one in able], [one.proportion for one in able]
    )]
    assert shares == pytest.approx([PAIRED, PATTERNED, PROPORTIONED], abs=0.025)
    assert not any(thing.pattern or thing.proportion or thing.accent for one in pairs for thing in one.things)
    assert not any(one.pattern or one.proportion for one in alone if one not in able)


def test_held_out_pairs_are_not_drawn_beside_another_either(widened):
    drawn = [widened.draws.draw() for _ in range(4000)]
    assert not HELD_OUT & {(thing.main, thing.name) for one in drawn for thing in one.things}


def test_captions_tell_the_traits_of_what_is_shown(widened):
    batch = widened.batch(150, generic=0)
    assert torch.isfinite(batch.images).all()
    for subject, caption in zip(batch.subjects, batch.captions):
        shown = subject.shown
        expected = {word for word in (shown.pattern, shown.proportion, shown.beside and BESIDE) if word}
        assert set(TRAITS) & set(caption.replace(",", "").split()) == expected


def test_without_traits_the_stream_is_of_objects_alone(stream):
    assert set(stream.views) == {Shown("chair"), Shown("ball")}
    assert {stream.draws.draw().form for _ in range(200)} == set(stream.views)


def test_pairs_are_the_same_at_every_call_and_each_object_has_several():
    names = sorted(OBJECTS)[:20]
    pairs = side_by_side(names)
    assert pairs == side_by_side(names) and len(set(pairs)) == 20 * PARTNERS
    assert all(left.name != right.name for left, right in (pair.things for pair in pairs))
    assert [pair.name for pair in side_by_side(["mug"])] == ["mug"]


def test_without_a_cache_traits_are_traced_as_it_goes_on(monkeypatch):
    monkeypatch.setattr(data, "FRESH", 2)
    stream = Stream(("ball", "cube"), None, None, 0, traits=("tall", BESIDE))
    before = {form: views.cameras.position for form, views in stream.views.items()}
    stream.batch(4)
    changed = [form for form, views in stream.views.items() if not torch.equal(views.cameras.position, before[form])]
    assert len(changed) == 3 and sum(form.beside is not None for form in changed) == 1


def test_examples_show_every_object_and_every_trait_that_is_taught():
    shown = examples(("ball", "cube", "ball on top of a cube"), ("red", "blue"), TRAITS)
    assert [one.name for one in shown[:3]] == ["ball", "cube", "ball on top of a cube"]
    told = [one.pattern or one.proportion or (one.beside and BESIDE) for one in shown]
    assert told == [None, None, None, *TRAITS] and not any(OBJECTS[one.name].composed for one in shown[3:])
    assert len(examples(("ball on top of a cube",), ("red",), TRAITS)) == 1
