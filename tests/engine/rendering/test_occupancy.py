"""Which cells count as empty, and which cell a point is in."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.rendering.occupancy import OccupancyGrid, OccupancySettings
from tests.engine.analytic import Ball


def updated(field, count: int = 1, **settings) -> OccupancyGrid:
    grid = OccupancyGrid(OccupancySettings(**settings))
    generator = torch.Generator().manual_seed(0)
    for _ in range(count):
        grid.update(field.density, generator)
    return grid


def known(grid: OccupancyGrid, points: torch.Tensor) -> torch.Tensor:
    """What the grid knows of the density at points (N, 3), as rays that end where they begin see it."""
    return grid.along(points, torch.zeros_like(points), points.new_zeros(len(points), 1)).squeeze(1)


def test_everything_is_occupied_at_first():
    assert OccupancyGrid(OccupancySettings()).binary.all()


@given(st.tuples(*[st.floats(-1, 1)] * 3), st.integers(1, 40))
def test_a_point_lies_in_its_cell(point, resolution):
    grid = OccupancyGrid(OccupancySettings(resolution=resolution))
    grid.density.copy_(torch.arange(resolution**3).view(grid.density.shape))
    flat = int(known(grid, torch.tensor([point], dtype=torch.float64)).item())
    cell = (flat // resolution**2, flat // resolution % resolution, flat % resolution)
    for coordinate, index in zip(point, cell):
        low = index * 2 / resolution - 1
        assert low - 1e-9 <= coordinate <= low + 2 / resolution + 1e-9


def test_indices_are_x_y_z():
    grid = updated(Ball(0.22, 50.0, (0.625, -0.625, 0.125)), resolution=8)
    assert grid.density[6, 1, 4] == 50
    assert known(grid, torch.tensor([[0.6, -0.6, 0.1]])).item() == 50


def test_no_cell_with_density_is_missed():
    ball = Ball(0.4, 50.0, (0.3, 0.1, -0.2))
    grid = updated(ball, count=3)
    points = torch.rand(200_000, 3, generator=torch.Generator().manual_seed(1)) * 2 - 1
    dense = points[ball.density(points) > 0]
    assert len(dense) > 1000
    assert (known(grid, dense) >= 0).all()


def test_points_of_a_ray_are_looked_up_where_they_are():
    grid = updated(Ball(0.4, 50.0))
    origins, directions = torch.tensor([[-1.0, 0.01, 0.01]] * 2), torch.tensor([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])
    found = grid.along(origins, directions, torch.tensor([[0.1, 1.0], [0.1, 1.0]]))
    assert found[0].tolist() == [-1, 50] and (found[1] == -1).all()  # the second ray leaves the cube


def test_what_is_far_from_density_is_empty():
    grid = updated(Ball(0.4, 50.0))
    assert 0.03 < grid.binary.float().mean() < 0.08  # the ball is 3.4 % of the cube, and grown by a cell


def test_density_below_the_threshold_is_empty():
    assert not updated(Ball(2.0, 0.49), threshold=0.5).binary.any()
    dense = updated(Ball(2.0, 0.51), threshold=0.5)
    assert dense.binary[dense.inside].all()


def test_what_vanished_is_forgotten_by_the_decay():
    grid = updated(Ball(2.0, 8.0), decay=0.5, threshold=0.9)
    generator = torch.Generator().manual_seed(0)
    for left in (4.0, 2.0, 1.0):
        grid.update(Ball(0.0, 0.0).density, generator)
        assert (grid.density[grid.inside] == left).all() and grid.binary[grid.inside].all()
    grid.update(Ball(0.0, 0.0).density, generator)
    assert not grid.binary.any()


def test_a_denser_cell_is_noticed_at_once():
    grid = updated(Ball(2.0, 1.0))
    grid.update(Ball(2.0, 30.0).density, torch.Generator().manual_seed(0))
    assert (grid.density[grid.inside] == 30).all()


@given(centre=st.tuples(*[st.floats(-0.6, 0.6)] * 3), seed=st.integers(0, 99))
def test_rays_that_miss_the_box_of_what_is_occupied_meet_none_of_it(centre, seed):
    grid = updated(Ball(0.25, 50.0, centre), resolution=16)
    generator = torch.Generator().manual_seed(seed)
    origins = 3 * torch.nn.functional.normalize(torch.randn(300, 3, generator=generator), dim=-1)
    directions = torch.nn.functional.normalize(torch.randn(300, 3, generator=generator) * 0.7 - origins, dim=-1)
    distances = torch.linspace(0, 5, 400).expand(300, -1)
    places = origins[:, None] + distances[..., None] * directions[:, None]
    within = places.abs().amax(-1) < 1
    occupied = ((grid.along(origins, directions, distances) >= 0) & within).any(-1)
    met = grid.met_by(origins, directions)
    assert occupied.any() and not (occupied & ~met).any()
    assert met.float().mean() < 0.9


def test_no_ray_meets_an_empty_grid_and_all_that_pass_meet_a_full_one():
    grid = OccupancyGrid(OccupancySettings())
    origins, directions = torch.tensor([[0.0, -3.0, 0.0]] * 2), torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    assert grid.met_by(origins, directions).tolist() == [True, False]
    grid.binary.zero_()
    assert not grid.met_by(origins, directions).any()


@pytest.mark.parametrize("resolution", [3, 8, 32])
def test_outside_of_the_scenes_sphere_there_is_nothing(resolution):
    grid = OccupancyGrid(OccupancySettings(resolution=resolution))
    grid.update(lambda points: torch.full((len(points),), 50.0), torch.Generator().manual_seed(0))
    inside = torch.nn.functional.normalize(torch.randn(4_000, 3, generator=torch.Generator().manual_seed(1)), dim=-1)
    cells = ((0.999 * inside + 1) * resolution / 2).long()
    assert (grid.density[tuple(cells.T)] == 50).all()
    assert (grid.density[[0, -1], [0, -1], [0, -1]] == (0 if resolution > 3 else 50)).all()
