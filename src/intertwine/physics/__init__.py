"""Simulators and readers of real data, one sub-folder a system."""
