"""One module for each framework. Each is imported in a process of its own, so it imports its
framework at the top; where that fails the framework counts as missing.

A module says what it runs (``describe``), sets its threads (``set_threads``), and has functions that
return a call to time: ``forward`` and ``forward_backward`` for the loss, ``variant`` for the loss
with an option, ``train``, ``infer`` and ``epoch`` for a network: the loss of a training step, the
logits, the mean loss of an epoch; ``operation`` for a row of tensor_ops.py, ``train_written`` for a part
of a network that is written by hand. One that raises NotImplementedError has no such call.
"""

# Module and title; the first is the one that the others are compared with.
FRAMEWORKS = {
    "lanegrad": "lanegrad",
    "numpy_scipy": "NumPy + SciPy",
    "pytorch": "PyTorch eager",
    "pytorch_channels_last": "PyTorch channels_last",
    "pytorch_compiled": "PyTorch compiled",
    "jax": "JAX",
    "tensorflow": "TensorFlow",
    "onnxruntime": "onnxruntime",
}
SUBJECT, *OTHERS = FRAMEWORKS
