"""What priors have in common that denoise pixels."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import interpolate

from engine.guidance.prior import PullBack


class PixelPrior:
    """What priors share whose space is that of pixels, in [-1, 1] at their resolution."""

    resolution: int
    limits = (-1.0, 1.0)
    group = 1
    uses_torch_threads = True

    @property
    def shape(self) -> tuple[int, int, int]:
        """See `Prior`."""
        return 3, self.resolution, self.resolution

    def encode(self, images: Tensor) -> tuple[Tensor, PullBack]:
        """See `Prior.encode`. The way back is to enlarge the gradient, which leaves out the factors that the adjoint of
        all this would have (docs/decisions.md)."""

        def pull_back(gradient: Tensor) -> Tensor:
            gradient = interpolate(gradient, images.shape[-2:], mode="bilinear", antialias=True)
            return gradient / gradient[0].numel()

        return 2 * interpolate(images, (self.resolution,) * 2, mode="bilinear", antialias=True) - 1, pull_back

    def decode(self, clean: Tensor) -> Tensor:
        """See `Prior.decode`."""
        return (clean / 2 + 0.5).clamp(0, 1)

    def needs(self, rows: int, images: int) -> int:
        """See `Prior.needs`: small networks fit anywhere."""
        return 0

    def economise(self) -> str:
        """See `Prior.economise`."""
        return ""
