"""Where the data live: lattices, neighbour search, spheres. Arrays in, arrays out."""
