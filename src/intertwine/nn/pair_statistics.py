"""Mean and variance over all pairs of a_i + b_j + W u_ij, from sums over points: what a batch norm of pairs needs."""

from __future__ import annotations

from torch import Tensor


def pair_statistics(
    receiver: Tensor, sender: Tensor, pairs: Tensor, pair_weight: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Mean [C], variance [C] (biased) and number of the ordered pairs i ≠ j of points that are there.

    Expanded about the means, so that nothing cancels: with a, b and u centred,
    Σ (a_i + b_j + W u_ij)² = Σ (n − 1)(a² + b²) + 2 Σ_{i≠j} a_i b_j + Wᵀ(Σ u uᵀ)W + 2 Σ_i a_i W Σ_j u_ij + …

    Parameters
    ----------
    receiver, sender [sets, points, C]; pairs [sets, points, points, features]; pair_weight [features, C]:
        a, b, u and W.
    mask [sets, points]:
        Which points there are.
    """
    there = mask.unsqueeze(-1).to(receiver.dtype)
    others = (there.sum(1, keepdim=True) - 1).clamp(min=0)
    edges = there.unsqueeze(2) * there.unsqueeze(1)
    diagonal = edges.diagonal(dim1=1, dim2=2).zero_()
    del diagonal
    count = edges.sum().clamp(min=1)
    weight = there * others
    mean_a = (weight * receiver).sum((0, 1)) / count
    mean_b = (weight * sender).sum((0, 1)) / count
    mean_u = (edges * pairs).sum((0, 1, 2)) / count
    a, b, u = (receiver - mean_a) * there, (sender - mean_b) * there, (pairs - mean_u) * edges
    cross = a.sum(1) * b.sum(1) - (a * b).sum(1)
    flat = u.flatten(0, 2)
    own = ((flat.T @ flat) @ pair_weight * pair_weight).sum(0)
    by_receiver, by_sender = u.sum(2) @ pair_weight, u.sum(1) @ pair_weight
    nodes = weight * (a.square() + b.square()) + 2 * (a * by_receiver + b * by_sender)
    variance = (nodes.sum((0, 1)) + 2 * cross.sum(0) + own) / count
    return mean_a + mean_b + mean_u @ pair_weight, variance.clamp(min=0), count
