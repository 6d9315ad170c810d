"""What a network is worth: errors, transfer, equivariance error, learning curves."""
