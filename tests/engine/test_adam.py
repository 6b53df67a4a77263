"""Adam against torch's."""

import pytest
import torch

from engine.adam import Adam


def parameters():
    generator = torch.Generator().manual_seed(0)
    return [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in ((3, 4), (5,))]


def groups(params):
    return [{"params": [parameter], "lr": rate} for parameter, rate in zip(params, (0.1, 0.01))]


def give_gradients(*sets, seed=0):
    generator = torch.Generator().manual_seed(seed)
    for parameter, *twins in zip(*sets):
        parameter.grad = torch.randn(parameter.shape, generator=generator) * 3
        for twin in twins:
            twin.grad = parameter.grad.clone()


def test_it_moves_parameters_as_torch_s_does():
    mine, theirs = parameters(), parameters()
    ours, other = Adam(groups(mine)), torch.optim.Adam(groups(theirs), betas=(0.9, 0.99), eps=1e-15)
    for step in range(20):
        give_gradients(mine, theirs, seed=step)
        for optimiser in (ours, other):
            optimiser.param_groups[0]["lr"] = 0.1 / (1 + step)
            optimiser.step()
    for one, two in zip(mine, theirs):
        torch.testing.assert_close(one, two, atol=1e-6, rtol=1e-5)


def test_its_state_goes_on_bit_for_bit():
    straight, cut = parameters(), parameters()
    first, second = Adam(groups(straight)), Adam(groups(cut))
    for step in range(6):
        if step == 3:
            saved, second = second.state_dict(), Adam(groups(cut))
            second.load_state_dict(saved)
        give_gradients(straight, cut, seed=step)
        first.step(), second.step()
    assert all(torch.equal(one, two) for one, two in zip(straight, cut))


def test_a_parameter_without_a_gradient_stays():
    params = parameters()
    before = [parameter.detach().clone() for parameter in params]
    params[0].grad = torch.ones_like(params[0])
    Adam(groups(params)).step()
    assert not torch.equal(params[0], before[0]) and torch.equal(params[1], before[1])


def test_a_share_of_the_rates_moves_as_lower_rates_do():
    mine, theirs = parameters(), parameters()
    give_gradients(mine, theirs)
    lower = [group | {"lr": 0.25 * group["lr"]} for group in groups(theirs)]
    Adam(groups(mine)).step(0.25), Adam(lower).step()
    assert all(torch.equal(one, two) for one, two in zip(mine, theirs))


def test_it_tells_of_parameters_that_are_not_finite():
    params = parameters()
    optimiser = Adam(groups(params))
    assert optimiser.is_finite()
    with torch.no_grad():
        params[1].view(-1)[0] = torch.nan
    assert not optimiser.is_finite()


@pytest.mark.parametrize("wrong", ["exp_avg", "exp_avg_sq"])
def test_moments_of_other_parameters_are_refused(wrong):
    optimiser = Adam(groups(parameters()))
    moments = {name: torch.zeros_like(optimiser.parameters[0]) for name in ("exp_avg", "exp_avg_sq")}
    optimiser.load_state_dict({"state": {0: {"step": 1} | moments}})
    with pytest.raises(ValueError, match="other parameters"):
        optimiser.load_state_dict({"state": {0: {"step": 1} | moments | {wrong: torch.zeros(2)}}})
