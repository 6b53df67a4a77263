"""Where the objects of a scene are: proportions are the table's, nothing leaves the sphere, rays do not overshoot."""

import pytest
import torch
from torch.nn.functional import normalize

from engine.toybox.parts import Part
from engine.toybox.place import GAP, REACH, parts_of, place
from engine.toybox.proportions import PROPORTIONS
from engine.toybox.shapes import box, move, stretch
from engine.toybox.shown import Shown
from engine.toybox.tracing import BOUND, outline, scene_distance, surface_normals
from tests.engine.toybox.test_shapes import BOUNDS, EXACT, compared

NAMES = ("mug", "chair", "house")


def extents(parts: list[Part]) -> torch.Tensor:
    """The lowest and highest coordinates (2, 3)."""
    return torch.stack(outline(parts, 60).aminmax(dim=0))


def test_an_outline_reaches_as_far_as_the_surface():
    found = extents([Part(move(box(0.3, 0.2, 0.5), 0.1, 0.0, -0.2))])
    torch.testing.assert_close(found, torch.tensor([[-0.2, -0.2, -0.7], [0.4, 0.2, 0.3]]), atol=2e-3, rtol=0)


@pytest.mark.parametrize("name", NAMES)
def test_extents_are_the_tables_factors_times_the_old_ones(name):
    before = extents(parts_of(Shown(name)))
    for word, factors in PROPORTIONS.items():
        after = extents(parts_of(Shown(name, proportion=word)))
        torch.testing.assert_close(after, before * torch.tensor(factors), atol=0.02, rtol=0)


def test_no_two_proportions_mean_the_same_form():
    forms = torch.tensor([factors for word, factors in PROPORTIONS.items() if word != "tiny"])
    ratios = forms / forms.amax(1, keepdim=True)
    assert (torch.cdist(ratios, ratios) + torch.eye(len(ratios))).min() > 0.3


def test_no_proportion_leaves_the_sphere():
    assert all(0 < factor <= 1 for factors in PROPORTIONS.values() for factor in factors)
    shell = normalize(torch.randn(2000, 3, generator=torch.Generator().manual_seed(0)), dim=-1) * BOUND
    for word in PROPORTIONS:
        assert scene_distance(parts_of(Shown("aeroplane", proportion=word)), shell)[0].min() > 0


@pytest.mark.parametrize("word", PROPORTIONS)
@pytest.mark.parametrize("name", ["box", "torus", "ellipsoid", "blend"])
def test_a_stretched_distance_is_never_too_long(name, word):
    claimed, nearest = compared(stretch((EXACT | BOUNDS)[name], *PROPORTIONS[word]), 300)
    assert (claimed > 0).sum() > 100 and (claimed - nearest)[claimed > 0].max() < 3e-3


@pytest.mark.parametrize("word", PROPORTIONS)
def test_normals_of_what_is_stretched_are_unit_and_point_outwards(word):
    parts = parts_of(Shown("mug", proportion=word))
    points = torch.rand(20_000, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    points = points[scene_distance(parts, points)[0].abs() < 0.01]
    normals = surface_normals(parts, points)
    torch.testing.assert_close(normals.norm(dim=-1), torch.ones(len(points)))
    beyond, within = (scene_distance(parts, points + sign * 0.01 * normals)[0] for sign in (1, -1))
    assert (beyond > within).float().mean() > 0.98


PAIRS = [("mug", "chair"), ("tree", "duck"), ("table", "table"), ("bottle", "key")]


@pytest.fixture(scope="module", params=PAIRS, ids="-".join)
def pair(request):
    """Two objects side by side, each as its parts in the scene and its size."""
    left, right = place(Shown(request.param[0], beside=Shown(request.param[1])))
    return left, right, extents(left.parts), extents(right.parts)


def test_two_objects_stand_side_by_side_on_one_ground(pair):
    left, right, of_left, of_right = pair
    size = left.sizes[0]
    assert left.sizes == right.sizes and 0.4 < size <= 1
    assert (of_right[0, 0] - of_left[1, 0]).item() == pytest.approx(GAP * size, abs=0.03)
    assert of_left[0, 2].item() == pytest.approx(of_right[0, 2].item(), abs=0.02)
    assert of_left.mean(0)[1].item() == pytest.approx(of_right.mean(0)[1].item(), abs=0.02)


def test_a_pair_is_in_the_middle_and_fills_the_sphere(pair):
    left, right, of_left, of_right = pair
    middle = (torch.minimum(of_left[0], of_right[0]) + torch.maximum(of_left[1], of_right[1])) / 2
    torch.testing.assert_close(middle, torch.zeros(3), atol=0.02, rtol=0)
    farthest = outline(left.parts + right.parts, 60).norm(dim=-1).max().item()
    assert farthest == pytest.approx(REACH, abs=0.04) or left.sizes[0] == 1
    shell = normalize(torch.randn(2000, 3, generator=torch.Generator().manual_seed(0)), dim=-1) * BOUND
    assert scene_distance(left.parts + right.parts, shell)[0].min() > 0


def test_numbers_of_parts_do_not_clash():
    mug, chair = (len(parts_of(Shown(name))) for name in ("mug", "chair"))
    parts = parts_of(Shown("mug", beside=Shown("chair")))
    points = outline(parts)
    number = scene_distance(parts, points)[1]
    assert set(number.tolist()) == set(range(mug + chair))
    assert ((number < mug) == (points[:, 0] < points[number < mug, 0].max() + 1e-4)).all()


def test_what_is_tiny_is_tiny_beside_another():
    mug, tiny = place(Shown("mug", beside=Shown("mug", proportion="tiny")))
    assert tiny.sizes == pytest.approx(tuple(0.5 * size for size in mug.sizes))
    assert place(Shown("key", beside=Shown("key", proportion="tiny")))[0].sizes[0] <= 1
