"""How far an ensemble is from exact values, and kernels with one deliberate mistake."""

import importlib
import inspect
import types

from scipy.stats import chi2

from intertwine.physics.flux import updates


def deviations(ensemble, exact):
    """(found − exact)/error of n, |φ|², |φ|⁴."""
    found = [ensemble.estimates[name] for name in ("n", "phi2", "phi4")]
    return [(one.value - value) / one.error for one, value in zip(found, exact, strict=True)]


def p_value(counts, probabilities, total):
    """χ² test of counts against probabilities, {key: …} each; what is expected less than five times is pooled."""
    statistic, cells, rest, rest_count = 0.0, 0, 0.0, 0
    for key, probability in probabilities.items():
        expected, count = probability * total, counts.get(key, 0)
        if expected < 5:
            rest, rest_count = rest + expected, rest_count + count
        else:
            statistic, cells = statistic + (count - expected) ** 2 / expected, cells + 1
    if rest > 5:
        statistic, cells = statistic + (rest_count - rest) ** 2 / rest, cells + 1
    return float(chi2.sf(statistic, cells - 1))


def with_mistake(monkeypatch, module, old, new):
    """Run on kernels of `module` in which `old` reads `new`."""
    original = importlib.import_module(f"intertwine.physics.flux.{module}")
    source = inspect.getsource(original)
    if source.count(old) != 1:
        raise ValueError(f"{old!r} is {source.count(old)} times in {module}")
    mutant = types.ModuleType(f"mutant_{module}")
    # A file name that does not exist: Numba cannot cache such functions, and compiles them in memory.
    exec(compile(source.replace(old, new), f"<mutant {module}>", "exec"), mutant.__dict__)
    monkeypatch.setattr(updates, module, mutant)
