"""Sphere tracing of the catalogue, and the colours that come of it."""

import pytest
import torch
from torch.nn.functional import normalize

from engine.cameras import camera_rays
from engine.lights import Lights
from engine.shading import Shading
from engine.toybox.catalogue import OBJECTS
from engine.toybox.colours import COLOURS
from engine.toybox.paint import palette, together
from engine.toybox.patterns import BAND, PATTERNS
from engine.toybox.render import NOTHING, look, shade, smooth_backgrounds
from engine.toybox.shown import Shown
from engine.toybox.tracing import BOUND, scene_distance, surface_normals, trace
from tests.engine.analytic import cameras_at


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_objects_lie_inside_the_bound_and_all_their_parts_can_be_seen(name):
    parts = OBJECTS[name].build()
    assert len(parts) < NOTHING
    shell = normalize(torch.randn(8000, 3, generator=generator()), dim=-1) * BOUND
    assert scene_distance(parts, shell)[0].min() > 0.005
    points = torch.rand(20_000, 3, generator=generator()) * 2 - 1
    distances = torch.stack([part.shape(points) for part in parts])
    assert (distances < 0).any(0).float().mean() > 0.002
    nearest, owner = distances.min(0)
    for number in range(len(parts)):
        closest = torch.where((owner == number) & (nearest > 0), nearest, torch.inf).argmin()
        around = points[closest] + 0.1 * torch.randn(3000, 3, generator=generator())
        outside, whose = scene_distance(parts, around)
        assert ((outside > 0) & (whose == number)).sum() > 20, f"part {number} is hidden"


@pytest.mark.parametrize("name", ["chair", "duck", "aeroplane"])
def test_sphere_tracing_finds_what_small_steps_find(name):
    parts = OBJECTS[name].build()
    origins, directions = (rays.view(-1, 3) for rays in camera_rays(cameras_at((20, 35)), 24, 24))
    hit, depth = trace(parts, origins, directions)
    distances = torch.arange(1.4, 3.4, 0.004)
    points = origins[:, None] + distances[:, None] * directions[:, None]
    inside = (scene_distance(parts, points.view(-1, 3))[0] < 0).view(len(origins), -1)
    expected = distances[inside.float().argmax(-1)]
    # Grazing rays may end within a thousandth of a surface that small steps jump over.
    assert (hit != inside.any(-1)).float().mean() < 0.02
    both = hit & inside.any(-1)
    assert both.sum() > 40
    assert (depth - expected)[both].abs().median() < 0.004
    assert ((depth - expected)[both].abs() < 0.03).float().mean() > 0.97


def test_a_ball_is_hit_where_it_is():
    views = look(Shown("ball"), cameras_at((10, 0), (50, 120)), 16)
    size = 16
    origins, directions = camera_rays(views.cameras, size, size)
    hit = views.part != NOTHING
    assert views.part.shape == (2, size, size) and 20 < hit.sum() < hit.numel()
    points = (origins + views.depth.float()[..., None] * directions)[hit]
    torch.testing.assert_close(points.norm(dim=-1), torch.full((len(points),), 0.62), atol=3e-3, rtol=0)
    normals = views.normal[hit].float() / 127
    torch.testing.assert_close(normals, normalize(points, dim=-1), atol=0.02, rtol=0)
    missed = torch.linalg.cross(origins, directions).norm(dim=-1)[~hit]
    assert missed.min() > 0.61


def test_normals_point_outwards_on_every_part():
    for name in ("mug", "house", "car"):
        parts = OBJECTS[name].build()
        points = torch.rand(40_000, 3, generator=generator()) * 2 - 1
        points = points[scene_distance(parts, points)[0].abs() < 0.01]
        normals = surface_normals(parts, points)
        beyond, within = (scene_distance(parts, points + sign * 0.01 * normals)[0] for sign in (1, -1))
        assert (beyond > within).float().mean() > 0.99


FRONTS = {
    "snowman": 2, "duck": 2, "car": 4, "cat": 3, "house": 3, "dog": 2, "rabbit": 4, "pig": 1, "cow": 2, "bear": 2,
    "owl": 4, "penguin": 3, "bee": 3, "camera": 2, "television": 1, "piano": 2, "shield": 2, "truck": 4, "church": 3,
}


