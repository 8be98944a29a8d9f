"""16 numbers side by side as a type of compiled code, which computes with them as with single ones.

Where a loop over lanes leaves it to the compiler to find vector instructions, these are vectors from the
start: two AVX-512 registers of float64 or one of float32, and as many narrower ones on other processors.
Operators take a vector and a vector, or a vector and a number for all lanes.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_model

from .lanes import LANES

ALL_LANES = (1 << LANES) - 1
"""A mask with a bit for each lane."""

# Contraction to fused products keeps the vectors full; inputs are finite.
_FLAGS = ("nnan", "ninf", "nsz", "contract")


class Lanes(types.Type):
    """The type of 16 numbers, float32 or float64."""

    def __init__(self, dtype: types.Float) -> None:
        super().__init__(name=f"Lanes({dtype})")
        self.dtype = dtype


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Lanes) -> None:
        super().__init__(manager, kind, _vector(kind))


def _vector(kind: Lanes) -> ir.VectorType:
    return ir.VectorType(ir.DoubleType() if kind.dtype == types.float64 else ir.FloatType(), LANES)


def _compiled(function: Callable[..., Any]) -> Any:
    """An intrinsic of numba's: its callers do not pass the typing context."""
    return intrinsic(function)


@_compiled
def load(_, array, row):
    """Lanes of a row (16,) of a contiguous array (..., 16), whose leading axes count as one."""
    kind = Lanes(array.dtype)

    def lower(context, builder, signature, args):
        pointer = _row(context, builder, signature, args)
        return builder.load(pointer, align=kind.dtype.bitwidth // 8, typ=_vector(kind))

    return kind(array, types.intp), lower


@_compiled
def store(_, array, row, lanes):
    """Write lanes to a row (16,) of a contiguous array (..., 16), whose leading axes count as one."""

    def lower(context, builder, signature, args):
        pointer = _row(context, builder, signature, args)
        builder.store(args[2], pointer, align=lanes.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.none(array, types.intp, Lanes(array.dtype)), lower


def _row(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Pointer to a row of an array."""
    array = signature.args[0]
    data = context.make_array(array)(context, builder, args[0]).data
    first = builder.mul(args[1], ir.Constant(args[1].type, LANES))
    start = builder.gep(data, [first], source_etype=context.get_data_type(array.dtype))
    return builder.bitcast(start, _vector(Lanes(array.dtype)).as_pointer())


@_compiled
def single(_, lanes):
    """Lanes rounded to float32."""

    def lower(_, builder, __, args):
        return builder.fptrunc(args[0], _vector(Lanes(types.float32)))

    return Lanes(types.float32)(lanes), lower


@_compiled
def below_zero(_, lanes):
    """A mask as an integer: bit w is set where lane w is negative."""

    def lower(_, builder, __, args):
        is_below = builder.fcmp_ordered("<", args[0], ir.Constant(args[0].type, [0.0] * LANES))
        return builder.zext(builder.bitcast(is_below, ir.IntType(LANES)), ir.IntType(64))

    return types.int64(lanes), lower


def _of_one(name: str) -> Any:
    """What LLVM computes from each lane."""

    @_compiled
    def compute(_, lanes):
        def lower(_, builder, __, args):
            vector = args[0].type
            width = f"v{LANES}f{lanes.dtype.bitwidth}"
            kind = ir.FunctionType(vector, [vector])
            function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.{width}")
            return builder.call(function, args)

        return lanes(lanes), lower

    return compute


magnitude, root, floor, nearest_integer = _of_one("fabs"), _of_one("sqrt"), _of_one("floor"), _of_one("rint")


def _of_all(name: str) -> Any:
    """One number that LLVM computes from all lanes."""

    @_compiled
    def compute(_, lanes):
        def lower(_, builder, __, args):
            number, vector = args[0].type.element, args[0].type
            width = f"v{LANES}f{lanes.dtype.bitwidth}"
            kind = ir.FunctionType(number, [vector])
            name_of_width = f"llvm.vector.reduce.{name}.{width}"
            function = cgutils.get_or_insert_function(builder.module, kind, name_of_width)
            return builder.call(function, args, fastmath=_FLAGS)

        return lanes.dtype(lanes), lower

    return compute


least, greatest = _of_all("fmin"), _of_all("fmax")


def _of_two(combine: Callable[[Any, Any, Any], Any]) -> Any:
    """What a builder combines from two lanes, one of which may be a number."""

    @_compiled
    def compute(_, a, b):
        kind = a if isinstance(a, Lanes) else b

        def lower(context, builder, signature, args):
            given = zip(signature.args, args, strict=True)
            first, second = (_spread(context, builder, own, value, kind) for own, value in given)
            return combine(builder, first, second)

        return kind(a, b), lower

    return compute


def _spread(context: Any, builder: Any, given: types.Type, value: Any, kind: Lanes) -> Any:
    """Lanes as they are, or a number in all of them."""
    if isinstance(given, Lanes):
        return value
    number = context.cast(builder, value, given, kind.dtype)
    undefined = ir.Constant(_vector(kind), ir.Undefined)
    index = ir.IntType(32)
    first = builder.insert_element(undefined, number, ir.Constant(index, 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(index, LANES), [0] * LANES))


greater = _of_two(lambda builder, a, b: builder.select(builder.fcmp_ordered(">", a, b, flags=_FLAGS), a, b))
lesser = _of_two(lambda builder, a, b: builder.select(builder.fcmp_ordered("<", a, b, flags=_FLAGS), a, b))
_add = _of_two(lambda builder, a, b: builder.fadd(a, b, flags=_FLAGS))
_subtract = _of_two(lambda builder, a, b: builder.fsub(a, b, flags=_FLAGS))
_multiply = _of_two(lambda builder, a, b: builder.fmul(a, b, flags=_FLAGS))


@_compiled
def chosen(_, a, b, x, y):
    """Lanes of x where a is less than b, of y elsewhere; x may be a number."""

    def lower(context, builder, signature, args):
        is_less = builder.fcmp_ordered("<", args[0], args[1], flags=_FLAGS)
        return builder.select(is_less, _spread(context, builder, signature.args[2], args[2], y), args[3])

    return y(a, b, x, y), lower


def _is_lanes(a: types.Type, b: types.Type) -> bool:
    return isinstance(a, Lanes) or isinstance(b, Lanes)


@overload(operator.add)
def _overload_add(a, b):
    if _is_lanes(a, b):
        return lambda a, b: _add(a, b)
    return None


@overload(operator.sub)
def _overload_sub(a, b):
    if _is_lanes(a, b):
        return lambda a, b: _subtract(a, b)
    return None


@overload(operator.mul)
def _overload_mul(a, b):
    if _is_lanes(a, b):
        return lambda a, b: _multiply(a, b)
    return None
