"""What symmetry-adapted Gaussian process regression reaches on the same molecules."""

from __future__ import annotations

SA_GPR_SOURCE = "SA-GPR (Grisafi et al., Phys. Rev. Lett. 120, 036002)"
SA_GPR_DETAILS = (
    "The curves of SA-GPR are measured with the authors' code, TENSOAP at 7ee93d0, on the same files with its defaults "
    "(8 radial functions, l ≤ 6, 4 Å, σ = 0.3 Å, centres on O, ζ = 2): its power spectra, and kernels from them that "
    "equal its own to 5e-16. Ridge parameter from 1e-12 to 1e-3, chosen on a tenth of the training molecules and then "
    "fitted to all of them; the test and training molecules are those of seed 0 here, the median of two draws."
)
SA_GPR_SIZES = (25, 50, 100, 200, 500)
SA_GPR: dict[tuple[str, str], tuple[float, ...]] = {
    ("dipole", "1o"): (0.561, 0.194, 0.113, 0.0304, 0.00929),
    ("polarisability", "0e"): (0.875, 0.312, 0.0468, 0.0354, 0.00608),
    ("polarisability", "2e"): (1.6, 0.45, 0.207, 0.09, 0.0169),
    ("hyperpolarisability", "1o"): (0.799, 0.372, 0.112, 0.0424, 0.0224),
    ("hyperpolarisability", "3o"): (1.94, 0.448, 0.115, 0.0777, 0.0232),
    ("second hyperpolarisability", "0e"): (13.9, 5.28, 0.96, 0.498, 0.176),
    ("second hyperpolarisability", "2e"): (3.71, 1.55, 0.353, 0.143, 0.0504),
    ("second hyperpolarisability", "4e"): (3.46, 1.67, 0.522, 0.372, 0.125),
}
"""Relative errors in percent of each irrep, at each of `SA_GPR_SIZES` training molecules."""
