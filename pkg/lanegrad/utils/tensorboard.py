"""PyTorch's way to write for TensorBoard, which lanegrad has not: the errors say what to use."""
