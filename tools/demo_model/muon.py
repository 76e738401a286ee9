"""Muon for the demo model: momentum made orthogonal by Newton-Schulz steps.

Jordan et al. 2024, kellerjordan.github.io/posts/muon. `torch.optim.Muon` works in bfloat16, which a CPU without bf16
units emulates: 5.1 s a step here against 0.9 s in float32.
"""

from collections.abc import Iterable

import torch

NEWTON_SCHULZ_STEPS = 5
A, B, C = 3.4445, -4.7750, 2.0315  # the coefficients of the quintic, as in the source


class Muon(torch.optim.Optimizer):  # type: ignore[misc]
    """Muon with Nesterov momentum, for matrices only."""

    def __init__(self, params: Iterable[torch.Tensor], lr: float = 0.02, momentum: float = 0.95) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def step(self, closure: None = None) -> None:
        """Update every matrix once, from its gradient."""
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                state = self.state[matrix]
                if not state:
                    state["momentum"] = torch.zeros_like(matrix)
                momentum: torch.Tensor = state["momentum"]
                momentum.lerp_(matrix.grad, 1 - group["momentum"])
                # Nesterov: the gradient looks ahead along the momentum
                update = orthogonal(matrix.grad.lerp(momentum, group["momentum"]))
                # a tall matrix needs a larger step for the same change of its outputs
                scale = max(1.0, matrix.size(0) / matrix.size(1)) ** 0.5
                matrix.add_(update, alpha=-group["lr"] * scale)


def orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """The nearest matrix with all singular values near 1, of the same shape."""
    is_tall = matrix.size(0) > matrix.size(1)
    x = matrix.T if is_tall else matrix  # so that the product below is the smaller one
    x = x / (x.norm() + 1e-7)
    for _ in range(NEWTON_SCHULZ_STEPS):
        gram = x @ x.T
        x = A * x + (B * gram + C * gram @ gram) @ x
    return x.T if is_tall else x
