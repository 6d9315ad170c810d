"""Equivariant polynomials of a vector: spherical, circular and Minkowski harmonics, and those of any other group.

- `harmonics(group, max_degree, …)`: what users call; `Harmonics` evaluates on arrays.
- `covariants`: the generic way, Hom_G(Sym^l V, W) degree by degree; `nodes` evaluates what it finds.
- `solid`, `closed_form`: three-term recursions for the vector of SO(n), O(n), SO(1,n), O(1,n).
"""

from intertwine.representations.harmonics.equivariant_polynomials import Harmonics, harmonics

__all__ = ["Harmonics", "harmonics"]
