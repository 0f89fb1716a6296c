"""The arrays every statistic takes, and the refusal of those it cannot take."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]

SINGLE_ROUNDING = 1e-6
"""How far a probability computed in single precision may lie outside [0, 1]."""


def as_floats(values: npt.ArrayLike, name: str) -> Floats:
    """Return `values` as a one-dimensional float64 array; `None` becomes NaN.

    Parameters
    ----------
    values : array_like
        Anything NumPy can turn into numbers.
    name : str
        What to call it in a message.

    Raises
    ------
    ValueError
        If it has more or fewer than one dimension, or holds something that is no number.

    Examples
    --------
    >>> as_floats([1, None, 3], "values")
    array([ 1., nan,  3.])
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"`{name}` must have one dimension; it has {array.ndim} (shape {array.shape})")
    return array


def as_scores(values: npt.ArrayLike, name: str) -> Floats:
    """Return `values` as a one-dimensional float64 array without NaN.

    Raises
    ------
    ValueError
        If a value is NaN: a row without a score cannot be ranked. Infinite scores can, and pass.
    """
    array = as_floats(values, name)
    n_nan = int(np.isnan(array).sum())
    if n_nan:
        raise ValueError(f"`{name}` holds {n_nan} NaN among {array.size} values; a NaN cannot be ranked")
    return array


def as_counts(counts: npt.ArrayLike, name: str) -> Floats:
    """Return `counts` as a one-dimensional float64 array of finite values, none below zero.

    Floats, because rows may carry weights.

    Raises
    ------
    ValueError
        If a count is negative, NaN or infinite.
    """
    array = as_floats(counts, name)
    wrong = ~(np.isfinite(array) & (array >= 0))
    if wrong.any():
        raise ValueError(f"`{name}` must hold counts of 0 or more; it holds {array[wrong][0]}")
    return array


def as_flags(target: npt.ArrayLike, name: str) -> Bools:
    """Return a 0/1 (or boolean) target as booleans.

    Raises
    ------
    ValueError
        If a value is neither 0 nor 1.

    Examples
    --------
    >>> as_flags([0, 1, 1.0, True], "target")
    array([False,  True,  True,  True])
    """
    array = np.asarray(target)
    if array.dtype == np.bool_ and array.ndim == 1:
        return array
    numbers = as_floats(target, name)
    flags: Bools = numbers == 1
    wrong = ~flags & (numbers != 0)
    if wrong.any():
        raise ValueError(f"`{name}` must hold 0 and 1 only; it holds {numbers[wrong][0]}")
    return flags


def as_codes(codes: npt.ArrayLike, name: str, *, n_classes: int) -> Ints:
    """Return class codes as integers in 0 .. `n_classes` − 1.

    Raises
    ------
    ValueError
        If a code is not a whole number in that range.
    """
    numbers = as_floats(codes, name)
    wrong = ~((numbers >= 0) & (numbers < n_classes) & (numbers == np.floor(numbers)))
    if wrong.any():
        raise ValueError(f"`{name}` must hold codes 0 .. {n_classes - 1}; it holds {numbers[wrong][0]}")
    return numbers.astype(np.int64)


def as_probabilities(probabilities: npt.ArrayLike, name: str) -> Floats:
    """Return one probability per row and class: shape (n_rows, n_classes).

    A one-dimensional array is the probability of class 1 of two. What lies outside [0, 1] by no more than the
    rounding of single precision (1e-6) is put on the border: exported models answer 1.0000001.

    Raises
    ------
    ValueError
        If a value is NaN or further outside [0, 1], or if there are more than two dimensions.

    Examples
    --------
    >>> as_probabilities([0.25, 1.0], "probabilities")
    array([[0.75, 0.25],
           [0.  , 1.  ]])
    """
    array = np.asarray(probabilities, dtype=np.float64)
    if array.ndim == 1:
        array = np.column_stack([1 - array, array])
    if array.ndim != 2:
        raise ValueError(f"`{name}` must have one or two dimensions; it has {array.ndim}")
    wrong = ~((array >= -SINGLE_ROUNDING) & (array <= 1 + SINGLE_ROUNDING))
    if wrong.any():
        raise ValueError(f"`{name}` must lie in [0, 1]; it holds {array[wrong][0]}")
    return np.clip(array, 0.0, 1.0)


def check_same_length(**arrays: npt.NDArray[np.generic]) -> None:
    """Raise ValueError, naming each length, unless all arrays have as many rows."""
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"`{name}` has {length:,}" for name, length in lengths.items())
        raise ValueError(f"arrays must describe the same rows: {told}")
