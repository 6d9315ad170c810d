"""Images: readers of MNIST, of the published rotated MNIST and of plain stacks; rotated digits made from MNIST."""

from intertwine.physics.images.amat_file import read_amat
from intertwine.physics.images.download import ROTATED_MNIST, fetch_images
from intertwine.physics.images.idx_file import read_idx
from intertwine.physics.images.image_set import ImageSet
from intertwine.physics.images.image_stack import read_stack
from intertwine.physics.images.mnist import mnist_folder, read_mnist
from intertwine.physics.images.rotated_digits import RotatedDigits, rotated_digits
from intertwine.physics.images.rotation import rotate_images
from intertwine.physics.images.solids import SOLIDS, solids

__all__ = [
    "ROTATED_MNIST",
    "SOLIDS",
    "ImageSet",
    "RotatedDigits",
    "fetch_images",
    "mnist_folder",
    "read_amat",
    "read_idx",
    "read_mnist",
    "read_stack",
    "rotate_images",
    "rotated_digits",
    "solids",
]
