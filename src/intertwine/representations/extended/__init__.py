"""Irreps of Lie groups with reflections: O(n), the Lorentz group with parity and time reversal."""
