"""Kernels of our own: C++ sources and the code that compiles and calls them."""
