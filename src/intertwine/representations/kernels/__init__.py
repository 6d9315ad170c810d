"""Steerable kernels: K(g x) = ρ_out(g) K(x) ρ_in(g)⁻¹ on the points of a grid.

A `FunctionSpace` is a set of scalar functions on those points that the group mixes among themselves: harmonics times a
radial profile, or the points of a stencil that the group permutes. Kernels are Hom_G(functions ⊗ ρ_in, ρ_out).
"""
