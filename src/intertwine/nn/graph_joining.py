"""`join_graphs`: batches that were prepared one by one, side by side in one."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from intertwine.errors import DataError
from intertwine.nn.graph_batch import GraphBatch


def join_graphs(batches: Sequence[GraphBatch]) -> GraphBatch:
    """One batch of all graphs, in order: the cheap way to batches that are drawn anew in each step of a training.

    Pairs and shells are kept where all have them. Raises DataError for none at all.
    """
    if not batches:
        raise DataError("nothing to join", received="no graphs", expected="one or more")
    nodes = _starts([len(one.positions) for one in batches])
    graphs = _starts([one.count for one in batches])
    paired = all(one.paired for one in batches)
    shells = None
    known = [one.shells for one in batches if one.shells is not None and one.paired == paired]
    if len(known) == len(batches):
        edges, before = _starts([len(one.senders) for one in batches]), _starts([len(one) for one, _ in known])
        shells = (_moved([one for one, _ in known], edges), _moved([members for _, members in known], before))
    return GraphBatch(
        torch.cat([one.positions for one in batches]),
        _moved([one.senders for one in batches], nodes),
        _moved([one.receivers for one in batches], nodes),
        torch.cat([one.offsets for one in batches]),
        _moved([one.node_graph for one in batches], graphs),
        sum(one.count for one in batches),
        paired,
        shells,
    )


def _starts(sizes: list[int]) -> list[int]:
    starts = [0]
    for size in sizes[:-1]:
        starts.append(starts[-1] + size)
    return starts


def _moved(indices: Sequence[Tensor], starts: Sequence[int]) -> Tensor:
    return torch.cat([one + start for one, start in zip(indices, starts, strict=True)])
