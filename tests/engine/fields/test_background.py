"""What is behind the scene."""

import torch

from engine.cameras import camera_rays
from engine.fields.background import BackgroundSettings, build_background
from engine.settings import OptimiserSettings
from tests.engine.analytic import cameras_at


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def directions() -> torch.Tensor:
    return camera_rays(cameras_at((0, 0), (30, 90)), 6, 8)[1]


def test_random_backgrounds_are_one_plain_colour_for_each_view():
    background = build_background(BackgroundSettings())
    colours = background(directions(), generator())
    assert colours.shape == (2, 3, 6, 8) and (colours >= 0).all() and (colours <= 1).all()
    assert torch.equal(colours, colours[..., :1, :1].expand_as(colours))
    assert not torch.equal(colours[0], colours[1])
    assert torch.equal(colours, background(directions(), generator()))
    assert not torch.equal(colours, background(directions(), generator(1)))
    assert background.parameter_groups(OptimiserSettings()) == []


def test_a_learned_background_is_a_function_of_the_direction():
    torch.manual_seed(0)
    background = build_background(BackgroundSettings(kind="learned"))
    colours = background(directions(), generator())
    assert colours.shape == (2, 3, 6, 8) and (colours > 0).all() and (colours < 1).all()
    torch.testing.assert_close(background(directions()[1:, :3], generator(1)), colours[1:, :, :3])
    assert colours[0].flatten(1).std(1).min() > 0


def test_a_learned_background_learns_a_sky():
    torch.manual_seed(0)
    background = build_background(BackgroundSettings(kind="learned", width=16))
    groups = background.parameter_groups(OptimiserSettings(mlp_rate=0.02))
    adam = torch.optim.Adam(groups)
    height = directions()[..., 2]
    sky = torch.stack([0.5 + 0.4 * height, 0.5 - 0.2 * height, torch.full_like(height, 0.8)], 1)
    for _ in range(200):
        adam.zero_grad()
        error = (background(directions(), generator()) - sky).square().mean()
        error.backward()
        adam.step()
    assert error.item() < 1e-3


def test_a_learned_background_gives_way_to_plain_colours_a_group_at_a_time():
    torch.manual_seed(0)
    background = build_background(BackgroundSettings(kind="learned", plain=0.5), group=2)
    around = directions()[:1].expand(400, -1, -1, -1)
    colours = background(around, generator()).detach()
    sky = build_background(BackgroundSettings(kind="learned"))
    sky.load_state_dict(background.state_dict())
    plain = (colours == colours[..., :1, :1]).flatten(1).all(1)
    assert torch.equal(plain[::2], plain[1::2]) and 0.4 < plain.float().mean() < 0.6
    assert torch.equal(colours[plain][::2], colours[plain][1::2]) and colours[plain].std(0).min() > 0.2
    torch.testing.assert_close(colours[~plain], sky(around[~plain], generator()).detach())
    torch.testing.assert_close(background(around[:1], generator()).detach(), colours[:1])  # alone, to count its memory
