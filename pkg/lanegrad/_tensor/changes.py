"""The operations of tensors that write their result over the tensor, as methods and as Python's operators."""

from __future__ import annotations

from .. import _core
from . import (
    choice,
    comparison,
    distributions,
    division,
    forms,
    functions,
    in_place,
    operators,
    product_sums,
    rearranging,
    resizing,
    scan,
    scattering,
    statistics,
    unary,
    written,
)
from .in_place import changed, filled_by, operator

__all__ = ["Changes"]


class Changes(_core.BaseTensor):
    """What `Tensor` has of operations in place: they write, as PyTorch's do, and give the tensor itself."""

    __slots__ = ()

    # fmt: off
    copy_ = in_place.copy_
    fill_ = in_place.fill_
    zero_ = in_place.zero_
    detach_ = in_place.detach_
    fill_diagonal_ = in_place.fill_diagonal_
    resize_ = resizing.resize_
    resize_as_ = resizing.resize_as_

    as_strided_ = forms.as_strided_
    squeeze_ = forms.squeeze_
    swapaxes_ = forms.swapaxes_
    swapdims_ = forms.transpose_
    t_ = forms.t_
    transpose_ = forms.transpose_
    unsqueeze_ = forms.unsqueeze_

    abs_ = changed(unary.abs)
    absolute_ = changed(unary.absolute)
    acos_ = changed(unary.acos)
    acosh_ = changed(unary.acosh)
    add_ = changed(operators.add)
    addbmm_ = changed(product_sums.addbmm)
    addcdiv_ = changed(functions.addcdiv)
    addcmul_ = changed(functions.addcmul)
    addmm_ = changed(product_sums.addmm)
    addmv_ = changed(product_sums.addmv)
    addr_ = changed(product_sums.addr)
    arccos_ = changed(unary.arccos)
    arccosh_ = changed(unary.arccosh)
    arcsin_ = changed(unary.arcsin)
    arcsinh_ = changed(unary.arcsinh)
    arctan_ = changed(unary.arctan)
    arctan2_ = changed(functions.arctan2)
    arctanh_ = changed(unary.arctanh)
    asin_ = changed(unary.asin)
    asinh_ = changed(unary.asinh)
    atan_ = changed(unary.atan)
    atan2_ = changed(functions.atan2)
    atanh_ = changed(unary.atanh)
    baddbmm_ = changed(product_sums.baddbmm)
    bitwise_and_ = changed(comparison.bitwise_and)
    bitwise_left_shift_ = changed(comparison.bitwise_left_shift)
    bitwise_not_ = changed(unary.bitwise_not)
    bitwise_or_ = changed(comparison.bitwise_or)
    bitwise_right_shift_ = changed(comparison.bitwise_right_shift)
    bitwise_xor_ = changed(comparison.bitwise_xor)
    ceil_ = changed(unary.ceil)
    clamp_ = changed(choice.clamp)
    clamp_max_ = changed(choice.clamp_max)
    clamp_min_ = changed(choice.clamp_min)
    clip_ = changed(choice.clamp)
    copysign_ = changed(functions.copysign)
    cos_ = changed(unary.cos)
    cosh_ = changed(unary.cosh)
    cumprod_ = changed(scan.cumprod)
    cumsum_ = changed(scan.cumsum)
    deg2rad_ = changed(unary.deg2rad)
    digamma_ = changed(unary.digamma)
    div_ = changed(division.div)
    divide_ = changed(division.div)
    eq_ = changed(comparison.eq)
    erf_ = changed(unary.erf)
    erfc_ = changed(unary.erfc)
    erfinv_ = changed(unary.erfinv)
    exp_ = changed(unary.exp)
    exp2_ = changed(unary.exp2)
    expm1_ = changed(unary.expm1)
    fix_ = changed(unary.fix)
    float_power_ = changed(operators.float_power)
    floor_ = changed(unary.floor)
    floor_divide_ = changed(division.floor_divide)
    fmod_ = changed(division.fmod)
    frac_ = changed(unary.frac)
    gcd_ = changed(comparison.gcd)
    ge_ = changed(comparison.ge)
    greater_ = changed(comparison.greater)
    greater_equal_ = changed(comparison.greater_equal)
    gt_ = changed(comparison.gt)
    heaviside_ = changed(choice.heaviside)
    hypot_ = changed(functions.hypot)
    index_add_ = changed(scattering.index_add)
    index_copy_ = changed(scattering.index_copy)
    index_fill_ = changed(scattering.index_fill)
    index_put_ = changed(scattering.index_put)
    index_reduce_ = changed(written.index_reduce)
    lcm_ = changed(comparison.lcm)
    ldexp_ = changed(functions.ldexp)
    le_ = changed(comparison.le)
    lerp_ = changed(functions.lerp)
    less_ = changed(comparison.less)
    less_equal_ = changed(comparison.less_equal)
    lgamma_ = changed(unary.lgamma)
    log_ = changed(unary.log)
    log10_ = changed(unary.log10)
    log1p_ = changed(unary.log1p)
    log2_ = changed(unary.log2)
    logical_and_ = changed(comparison.logical_and)
    logical_not_ = changed(unary.logical_not)
    logical_or_ = changed(comparison.logical_or)
    logical_xor_ = changed(comparison.logical_xor)
    logit_ = changed(functions.logit)
    lt_ = changed(comparison.lt)
    masked_fill_ = changed(choice.masked_fill)
    masked_scatter_ = changed(scattering.masked_scatter)
    mul_ = changed(operators.mul)
    multiply_ = changed(operators.multiply)
    nan_to_num_ = changed(choice.nan_to_num)
    ne_ = changed(comparison.ne)
    neg_ = changed(operators.neg)
    negative_ = changed(operators.negative)
    nextafter_ = changed(functions.nextafter)
    not_equal_ = changed(comparison.not_equal)
    pow_ = changed(operators.pow)
    put_ = changed(written.put)
    rad2deg_ = changed(unary.rad2deg)
    reciprocal_ = changed(unary.reciprocal)
    relu_ = changed(choice.relu)
    remainder_ = changed(division.remainder)
    renorm_ = changed(statistics.renorm)
    round_ = changed(unary.round)
    rsqrt_ = changed(unary.rsqrt)
    scatter_ = changed(scattering.scatter)
    scatter_add_ = changed(scattering.scatter_add)
    scatter_reduce_ = changed(scattering.scatter_reduce)
    sgn_ = changed(unary.sgn)
    sigmoid_ = changed(unary.sigmoid)
    sign_ = changed(unary.sign)
    sin_ = changed(unary.sin)
    sinc_ = changed(unary.sinc)
    sinh_ = changed(unary.sinh)
    sqrt_ = changed(unary.sqrt)
    square_ = changed(operators.square)
    sub_ = changed(operators.sub)
    subtract_ = changed(operators.subtract)
    tan_ = changed(unary.tan)
    tanh_ = changed(unary.tanh)
    tril_ = changed(rearranging.tril)
    triu_ = changed(rearranging.triu)
    true_divide_ = changed(division.div)
    trunc_ = changed(unary.trunc)
    xlogy_ = changed(functions.xlogy)

    normal_ = filled_by(distributions.normal_values)
    uniform_ = filled_by(distributions.uniform_values)
    bernoulli_ = filled_by(distributions.bernoulli_values)
    exponential_ = filled_by(distributions.exponential_values)
    random_ = filled_by(distributions.random_values)
    geometric_ = filled_by(distributions.geometric_values)
    log_normal_ = filled_by(distributions.log_normal_values)
    cauchy_ = filled_by(distributions.cauchy_values)

    __iadd__ = operator(operators.add)
    __isub__ = operator(operators.sub)
    __imul__ = operator(operators.mul)
    __itruediv__ = operator(division.div)
    __ifloordiv__ = operator(division.floor_divide)
    __imod__ = operator(division.remainder)
    __ipow__ = operator(operators.pow)
    __iand__ = operator(comparison.bitwise_and)
    __ior__ = operator(comparison.bitwise_or)
    __ixor__ = operator(comparison.bitwise_xor)
    __ilshift__ = operator(comparison.bitwise_left_shift)
    __irshift__ = operator(comparison.bitwise_right_shift)
    # fmt: on
