"""The operations of tensors as methods: the functions of the top level, and Python's operators."""

from __future__ import annotations

from typing import Any

from .. import _core
from .._core import operators as both
from . import (
    choice,
    comparison,
    counting,
    division,
    extremes,
    facts,
    functions,
    linear_systems,
    middle,
    new_like,
    operators,
    parts,
    product_sums,
    products,
    rearranging,
    reduction,
    sampling,
    scan,
    scattering,
    selecting,
    softmaxes,
    sorting,
    spread,
    statistics,
    unary,
    views,
    written,
)

__all__ = ["Operations"]


class Operations(_core.BaseTensor):
    """What `Tensor` has of operations whose result is another tensor."""

    __slots__ = ()

    # fmt: off
    add = operators.add
    float_power = operators.float_power
    mul = operators.mul
    multiply = operators.multiply
    neg = operators.neg
    negative = operators.negative
    positive = operators.positive
    pow = operators.pow
    square = operators.square
    sub = operators.sub
    subtract = operators.subtract

    div = division.div
    divide = division.div
    floor_divide = division.floor_divide
    fmod = division.fmod
    remainder = division.remainder
    true_divide = division.div

    abs = unary.abs
    absolute = unary.absolute
    acos = unary.acos
    acosh = unary.acosh
    arccos = unary.arccos
    arccosh = unary.arccosh
    arcsin = unary.arcsin
    arcsinh = unary.arcsinh
    arctan = unary.arctan
    arctanh = unary.arctanh
    asin = unary.asin
    asinh = unary.asinh
    atan = unary.atan
    atanh = unary.atanh
    bitwise_not = unary.bitwise_not
    ceil = unary.ceil
    cos = unary.cos
    cosh = unary.cosh
    deg2rad = unary.deg2rad
    digamma = unary.digamma
    erf = unary.erf
    erfc = unary.erfc
    erfinv = unary.erfinv
    exp = unary.exp
    exp2 = unary.exp2
    expm1 = unary.expm1
    fix = unary.fix
    floor = unary.floor
    frac = unary.frac
    isfinite = unary.isfinite
    isinf = unary.isinf
    isnan = unary.isnan
    isneginf = unary.isneginf
    isposinf = unary.isposinf
    isreal = unary.isreal
    lgamma = unary.lgamma
    log = unary.log
    log10 = unary.log10
    log1p = unary.log1p
    log2 = unary.log2
    logical_not = unary.logical_not
    rad2deg = unary.rad2deg
    reciprocal = unary.reciprocal
    round = unary.round
    rsqrt = unary.rsqrt
    sgn = unary.sgn
    sigmoid = unary.sigmoid
    sign = unary.sign
    signbit = unary.signbit
    sin = unary.sin
    sinc = unary.sinc
    sinh = unary.sinh
    sqrt = unary.sqrt
    tan = unary.tan
    tanh = unary.tanh
    trunc = unary.trunc

    clamp = choice.clamp
    clamp_max = choice.clamp_max
    clamp_min = choice.clamp_min
    clip = choice.clamp
    fmax = choice.fmax
    fmin = choice.fmin
    heaviside = choice.heaviside
    masked_fill = choice.masked_fill
    maximum = choice.maximum
    minimum = choice.minimum
    nan_to_num = choice.nan_to_num
    relu = choice.relu

    allclose = comparison.allclose
    bitwise_and = comparison.bitwise_and
    bitwise_left_shift = comparison.bitwise_left_shift
    bitwise_or = comparison.bitwise_or
    bitwise_right_shift = comparison.bitwise_right_shift
    bitwise_xor = comparison.bitwise_xor
    eq = comparison.eq
    equal = comparison.equal
    gcd = comparison.gcd
    ge = comparison.ge
    greater = comparison.greater
    greater_equal = comparison.greater_equal
    gt = comparison.gt
    isclose = comparison.isclose
    lcm = comparison.lcm
    le = comparison.le
    less = comparison.less
    less_equal = comparison.less_equal
    logical_and = comparison.logical_and
    logical_or = comparison.logical_or
    logical_xor = comparison.logical_xor
    lt = comparison.lt
    ne = comparison.ne
    not_equal = comparison.not_equal

    addcdiv = functions.addcdiv
    addcmul = functions.addcmul
    arctan2 = functions.arctan2
    atan2 = functions.atan2
    copysign = functions.copysign
    hypot = functions.hypot
    ldexp = functions.ldexp
    lerp = functions.lerp
    logaddexp = functions.logaddexp
    logaddexp2 = functions.logaddexp2
    logit = functions.logit
    nextafter = functions.nextafter
    xlogy = functions.xlogy

    all = reduction.all
    any = reduction.any
    count_nonzero = reduction.count_nonzero
    logsumexp = reduction.logsumexp
    mean = reduction.mean
    nanmean = reduction.nanmean
    nansum = reduction.nansum
    prod = reduction.prod
    sum = reduction.sum
    sum_to_size = reduction.sum_to_size

    amax = extremes.amax
    amin = extremes.amin
    aminmax = extremes.aminmax
    argmax = extremes.argmax
    argmin = extremes.argmin
    max = extremes.max
    min = extremes.min

    dist = spread.dist
    norm = spread.norm
    std = spread.std
    var = spread.var

    cummax = scan.cummax
    cummin = scan.cummin
    cumprod = scan.cumprod
    cumsum = scan.cumsum
    diff = scan.diff
    logcumsumexp = scan.logcumsumexp

    median = middle.median
    mode = middle.mode
    nanmedian = middle.nanmedian
    nanquantile = middle.nanquantile
    quantile = middle.quantile

    argsort = sorting.argsort
    kthvalue = sorting.kthvalue
    msort = sorting.msort
    sort = sorting.sort
    topk = sorting.topk

    bincount = counting.bincount
    histc = counting.histc
    unique = counting.unique
    unique_consecutive = counting.unique_consecutive

    argwhere = selecting.argwhere
    gather = selecting.gather
    index_select = selecting.index_select
    masked_select = selecting.masked_select
    nonzero = selecting.nonzero
    take = selecting.take
    take_along_dim = selecting.take_along_dim

    index_add = scattering.index_add
    index_copy = scattering.index_copy
    index_fill = scattering.index_fill
    index_put = scattering.index_put
    masked_scatter = scattering.masked_scatter
    scatter = scattering.scatter
    scatter_add = scattering.scatter_add
    scatter_reduce = scattering.scatter_reduce

    as_strided_scatter = written.as_strided_scatter
    diagonal_scatter = written.diagonal_scatter
    index_reduce = written.index_reduce
    put = written.put
    select_scatter = written.select_scatter
    slice_scatter = written.slice_scatter

    corrcoef = statistics.corrcoef
    cov = statistics.cov
    frexp = statistics.frexp
    histogram = statistics.histogram
    renorm = statistics.renorm

    get_device = facts.get_device
    is_nonzero = facts.is_nonzero
    is_same_size = facts.is_same_size

    diag = rearranging.diag
    diag_embed = rearranging.diag_embed
    diagflat = rearranging.diagflat
    flip = rearranging.flip
    fliplr = rearranging.fliplr
    flipud = rearranging.flipud
    repeat = rearranging.repeat
    repeat_interleave = rearranging.repeat_interleave
    roll = rearranging.roll
    rot90 = rearranging.rot90
    tile = rearranging.tile
    trace = rearranging.trace
    tril = rearranging.tril
    triu = rearranging.triu

    log_softmax = softmaxes.log_softmax
    softmax = softmaxes.softmax

    bmm = products.bmm
    dot = products.dot
    ger = products.outer
    matmul = products.matmul
    mm = products.mm
    mv = products.mv
    outer = products.outer
    vdot = products.vdot

    addbmm = product_sums.addbmm
    addmm = product_sums.addmm
    addmv = product_sums.addmv
    addr = product_sums.addr
    baddbmm = product_sums.baddbmm
    cross = product_sums.cross
    inner = product_sums.inner
    kron = product_sums.kron
    matrix_power = product_sums.matrix_power

    det = linear_systems.det
    inverse = linear_systems.inverse
    logdet = linear_systems.logdet
    slogdet = linear_systems.slogdet

    bernoulli = sampling.bernoulli
    multinomial = sampling.multinomial

    new_empty = new_like.new_empty
    new_full = new_like.new_full
    new_ones = new_like.new_ones
    new_tensor = new_like.new_tensor
    new_zeros = new_like.new_zeros

    as_strided = parts.as_strided
    detach = views.detach
    expand = views.expand
    expand_as = views.expand_as
    flatten = views.flatten
    moveaxis = views.movedim
    movedim = views.movedim
    permute = views.permute
    ravel = views.ravel
    reshape = views.reshape
    reshape_as = views.reshape_as
    squeeze = views.squeeze
    swapaxes = views.swapaxes
    swapdims = views.transpose
    t = views.t
    transpose = views.transpose
    unflatten = views.unflatten
    unsqueeze = views.unsqueeze
    view = views.view
    view_as = views.view_as

    chunk = parts.chunk
    diagonal = parts.diagonal
    dsplit = parts.dsplit
    hsplit = parts.hsplit
    narrow = parts.narrow
    select = parts.select
    split_with_sizes = parts.split_with_sizes
    tensor_split = parts.tensor_split
    unbind = parts.unbind
    unfold = parts.unfold
    vsplit = parts.vsplit

    __add__, __radd__ = both(operators.add, operators.ADD)
    __sub__, __rsub__ = both(operators.sub, operators.SUB)
    __mul__, __rmul__ = both(operators.mul, operators.MUL)
    __truediv__, __rtruediv__ = both(division.div, division.DIV)
    __floordiv__, __rfloordiv__ = both(division.floor_divide)
    __mod__, __rmod__ = both(division.remainder)
    __pow__, __rpow__ = both(operators.pow)
    __matmul__, __rmatmul__ = both(products.matmul)
    __neg__ = operators.neg
    __pos__ = operators.positive
    __abs__ = unary.abs
    __invert__ = comparison.invert
    __and__, __rand__ = both(comparison.bitwise_and)
    __or__, __ror__ = both(comparison.bitwise_or)
    __xor__, __rxor__ = both(comparison.bitwise_xor)
    __lshift__, __rlshift__ = both(comparison.bitwise_left_shift)
    __rshift__, __rrshift__ = both(comparison.bitwise_right_shift)
    __eq__: Any = comparison.equality(comparison.eq)
    __ne__: Any = comparison.equality(comparison.ne)
    __lt__: Any = both(comparison.lt)[0]
    __le__: Any = both(comparison.le)[0]
    __gt__: Any = both(comparison.gt)[0]
    __ge__: Any = both(comparison.ge)[0]
    __hash__ = object.__hash__
    # fmt: on

    def broadcast_to(self, *size: Any) -> Any:
        """As `expand`.

        Examples
        --------
        >>> import lanegrad
        >>> lanegrad.ones(1, 3).broadcast_to(2, 3).shape
        (2, 3)
        """
        return views.expand(self, *size)  # type: ignore[arg-type]

    def split(self, split_size: Any, dim: int = 0) -> Any:
        """As `lanegrad.split`: pieces of a size, or of several sizes, along an axis.

        Examples
        --------
        >>> import lanegrad
        >>> lanegrad.arange(3).split(2)
        (tensor([0, 1]), tensor([2]))
        """
        return parts.split(self, split_size, dim)  # type: ignore[arg-type]

    def where(self, condition: Any, other: Any) -> Any:
        """This tensor's elements where a condition holds, else those of another.

        Examples
        --------
        >>> import lanegrad
        >>> x = lanegrad.tensor([1.0, -2.0])
        >>> x.where(x > 0, 0.0)
        tensor([1., 0.])
        """
        return choice.where(condition, self, other)  # type: ignore[arg-type]
