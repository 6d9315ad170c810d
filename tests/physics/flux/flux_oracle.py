"""An independent oracle for small lattices: no W(f), no sum over (k, l), no code of the sampler.

The field's hopping term between two sites is exp(2 r r' cosh(μ + iΔθ)); all links between the same two sites are merged
into one bond first (extent 2: two links, exp(4 r r' cosh μ cos Δθ); extent 1: a factor on the site). In Fourier space
of the angles a bond is a set of kernels I_j(2 r r') e^{jμ}, which factorise through few singular values on a quadrature
grid in r; what is left is a small tensor network with a charge constraint at each site, contracted site after site. The
distribution of winding comes from imaginary chemical potentials, moments of |φ| from derivatives in η and λ.
"""

import itertools

import numpy as np
from scipy.special import iv


class Oracle:
    """Z as a function of complex chemical potentials, couplings and external charges at the sites."""

    def __init__(self, shape, eta, lam, mu, *, tolerance=1e-7, modes=7):
        self.shape, self.eta, self.lam = tuple(shape), eta, lam
        self.mu = np.array([mu] + [0.0] * (len(shape) - 1))
        self.tolerance, self.modes = tolerance, modes
        self.sites = list(itertools.product(*(range(extent) for extent in shape)))
        self.volume = len(self.sites)
        self.bonds = self._bonds()
        self.of_site = [
            [(b, one[0] == x) for b, one in enumerate(self.bonds) if x in one[:2]] for x in range(self.volume)
        ]
        reach = 4.0 if lam < 1 else 3.0
        x, w = np.polynomial.legendre.leggauss(36)
        self.factor_key = None
        self.r, self.w = reach * (x + 1) / 2, reach * w / 2

    def _bonds(self):
        """(site a, site b, axis, links): a bond of an axis of extent 2 stands for two links, otherwise for one."""
        number = {site: i for i, site in enumerate(self.sites)}
        found = []
        for site, (axis, extent) in itertools.product(self.sites, enumerate(self.shape)):
            if extent >= 3 or (extent == 2 and site[axis] == 0):
                other = list(site)
                other[axis] = (site[axis] + 1) % extent
                found.append((number[site], number[tuple(other)], axis, 2 if extent == 2 else 1))
        return found

    def log_z(self, *, eta=None, lam=None, mu=None, charges=None):
        eta, lam = self.eta if eta is None else eta, self.lam if lam is None else lam
        mu = self.mu if mu is None else np.asarray(mu)
        charges = [0] * self.volume if charges is None else charges
        loops = sum(2 * np.cosh(mu[axis]) for axis, extent in enumerate(self.shape) if extent == 1)
        weight = self.w * self.r * np.exp(-(eta - loops) * self.r**2 - lam * self.r**4)
        factors = self._all_factors(eta, lam, mu, weight)
        value, open_bonds = np.ones(()), []
        for x, mine in enumerate(self.of_site):
            if not mine:
                return np.log(np.sum(weight)) if charges[x] == 0 else -np.inf
            tensor = self._site(mine, factors, charges[x])
            names = [b for b, _ in mine]
            shared = [b for b in names if b in open_bonds]
            value = np.tensordot(
                value, tensor, ([open_bonds.index(b) for b in shared], [names.index(b) for b in shared])
            )
            open_bonds = [b for b in open_bonds if b not in shared] + [b for b in names if b not in shared]
        return np.log(value)

    def _all_factors(self, eta, lam, mu, weight):
        """The factors of each bond, computed once for each kind of bond."""
        key = (eta, lam, tuple(mu))
        if key != self.factor_key:
            kinds = {}
            for a, b, axis, links in self.bonds:
                ends = len(self.of_site[a]), len(self.of_site[b])
                if (axis, links, ends) not in kinds:
                    kinds[axis, links, ends] = self._factors(axis, links, mu, *(weight ** (1 / n) for n in ends))
            self.factor_key = key
            self.factors = [
                kinds[axis, links, (len(self.of_site[a]), len(self.of_site[b]))] for a, b, axis, links in self.bonds
            ]
        return self.factors

    def _factors(self, axis, links, mu, share_a, share_b):
        """(j [D], A [r, D], B [r, D]): Σ_D over one j of A B is the bond's kernel between its first and second site."""
        j, left, right = [], [], []
        rr = np.outer(self.r, self.r)
        for one in range(-self.modes, self.modes + 1):
            kernel = iv(one, 4 * np.cosh(mu[axis]) * rr) if links == 2 else iv(one, 2 * rr) * np.exp(mu[axis] * one)
            u, s, vh = np.linalg.svd(share_a[:, None] * kernel * share_b)
            keep = s > self.tolerance
            j += [one] * int(keep.sum())
            left.append(u[:, keep] * np.sqrt(s[keep]))
            right.append(vh[keep].T * np.sqrt(s[keep]))
        return np.array(j), np.concatenate(left, axis=1), np.concatenate(right, axis=1)

    @staticmethod
    def _site(mine, factors, charge):
        """Radial integral with the charge constraint Σ ±j = charge; one index a bond."""
        tensor, flux = None, 0
        for position, (b, first) in enumerate(mine):
            j, left, right = factors[b]
            columns = left if first else right
            tensor = (
                columns if tensor is None else (tensor[..., None] * columns.reshape(len(columns), *[1] * position, -1))
            )
            flux = np.add.outer(flux, j if first else -j)
        return tensor.sum(axis=0) * (flux == charge)

    @staticmethod
    def _derivative(function, x, step=4e-3):
        """Fourth-order central difference."""
        near, far = function(x + step) - function(x - step), function(x + 2 * step) - function(x - 2 * step)
        return float(np.real(8 * near - far)) / (12 * step)

    def means(self, log_z=None):
        """n, |φ|², |φ|⁴ from log Z."""
        log_z = self.log_z if log_z is None else log_z
        n = self._derivative(lambda mu: log_z(mu=[mu, *self.mu[1:]]), self.mu[0])
        phi2 = -self._derivative(lambda eta: log_z(eta=eta), self.eta)
        phi4 = -self._derivative(lambda lam: log_z(lam=lam), self.lam)
        return tuple(value / self.volume for value in (n, phi2, phi4))

    def winding(self, axis, largest=7):
        """{w: probability} of the winding number along an axis: a Fourier transform in imaginary μ."""
        angles = 2 * np.pi * np.arange(1, largest + 1) / (2 * largest + 1)
        shifts = [1j * angle / self.shape[axis] * (np.arange(len(self.shape)) == axis) for angle in angles]
        # Z at the opposite angle is the complex conjugate.
        values = np.exp(np.array([self.log_z(mu=self.mu + shift) for shift in shifts]) - self.log_z())
        return {
            w: float(1 + 2 * np.sum(values * np.exp(-1j * angles * w)).real) / (2 * largest + 1)
            for w in range(-largest, largest + 1)
        }

    def open_patterns(self, m):
        """All divergence patterns with m sites at +1, m others at −1 and zero elsewhere."""
        sites = set(range(self.volume))
        for plus in itertools.combinations(sorted(sites), m):
            for minus in itertools.combinations(sorted(sites - set(plus)), m):
                yield tuple((x in plus) - (x in minus) for x in range(self.volume))

    def translates(self, pattern):
        """The patterns that translations make of one; all have the same weight."""
        field = np.array(pattern).reshape(self.shape)
        axes = tuple(range(len(self.shape)))
        shifts = itertools.product(*(range(extent) for extent in self.shape))
        return {tuple(int(q) for q in np.roll(field, shift, axes).ravel()) for shift in shifts}

    def orbits(self, m):
        """One pattern with m open worms of each orbit under translations, and the orbit's size."""
        found = {}
        for pattern in self.open_patterns(m):
            orbit = self.translates(pattern)
            found[min(orbit)] = len(orbit)
        return found

    def pattern_probabilities(self, m):
        """{pattern: probability} with m open worms."""
        weights = {q: float(np.exp(self.log_z(charges=q))) for q in self.orbits(m)}
        total = sum(size * weights[q] for q, size in self.orbits(m).items())
        return {one: weight / total for q, weight in weights.items() for one in self.translates(q)}

    def open_means(self, m):
        """n, |φ|², |φ|⁴ with m open worms."""
        orbits = self.orbits(m)

        def log_z(**couplings):
            return np.log(sum(size * np.exp(self.log_z(charges=q, **couplings)) for q, size in orbits.items()))

        return self.means(log_z)
