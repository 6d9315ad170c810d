"""What was published for the atomisation energies of QM7, mean absolute errors in kcal/mol."""

from __future__ import annotations

PUBLISHED: tuple[tuple[str, str, int | None, float], ...] = (
    ("Coulomb matrix, spectrum, Gaussian kernel", "Rupp et al., Phys. Rev. Lett. 108, 058301 (2012)", 5732, 9.9),
    ("random Coulomb matrices, multilayer perceptron", "Montavon et al., NIPS 25 (2012)", 5732, 3.5),
    ("random Coulomb matrices, Laplacian kernel", "Hansen et al., J. Chem. Theory Comput. 9, 3404 (2013)", 5732, 3.0),
    ("encoded bonds", "Collins et al., J. Chem. Phys. 148, 241718 (2018)", None, 2.4),
    ("encoded bonds and graph features", "Collins et al., J. Chem. Phys. 148, 241718 (2018)", None, 1.19),
)
"""Method, source, training molecules where they are four of five folds of the 7165 molecules, error.

Errors as the abstracts have them, rounded as there (the first says about 10); 9.9 and 3.5 as quantum-machine.org
lists them.
"""
