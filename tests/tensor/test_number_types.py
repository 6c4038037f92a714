"""What a tensor and a number make depends on their types alone, on every NumPy."""

import operator

import numpy as np
import pytest

from lanegrad import tensor

SHAPES = [(), (1,), (1, 1), (3,), (0,)]


def full(shape, value, dtype):
    return tensor(np.full(shape, value, dtype))


@pytest.mark.parametrize("shape", SHAPES)
def test_floats_are_compared_as_float32(shape):
    x = full(shape, 0.1, np.float32)
    for op, expected in ((operator.eq, True), (operator.lt, False), (operator.ge, True)):
        np.testing.assert_array_equal(op(x, 0.1), np.full(shape, expected))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("op", [operator.add, operator.sub, operator.mul, operator.truediv])
def test_a_float_is_rounded_before_it_is_computed_with(op, shape):
    x = full(shape, 1.7, np.float32)
    expected = op(np.full(shape, 1.7, np.float32), np.full(shape, 0.1, np.float32))
    np.testing.assert_array_equal(op(x, 0.1), expected)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("single", [(1,), (1, 1)])
@pytest.mark.parametrize("op", [operator.add, operator.sub, operator.mul])
def test_the_wider_type_wins_however_many_numbers_have_it(op, single, shape):
    few, many = full(single, 200, np.int64), full(shape, 100, np.uint8)
    for y in (op(few, many), op(many, few)):
        assert y.dtype == np.int64
    np.testing.assert_array_equal(op(few, many), np.full(op(few, many).shape, op(200, 100)))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_python_integer_takes_the_type_of_the_tensor(shape):
    for dtype in (np.uint8, np.int32, np.int64, np.float32):
        assert (full(shape, 3, dtype) + 4).dtype == dtype
    assert (full(shape, True, bool) + 4).dtype == np.int64
    assert (full(shape, 3, np.int64) * 0.5).dtype == np.float32


@pytest.mark.parametrize("shape", SHAPES)
def test_integers_that_no_element_can_be_are_compared(shape):
    x = full(shape, 3, np.uint8)
    np.testing.assert_array_equal(x < 300, np.full(shape, True))
    np.testing.assert_array_equal(x == -1, np.full(shape, False))


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_the_gradient_of_one_element_keeps_its_shape(shape):
    x = tensor(np.full(shape, 1.7, np.float32), requires_grad=True)
    (1 / x + x**2 + 0.3**x).sum().backward()
    assert x.grad.shape == shape
