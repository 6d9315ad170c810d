"""FourierActivation: a pointwise function of band-limited signals on the group, sampled at some of its elements."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from intertwine.errors import AccuracyError, ConfigurationError
from intertwine.groups.element import GroupElement
from intertwine.groups.finite_group import FiniteGroup
from intertwine.groups.group import Group
from intertwine.nn.constant import Constant
from intertwine.nn.field_module import FieldModule
from intertwine.nn.field_units import require_irreps
from intertwine.nn.native_pointwise_activation import FUNCTIONS
from intertwine.nn.native_sampled_activation import NativeSampledActivation
from intertwine.nn.scalar_functions import ScalarFunction, scalar_function
from intertwine.representations import Rep


class FourierActivation(FieldModule):
    """Fields of irreps read as signals on the group: inverse Fourier transform at samples, f, transform back.

    A signal of one channel is Σ √d ⟨x_{ρ,j}, ρ(g) e_j⟩ over the irreps ρ of `signal` and their copies j. Its values at
    sampled elements g_n are passed through f and fitted again by irreps (Cohen et al., 1801.10130; Weiler and Cesa,
    1911.08251). Exact for translations of the samples; for others the harmonics that f makes above what the samples
    resolve alias, less the more samples there are.

    Shape: [batch, rep.dim, *sites] → the same, with rep = copies · signal.

    Parameters
    ----------
    signal:
        The irreps of a signal, each at most real_dim / commutant_dim times; "0 + 1 + 2 + 3" for SO(2).
    copies:
        Number of signals.
    samples:
        Elements, or how many: equally spaced for SO(2) and O(2) (there on both components), all of a finite group, the
        rotations of the icosahedron for SO(3) and O(3).

    Raises
    ------
    RepresentationError
        For features in a basis of their own.
    ConfigurationError
        For irreps that occur too often, and groups without default samples.
    AccuracyError
        Where the samples do not determine a signal.
    """

    def __init__(
        self,
        signal: Rep,
        copies: int,
        function: str | ScalarFunction = "elu",
        *,
        samples: int | Sequence[GroupElement] | None = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        require_irreps(signal, "FourierActivation")
        rep = copies * signal
        super().__init__(rep, rep)
        self.function = scalar_function(function)
        self.name = function if isinstance(function, str) else ""
        elements = samples if isinstance(samples, Sequence) else sampled_elements(signal, samples)
        transform = np.array([_values(signal, g) for g in elements])
        singular = np.linalg.svd(transform, compute_uv=False)
        if len(elements) < signal.dim or singular[-1] < 1e-6 * singular[0]:
            raise AccuracyError("too few samples to tell the signals apart", received=len(elements), fix="take more")
        transform, weights = _distinct(transform)
        fitted = np.linalg.pinv(weights[:, None] * transform) * weights
        self.to_samples = Constant(transform, dtype=dtype, device=device)
        self.from_samples = Constant(fitted, dtype=dtype, device=device)
        # channels of rep are [block][d, multiplicity, copies]; a signal needs [feature, copies]: the same order
        self.copies = copies

    def forward(self, field: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch channels *sites"]:
        self.check_field(field)
        features = field.unflatten(1, (-1, self.copies)).flatten(2)
        values = self.function(self.to_samples() @ features)
        fitted: Tensor = self.from_samples() @ values
        return fitted.view(field.shape)

    def native(self) -> NativeSampledActivation | None:
        """For the kernel of `FusedFieldNorm`; None for functions that it does not know."""
        code = FUNCTIONS.get(self.name)
        if code is None:
            return None
        return NativeSampledActivation(self.to_samples.exact, self.from_samples.exact, code, self.copies)

    def extra_repr(self) -> str:
        """The representation and the number of samples."""
        return f"{super().extra_repr()}, {len(self.to_samples.exact)} samples"


def sampled_elements(signal: Rep, count: int | None = None) -> list[GroupElement]:
    """The default samples; see FourierActivation."""
    group: Group = signal.group
    if isinstance(group, FiniteGroup):
        return list(group.elements)
    components = [group.identity, *group.discrete_elements]
    if group.name in ("SO(2)", "O(2)"):
        n = count or 4 * max(3, signal.dim // 2)
        return [c @ group.exp([2 * np.pi * k / n]) for c in components for k in range(n)]
    if group.name in ("SO(3)", "O(3)"):
        return [c @ group.exp(turn) for c in components for turn in _icosahedron(group)]
    raise ConfigurationError(
        f"no default samples of {group.name}", received=count, fix="give a list of elements: samples=[...]"
    )


def _icosahedron(group: Group) -> list[np.ndarray]:
    """The 60 rotations as coefficients of the group's Lie algebra basis."""
    from scipy.spatial.transform import Rotation

    from intertwine.groups.names import group as named_group
    from intertwine.representations.kernels.space_action import space_action

    basis = space_action(group, 3).generators.reshape(3, -1).T
    found = []
    rotations = named_group("I")
    for g in getattr(rotations, "elements"):  # noqa: B009
        x, y, z = Rotation.from_matrix(np.asarray(g.matrix, dtype=np.float64)).as_rotvec()
        found.append(np.linalg.lstsq(basis, np.array([0, -z, y, z, 0, -x, -y, x, 0]), rcond=None)[0])
    return found


def _distinct(transform: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Elements at which every signal has the same value (those of one coset, for signals on cosets) once, with the
    weight in the fit, the root of their number, that makes it the fit to all of them."""
    _, first, counts = np.unique(transform.round(9), axis=0, return_index=True, return_counts=True)
    order = np.argsort(first)
    return transform[first[order]], np.sqrt(counts[order])


def _values(signal: Rep, element: GroupElement) -> np.ndarray:
    """[signal.dim]: the value at g of each feature's signal."""
    parts = []
    for copies, irrep in signal.blocks:
        if copies * irrep.commutant_dim > irrep.real_dim:
            raise ConfigurationError(
                "an irrep occurs more often than in the regular representation",
                received=f"{copies}x{irrep.name}",
                expected=f"at most {irrep.real_dim // irrep.commutant_dim}",
            )
        columns = np.linspace(0, irrep.real_dim, copies, endpoint=False).astype(int)
        parts.append(np.sqrt(irrep.real_dim) * irrep.matrix(element)[:, columns].reshape(-1))
    return np.concatenate(parts)
