"""A twin of minlen's net in PyTorch: see `model`, `train`."""
