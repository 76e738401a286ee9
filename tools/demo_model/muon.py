"""Muon for the demo model: momentum made orthogonal by Newton-Schulz steps (Jordan et al. 2024, kellerjordan.github.io/posts/muon).

`torch.optim.Muon` works in bfloat16, which a CPU without bf16 units emulates: 5.1 s a step here against 0.9 s in float32.
"""

from collections.abc import Iterable

import torch

STEPS = 5
A, B, C = 3.4445, -4.7750, 2.0315


class Muon(torch.optim.Optimizer):  # type: ignore[misc]
    """Muon with Nesterov momentum, for matrices only."""

    def __init__(self, params: Iterable[torch.Tensor], lr: float = 0.02, momentum: float = 0.95) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def step(self, closure: None = None) -> None:
        """One update of every matrix."""
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                state = self.state[matrix]
                if not state:
                    state["momentum"] = torch.zeros_like(matrix)
                momentum: torch.Tensor = state["momentum"]
                momentum.lerp_(matrix.grad, 1 - group["momentum"])
                update = orthogonal(matrix.grad.lerp(momentum, group["momentum"]))
                scale = max(1.0, matrix.size(0) / matrix.size(1)) ** 0.5
                matrix.add_(update, alpha=-group["lr"] * scale)


def orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """The nearest matrix with singular values near 1, shape kept."""
    flat = matrix.T if matrix.size(0) > matrix.size(1) else matrix
    x = flat / (flat.norm() + 1e-7)
    for _ in range(STEPS):
        gram = x @ x.T
        x = A * x + (B * gram + C * gram @ gram) @ x
    return x.T if matrix.size(0) > matrix.size(1) else x
