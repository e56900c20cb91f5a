"""Posteriors and what can be said of them: sampling with its gate, the mode, pooling, the 90 % interval."""

from helpers.inference.linker import mend

mend()  # before anything imports PyTensor
