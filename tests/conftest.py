"""Shared test set-up: shape checks on, sample data by environment variable only."""
