"""Irreps of finite groups: characters, matrices, names; Young's orthogonal form for the symmetric groups."""
