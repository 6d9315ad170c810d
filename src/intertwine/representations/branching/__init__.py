"""Restriction to a subgroup: the catalogue of embeddings, branching rules and the matrices of the decomposition."""
