"""Bridges to other libraries' weights and data types."""
