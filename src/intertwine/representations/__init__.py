"""Irreps, representations, Clebsch–Gordan maps, intertwiners, branching and harmonics. numpy and scipy only."""
