"""Adam (Kingma and Ba, arXiv 1412.6980, algorithm 1), written out: torch's own loads its compiler first, which takes a
second, a third of what an engine needs to start."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor


class Adam:
    """m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2, p <- p - lr m^ / (sqrt(v^) + eps), with m^ = m / (1 - b1^t) and
    v^ = v / (1 - b2^t). Parameters without a gradient stay.

    Args:
        groups: each with its "params" and their learning rate "lr".
        betas: decay of the two moments.
        eps: added to the denominator.

    Attributes:
        param_groups: the groups.

    >>> parameter = torch.zeros(1)
    >>> parameter.grad = torch.tensor([5.0])
    >>> Adam([{"params": [parameter], "lr": 0.1}]).step()
    >>> parameter
    tensor([-0.1000])
    """

    def __init__(self, groups: list[dict[str, Any]], betas: tuple[float, float] = (0.9, 0.99), eps: float = 1e-15):
        self.param_groups, self.betas, self.eps = groups, betas, eps
        self.parameters: list[Tensor] = [parameter for group in groups for parameter in group["params"]]
        self.state: dict[int, dict[str, Any]] = {}

    @torch.no_grad()
    def step(self, share: float = 1.0) -> None:
        """Move the parameters that have a gradient, at a share of the learning rates."""
        first, second = self.betas
        rates = [share * group["lr"] for group in self.param_groups for _ in group["params"]]
        for index, (parameter, rate) in enumerate(zip(self.parameters, rates)):
            gradient = parameter.grad
            if gradient is None:
                continue
            fresh = {name: torch.zeros_like(parameter) for name in ("exp_avg", "exp_avg_sq") if index not in self.state}
            state = self.state.setdefault(index, {"step": 0, **fresh})
            state["step"] += 1
            mean, square = state["exp_avg"], state["exp_avg_sq"]
            mean.lerp_(gradient, 1 - first)
            square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
            root = (square / (1 - second ** state["step"])).sqrt_().add_(self.eps)
            parameter.addcdiv_(mean, root, value=-rate / (1 - first ** state["step"]))

    def is_finite(self) -> bool:
        """Whether all parameters are: a loss, or the moments, may diverge where the gradient that was looked at does
        not."""
        return math.isfinite(sum(parameter.detach().sum() for parameter in self.parameters).item())

    def state_dict(self) -> dict[str, Any]:
        """The moments and counters by the parameters' numbers, as torch's optimisers lay them out."""
        return {"state": self.state, "param_groups": self.param_groups}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Take over what `state_dict` gave. Raises ValueError if it is of other parameters."""
        for index, state in saved["state"].items():
            if {state["exp_avg"].shape, state["exp_avg_sq"].shape} != {self.parameters[index].shape}:
                raise ValueError("moments of other parameters")
        self.state = {
            index: {
                "step": int(state["step"]),
                "exp_avg": state["exp_avg"].to(self.parameters[index]),
                "exp_avg_sq": state["exp_avg_sq"].to(self.parameters[index]),
            }
            for index, state in saved["state"].items()
        }
