"""Painted diagrams (τ, s) of the named real forms, one function a series, in the numbering of the type's own letter.

Sources: Knapp, Lie groups beyond an introduction, appendix C; Helgason, Differential geometry, Lie groups, and
symmetric spaces, ch. X. For SO(p,q) plane j of the Cartan subalgebra lies in the first (p) block for j ≤ k and in the
second after that.
"""

from __future__ import annotations

from intertwine.groups.real_form import RealForm
from intertwine.groups.root_system import RootSystem

# exceptional real forms: (type, character dim p − dim k) -> (painted nodes from 1, whether τ is the diagram's flip)
EXCEPTIONAL = {
    ("G2", 2): ((2,), False),
    ("F4", 4): ((1,), False),
    ("F4", -20): ((4,), False),
    ("E6", 6): ((2, 4), True),
    ("E6", 2): ((2,), False),
    ("E6", -14): ((1,), False),
    ("E6", -26): ((), True),
    ("E7", 7): ((2,), False),
    ("E7", -5): ((1,), False),
    ("E7", -25): ((7,), False),
    ("E8", 8): ((1,), False),
    ("E8", -24): ((8,), False),
}


def painted(type_name: str, nodes: tuple[int, ...] = (), *, flip: bool = False) -> RealForm:
    """The real form with these nodes (from 1) painted; `flip` takes τ = the opposition −w0 (A, D odd, E6)."""
    root_system = RootSystem.from_type(type_name)
    tau = root_system.opposition if flip else tuple(range(root_system.rank))
    return RealForm(root_system, tau, tuple(-1 if i + 1 in nodes else 1 for i in range(root_system.rank)))


def compact(type_name: str) -> RealForm:
    """The compact form ("" is rank 0)."""
    return RealForm.compact(RootSystem.from_type(type_name))


def special_unitary(p: int, q: int) -> RealForm:
    """SU(p,q)."""
    return painted(f"A{p + q - 1}", (p,) if p and q else ())


def special_linear_real(n: int) -> RealForm:
    """SL(n,R): τ the flip, the middle node painted for even n."""
    return painted(f"A{n - 1}", (n // 2,) if n % 2 == 0 else (), flip=True)


def special_linear_quaternionic(n: int) -> RealForm:
    """SU*(2n) = SL(n,H): the flip of A_{2n−1}, nothing painted; also Spin(1,5) for n = 2."""
    return painted(f"A{2 * n - 1}", flip=True)


def complex_group(type_name: str) -> RealForm:
    """A complex group as a real one: two copies, τ swaps them."""
    root_system = RootSystem.from_type(f"{type_name}x{type_name}")
    half = root_system.rank // 2
    tau = (*range(half, 2 * half), *range(half))
    return RealForm(root_system, tau, (1,) * root_system.rank)


def orthogonal(p: int, q: int) -> RealForm:
    """SO(p,q), p + q ≥ 3: identity component's algebra, as B_m or D_m (D2 = A1×A1, D3 in the D series' numbering)."""
    rank, odd = divmod(p + q, 2)
    if odd:
        even_block = (p if p % 2 == 0 else q) // 2
        return painted(f"B{rank}", (even_block,) if even_block > 0 and p and q else ())
    root_system = RootSystem.from_type(f"D{rank}")
    k = p // 2
    if p % 2 == 0:
        signs = [-1 if i == k else 1 for i in range(1, rank + 1)]
        if k == rank - 1:  # e_{m−1} and e_m lie in different blocks, so e_{m−1} + e_m is painted too
            signs[rank - 1] = -1
        if k == rank:  # definite
            signs[rank - 1] = 1
        return RealForm(root_system, tuple(range(rank)), tuple(signs))
    # one plane mixes the blocks: τ swaps the last two nodes
    tau = (*range(rank - 2), rank - 1, rank - 2)
    signs = [-1 if i == k and i <= rank - 2 else 1 for i in range(1, rank + 1)]
    return RealForm(root_system, tau, tuple(signs))


def orthogonal_quaternionic(n: int) -> RealForm:
    """SO*(2n): D_n with its last node painted."""
    return painted(f"D{n}", (n,))


def symplectic(p: int, q: int) -> RealForm:
    """Sp(p,q) of quaternionic p + q dimensions: C_{p+q}."""
    return painted(f"C{p + q}", (p,) if p and q else ())


def symplectic_real(n: int) -> RealForm:
    """Sp(2n,R): C_n with its long node painted."""
    return painted(f"C{n}", (n,))


def compact_dimension(type_name: str) -> int:
    """Dimension of the algebra, which is minus the compact form's character."""
    root_system = RootSystem.from_type(type_name)
    return root_system.rank + 2 * len(root_system.positive_roots)
