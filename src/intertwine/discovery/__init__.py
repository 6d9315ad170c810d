"""Finding a symmetry in data."""
