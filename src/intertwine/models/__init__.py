"""Published architectures, one file each, built from nn."""
