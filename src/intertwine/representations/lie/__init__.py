"""Irreps of connected semisimple Lie groups and their real forms: weights, labels, matrices, Clebsch–Gordan maps."""
