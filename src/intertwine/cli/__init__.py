"""The intertwine command."""
