"""Fitting, batched ensembles of instances, hyper-parameter search."""
