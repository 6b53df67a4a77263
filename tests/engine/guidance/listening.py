"""Distillation of a Gaussian prior that remembers what it is asked."""

import torch

from engine.guidance.distil import Distillation
from engine.guidance.prior import Views
from engine.guidance.sds import surrogate_loss
from engine.guidance.settings import GuidanceSettings
from engine.shading import Shading
from tests.engine.analytic import GaussianPrior, cameras_at

MEAN = [[[0.3]], [[-0.2]], [[0.1]]]
PLAIN = {"form": "noise", "weighting": "sigma2"}
"""The paper's equation 3 with its weights."""
IMAGE = torch.tensor([0.8, 0.3, 0.5]).view(1, 3, 1, 1)


class Listener(GaussianPrior):
    """A prior that remembers each batch of captions; what it was given `means` for is as bright as they say."""

    def __init__(self, means: dict[str, float] | None = None, spread: float = 0.1):
        super().__init__(MEAN, spread)
        self.means, self.batches = means or {}, []

    def predict_noise(self, noisy, timesteps, captions):
        self.batches.append(captions)
        means = torch.tensor([self.means.get(caption.text, 0.0) for caption in captions])
        return self.exact_noise(noisy, timesteps, means.view(-1, 1, 1, 1))


def distillation(prior, level: float = 0.5, prompt: str = "a mug", **guidance) -> Distillation:
    """One with the timestep at `level`, a share of the schedule, and no rescaling."""
    fixed = {"timesteps_first": (level, level), "timesteps_last": (level, level), "rescale": 0.0}
    return Distillation(prior, prompt, GuidanceSettings(**fixed | guidance))


def pixels(gradient: torch.Tensor) -> torch.Tensor:
    """The gradient of each value, not of their mean."""
    return gradient * gradient[0].numel()


def ask(guidance: Distillation, views: Views | None = None, progress: float = 0.0, image=IMAGE, count: int = 1, seed=0):
    """The gradient of each value of `count` images of one colour."""
    images = image.expand(count, 3, 8, 8)
    return pixels(guidance.gradient(images, views, progress, torch.Generator().manual_seed(seed)))


def looking(*angles: tuple[float, float], shading: Shading = Shading.DIFFUSE) -> Views:
    return Views(cameras_at(*angles), [shading] * len(angles))


def at(prior: GaussianPrior, level: float) -> tuple[float, float]:
    return prior.alpha[int(level * 1000)].item(), prior.sigma[int(level * 1000)].item()


def descend(guidance: Distillation, resolution: int = 8, steps: int = 300) -> torch.Tensor:
    """Score distillation of a plain image, as in the paper's own check; in [-1, 1]."""
    image = torch.full((1, 3, resolution, resolution), 0.9, requires_grad=True)
    generator = torch.Generator().manual_seed(0)
    for step in range(steps):
        loss = surrogate_loss(image, pixels(guidance.gradient(image, None, step / steps, generator)))
        (gradient,) = torch.autograd.grad(loss, image)
        image = (image - 0.05 * gradient).detach().requires_grad_()
    return 2 * image.detach() - 1