@pytest.mark.parametrize("name, number", FRONTS.items())
def test_fronts_face_the_front(name, number):
    """The nose, beak, lights, eyes and windows are seen from azimuth 0 and not from 180."""
    views = look(Shown(name), cameras_at((0, 0), (0, 180)), 40)
    front, back = (views.part == number).sum((1, 2)).tolist()
    assert front > 3 and back == 0


def test_a_chair_has_its_back_at_the_back():
    parts = OBJECTS["chair"].build()
    found = scene_distance(parts, torch.tensor([[0.0, 0.32, 0.6], [0.0, -0.32, 0.6]]))[0]
    assert found[0] < 0 < found[1]


def shaded(shading: Shading, light=(0.0, -9.0, 0.0), ambient: float = 0.2) -> torch.Tensor:
    views = look(Shown("ball"), cameras_at((0, 0)), 16)
    return shade(
        views,
        together([palette(Shown("ball", "red"))]),
        Lights(torch.tensor([light]), torch.tensor([ambient])),
        [shading],
        torch.full((1, 3, 16, 16), 0.25),
    )[0]


def test_shading():
    red, middle, corner = torch.tensor(COLOURS["red"]), (slice(None), 8, 8), (slice(None), 0, 0)
    torch.testing.assert_close(shaded(Shading.ALBEDO)[middle], red)
    torch.testing.assert_close(shaded(Shading.DIFFUSE)[middle], red, atol=0.03, rtol=0)
    torch.testing.assert_close(shaded(Shading.TEXTURELESS)[middle], torch.ones(3), atol=0.03, rtol=0)
    behind = shaded(Shading.DIFFUSE, light=(0.0, 9.0, 0.0))
    torch.testing.assert_close(behind[middle], 0.2 * red, atol=0.01, rtol=0)
    for image in map(shaded, Shading):
        torch.testing.assert_close(image[corner], torch.full((3,), 0.25))
        assert image.min() >= 0 and image.max() <= 1


def test_a_pattern_is_where_the_surface_is():
    """A striped ball from the front: where its middle column is white, z lies in the bands that are."""
    striped = Shown("ball", "red", pattern="striped")
    views, light = look(striped, cameras_at((0, 0)), 64), Lights(torch.zeros(1, 3), torch.ones(1))
    image, positions = (
        shade(views, together([palette(striped)]), light, [way], torch.zeros(1, 3, 64, 64))[0][:, :, 32]
        for way in (Shading.ALBEDO, Shading.POSITION)
    )
    column = views.part[0, :, 32] != NOTHING
    places = (2 * positions.T - 1)[column]
    away = ((places[:, 2] / BAND + 0.5) % 1 - 0.5).abs() < 0.35  # from the edge of a band, where colours mix
    white = image[1][column] > 0.5
    assert away.sum() > 10 and torch.equal(white[away], PATTERNS["striped"](places)[away])


def test_positions_are_those_of_the_surface():
    """A ball's foremost point, from the front, is at y = -radius."""
    radius = OBJECTS["ball"].build()[0].shape(torch.zeros(1, 3)).abs().item()
    front = shaded(Shading.POSITION)[:, 7:9, 7:9].mean((1, 2))
    torch.testing.assert_close(front, torch.tensor([0.5, 0.5 - radius / 2, 0.5]), atol=0.01, rtol=0)


def test_normals_are_those_of_the_surface():
    front = shaded(Shading.NORMAL)[:, 7:9, 7:9].mean((1, 2))
    torch.testing.assert_close(front, torch.tensor([0.5, 0.0, 0.5]), atol=0.02, rtol=0)


def test_light_from_the_right_lights_the_right_and_light_from_above_the_top():
    right, above = (shaded(Shading.TEXTURELESS, light).mean(0) for light in ((9.0, -3.0, 0.0), (0.0, -3.0, 9.0)))
    assert right[8, 11] > right[8, 4] + 0.2
    assert above[4, 8] > above[11, 8] + 0.2


def test_backgrounds_are_plain_or_smooth():
    found = smooth_backgrounds(400, 16, generator())
    assert found.shape == (400, 3, 16, 16) and found.min() >= 0 and found.max() <= 1
    steps = torch.maximum(found.diff(dim=-1).abs().amax((1, 2, 3)), found.diff(dim=-2).abs().amax((1, 2, 3)))
    assert steps.max() < 0.15
    assert (steps < 1e-6).float().mean().item() == pytest.approx(0.5, abs=0.1)
