"""What op_db.py leaves alone, and what differs there for a reason."""

import re

# Sparse, of other types, made of other functions in Python by PyTorch's modules of that name, or without
# weights before the first input.
LEFT_ALONE = (
    r"sparse\.|to_sparse|(bfloat16|double|half)$|masked\.|signal\.|torch\.|jiterator|fft\.|nn\.Lazy"
)

# What draws its own numbers: shapes and dtypes are compared.
RANDOM = {
    "bernoulli", "cauchy", "exponential", "geometric", "log_normal", "multinomial", "normal", "uniform",
    "rand_like", "randint", "randint_like", "randn", "randn_like",
    "empty", "empty_like", "empty_permuted", "empty_strided", "new_empty", "new_empty_strided",
    "nn.functional.dropout", "nn.functional.dropout2d", "nn.functional.dropout3d",
    "nn.functional.alpha_dropout", "nn.functional.feature_alpha_dropout", "nn.functional.rrelu",
    "nn.functional.gumbel_softmax", "nn.functional.fractional_max_pool2d", "nn.FractionalMaxPool2d",
}  # fmt: skip

# Of equal elements these may name any, unless they are to be stable: compared is what they name. The axis is
# the argument of this number after the tensor.
NAME_ANY = {"argsort": 0, "kthvalue": 1, "mode": 0, "sort": 0, "topk": 1}

_F = r"nn\.functional\."
_REQUIRES = r"requires_grad \(.*False\), PyTorch .*True\)"
# Patterns of an operation and of stage and text, and the reason.
EXPLAINED = [
    (
        rf"{_F}(conv.*|linear|bilinear|(avg|max)_pool.*|local_response_norm|pairwise_distance"
        "|triplet.*|cosine_embedding_loss)",
        "must be floats, found (int64|bool):",
        "layers compute in floats",
    ),
    (rf"{_F}grid_sample|{_F}interpolate", "volumes|no mode .area. for", "pictures have two axes"),
    (r"nn\..*", "weights must be finite and not negative", "negative weights are refused"),
    (rf"{_F}(group|layer)_norm", "eps must be positive", "a negative eps is refused"),
    ("normal|bernoulli", _REQUIRES, "what is drawn has no gradient"),
    ("nextafter", f"{_REQUIRES}|backward", "PyTorch refuses its gradient, or leaves it out"),
    (
        r"linalg\.(matrix_power|slogdet)",
        _REQUIRES,
        "what does not depend on a tensor requires no gradient",
    ),
    (
        "as_strided_scatter",
        "backward",
        "PyTorch's gradient passes through what has been written over",
    ),
    (
        r"nn\.functional\.silu",
        "PyTorch .*nan",
        "the exact value at -inf, where PyTorch multiplies inf by 0",
    ),
    (
        "__rsub__",
        "NotImplementedType",
        "PyTorch's method of a tensor is called with a number before it",
    ),
    ("norm", "linalg.matrix_norm has 'nuc'", "the sum of singular values is linalg.matrix_norm's"),
]


def explanation(name, stage, text):
    """Why something is off, or None."""
    for operation, pattern, reason in EXPLAINED:
        if re.fullmatch(operation, name) and re.search(pattern, f"{stage}: {text}"):
            return reason
    return None
