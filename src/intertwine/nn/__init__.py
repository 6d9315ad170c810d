"""Equivariant torch layers, one idea a file."""
