"""How well LorentzNet's released weights, trained on the public top-tagging set, tag the jets of `intertwine generate`.

    python benchmarks/released_lorentz_net.py best-val-model.pt jets.h5 [--jets 2000]

The weights are in the repository of Gong et al. (2201.08187) as logs/top/pretrained/best-val-model.pt; jets are best
made with towers and a threshold: `intertwine generate jets jets.h5 --jets 1000 --towers 0.05 --minimal-pt 0.5`. AUC and
rejections with errors by resampling, without and with the weights of the events.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch

from intertwine.evaluation import bootstrap, roc
from intertwine.interfaces.lorentz_net import load_lorentz_net
from intertwine.physics.jets import read_jets

BATCH = 32  # what logits are averaged over depends on the longest jet of a batch, as in the released code


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights")
    parser.add_argument("file")
    parser.add_argument("--jets", type=int, default=2000)
    options = parser.parse_args()
    network = load_lorentz_net(options.weights)
    jets = read_jets(options.file, stop=options.jets)
    # float32, as the public set is stored: masses of massless particles are its rounding
    momenta = torch.from_numpy(jets.momenta.astype(np.float32).astype(np.float64))
    mask = torch.from_numpy(jets.mask)
    scores = []
    with torch.no_grad():
        for p, there in zip(momenta.split(BATCH), mask.split(BATCH), strict=True):
            longest = int(there.sum(1).max())
            scores.append(network(p[:, :longest], there[:, :longest]).numpy())
    found, signal = np.concatenate(scores), jets.labels == 1
    for name, weights in (("every jet alike", None), ("weights of the events", jets.weights)):
        for what, metric in (("AUC", lambda *a: roc(*a).auc), ("1/eB at eS = 0.5", lambda *a: roc(*a).rejection(0.5))):
            value = bootstrap(metric, found, signal, weights, resamples=200)
            print(f"{name}: {what} {value.value:.4f} +- {value.error:.4f}")


if __name__ == "__main__":
    main()
