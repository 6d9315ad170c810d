"""assert_compiles and assert_exports: the same numbers through torch.compile and torch.export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from intertwine.representations import Rep
from intertwine.testing.sample_inputs import declared_inputs, sample_inputs


def assert_compiles(
    module: nn.Module,
    rep_in: Rep | Sequence[Rep] | None = None,
    *,
    inputs: Sequence[Tensor] | None = None,
    shape: Sequence[int] = (4,),
    dtype: torch.dtype = torch.float32,
    tolerance: float = 1e-4,
    backend: str = "inductor",
    gradients: bool = True,
    seed: int = 0,
) -> None:
    """Assert that torch.compile(fullgraph=True) of a module gives its values and gradients.

    Parameters
    ----------
    module:
        In any mode; its parameters' dtype must be `dtype`.
    rep_in, inputs, shape, seed:
        The representations of its inputs (by default those it declares), from which standard normal features
        [*shape, rep.dim] are drawn; or the inputs themselves.
    backend:
        Of torch.compile: "inductor" compiles, "aot_eager" only traces, in a fraction of the time.
    gradients:
        Whether gradients with respect to inputs and parameters are compared as well.

    Raises AssertionError that says what differs; errors of the compiler pass.
    """
    given = list(inputs) if inputs is not None else sample_inputs(declared_inputs(module, rep_in), shape, dtype, seed)
    torch.compiler.reset()
    compiled = torch.compile(module, fullgraph=True, backend=backend)
    expected, found = _evaluate(module, given, gradients), _evaluate(compiled, given, gradients)
    _compare(module, "torch.compile", expected, found, tolerance)


def assert_exports(
    module: nn.Module,
    rep_in: Rep | Sequence[Rep] | None = None,
    *,
    inputs: Sequence[Tensor] | None = None,
    shape: Sequence[int] = (4,),
    dtype: torch.dtype = torch.float32,
    tolerance: float = 1e-5,
    dynamic: bool = True,
    seed: int = 0,
) -> torch.export.ExportedProgram:
    """Assert that torch.export captures a module; the program is returned.

    The arguments are those of `assert_compiles`. With `dynamic` the first axis has any size, and the program is tried
    on a batch of another one. Raises AssertionError that says what differs; errors of torch.export pass.
    """
    reps = None if inputs is not None else declared_inputs(module, rep_in)
    given = list(inputs) if inputs is not None else sample_inputs(reps or [], shape, dtype, seed)
    shapes: tuple[Any, ...] | None = None
    if dynamic:
        batch = torch.export.Dim("batch", min=2)
        shapes = tuple({0: batch} for _ in given)
    program = torch.export.export(module, tuple(given), dynamic_shapes=(shapes,) if _is_variadic(module) else shapes)
    trials = [given]
    if dynamic:
        trials.append([torch.cat([x, x.flip(0)]) for x in given])
    for trial in trials:
        _compare(
            module,
            "torch.export",
            _evaluate(module, trial, False),
            _evaluate(program.module(), trial, False),
            tolerance,
        )
    return program


def _is_variadic(module: nn.Module) -> bool:
    from inspect import Parameter, signature

    return any(p.kind is Parameter.VAR_POSITIONAL for p in signature(module.forward).parameters.values())


def _evaluate(module: Any, inputs: Sequence[Tensor], gradients: bool) -> dict[str, Tensor]:
    """The output and the gradients of a fixed weighted sum of it, by name."""
    own = [x.detach().clone().requires_grad_(gradients and x.is_floating_point()) for x in inputs]
    with torch.set_grad_enabled(gradients):
        y: Tensor = module(*own)
    found = {"the output": y.detach()}
    if not gradients:
        return found
    weights = torch.cos(torch.arange(y.numel(), dtype=torch.float64)).to(y).reshape(y.shape)
    named = {f"the gradient of input {i}": x for i, x in enumerate(own) if x.requires_grad}
    parameters = {n.removeprefix("_orig_mod."): p for n, p in module.named_parameters() if p.requires_grad}
    named |= {f"the gradient of {name}": p for name, p in parameters.items()}
    grads = torch.autograd.grad((weights * y).sum(), list(named.values()), allow_unused=True)
    return found | {name: g for name, g in zip(named, grads, strict=True) if g is not None}


def _compare(
    module: nn.Module, how: str, expected: dict[str, Tensor], found: dict[str, Tensor], tolerance: float
) -> None:
    for name, value in expected.items():
        other = found.get(name)
        if other is None or other.shape != value.shape:
            shape = None if other is None else tuple(other.shape)
            raise AssertionError(f"{how} of {type(module).__name__}: {name} is {shape}, not {tuple(value.shape)}")
        if not value.numel():
            continue
        scale = max(float(value.double().abs().max()), 1.0)
        error = float((other.double() - value.double()).abs().max()) / scale
        if not error <= tolerance:
            raise AssertionError(
                f"{how} of {type(module).__name__} changes {name}: by {error:.1e} of its size, allowed {tolerance:.0e}"
            )
