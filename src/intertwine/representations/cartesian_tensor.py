"""Cartesian tensors by an index formula: "ij=ji" is a symmetric tensor, "ijkl=-jikl=klij" one like Riemann's."""

from __future__ import annotations

import re
from itertools import product

import numpy as np

from intertwine.errors import RepresentationError
from intertwine.groups.theory import RealArray
from intertwine.representations.rep import Rep

MAX_ENTRIES = 4096


def tensor_rep(formula: str, vector: Rep) -> Rep:
    """The tensors of a formula over a vector, in the coordinates of `tensor_coordinates`, with their irreps.

    Raises RepresentationError for a formula that is none, or a tensor with more than 4096 entries or none at all.
    """
    B = tensor_coordinates(formula, vector.dim)
    flat = B.reshape(len(B), -1)
    order = B.ndim - 1
    discrete = [flat @ _power(R, order) @ flat.T for R in vector.discrete_generators]
    generators = [flat @ _derivation(X, order) @ flat.T for X in vector.generators]
    return Rep.from_matrices(
        vector.group, np.array(generators) if generators else None, np.array(discrete) if discrete else None
    )


def irrep_projection(formula: str, vector: Rep) -> RealArray:
    """[rep.dim, vector.dim**order]: a flattened tensor @ projection.T are its features by irreps.

    rep is `tensor_rep(formula, vector).by_irreps()`; lengths are kept for tensors with the symmetry of the formula.
    """
    rep = tensor_rep(formula, vector)
    return rep.change_of_basis[1] @ tensor_coordinates(formula, vector.dim).reshape(rep.dim, -1)


def tensor_coordinates(formula: str, dim: int) -> RealArray:
    """[n, dim, dim, …]: an orthonormal basis of the tensors of a formula; coordinates are Σ B[n, i, j, …] T[i, j, …].

    Each basis tensor is the symmetrised unit of one entry, in the order of the entries, the entry itself positive.
    """
    order, relations = _parse(formula)
    if dim**order > MAX_ENTRIES:
        raise RepresentationError("a tensor too large", received=f"{dim}^{order} entries", expected=f"≤ {MAX_ENTRIES}")
    images = _generated(order, relations)
    found, seen = [], set()
    for entry in product(range(dim), repeat=order):
        if entry in seen:
            continue
        tensor = np.zeros((dim,) * order)
        for axes, sign in images:
            moved = tuple(entry[axis] for axis in axes)
            seen.add(moved)
            tensor[moved] += sign
        size = float(np.linalg.norm(tensor))
        if size > 1e-9:
            found.append(tensor / size)
    if not found:
        raise RepresentationError("no tensor but 0 has these symmetries", received=formula)
    return np.array(found)


def _parse(formula: str) -> tuple[int, list[tuple[tuple[int, ...], int]]]:
    terms = [term.strip() for term in formula.split("=")]
    indices = terms[0]
    valid = re.fullmatch(r"[a-z]+", indices) is not None and len(set(indices)) == len(indices)
    relations = []
    for term in terms[1:]:
        sign, letters = (-1, term[1:].strip()) if term.startswith("-") else (1, term)
        valid = valid and sorted(letters) == sorted(indices)
        if valid:
            relations.append((tuple(indices.index(letter) for letter in letters), sign))
    if not valid:
        raise RepresentationError(
            "not an index formula",
            received=repr(formula),
            expected='"ij=ji", "ij=-ji", "ijk=jik": a letter an index, every term the same letters in another order',
        )
    return len(indices), relations


def _generated(order: int, relations: list[tuple[tuple[int, ...], int]]) -> list[tuple[tuple[int, ...], int]]:
    """The group of signed permutations of the indices that the relations generate (twice where signs disagree)."""
    found = [(tuple(range(order)), 1)]
    for axes, sign in found:
        for other, flip in relations:
            candidate = (tuple(axes[i] for i in other), sign * flip)
            if candidate not in found:
                found.append(candidate)
    return found


def _power(R: RealArray, order: int) -> RealArray:
    full: RealArray = np.eye(1)
    for _ in range(order):
        full = np.kron(full, R).astype(np.float64)
    return full


def _derivation(X: RealArray, order: int) -> RealArray:
    d = len(X)
    total = np.zeros((d**order, d**order))
    for k in range(order):
        total += np.kron(np.kron(np.eye(d**k), X), np.eye(d ** (order - 1 - k)))
    return total
