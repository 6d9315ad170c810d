"""The symmetry itself: Cartan matrices, real forms, finite groups, products, elements. numpy and scipy only."""
