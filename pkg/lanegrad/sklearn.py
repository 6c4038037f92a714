"""A classifier of pictures for scikit-learn's pipelines, searches and cross-validation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isqrt, prod
from typing import Any

import numpy as np

from . import models, nn
from ._tensor import Tensor, as_tensor
from .autograd import no_grad
from .nn import functional as F
from .optim import AdamW
from .random import fork_rng, manual_seed
from .train import Trainer, schedule
from .utils.data import DataLoader, TensorDataset

try:
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(
        f'lanegrad.sklearn needs scikit-learn 1.6 or later: pip install "lanegrad[sklearn]" ({error})'
    ) from error

__all__ = ["CNNClassifier"]

SMALLEST = 8  # side of the square that features are taken for; fewer are no pictures
EVALUATION_BATCH = 256


class CNNClassifier(ClassifierMixin, BaseEstimator):
    """A network of `lanegrad.models`, or one's own, that scikit-learn can fit.

    Pictures are normalized by their channels' means and standard deviations, other features each by its
    own, which are found in `fit`. Training is AdamW with a rate that falls along a cosine.

    Parameters
    ----------
    model : str or callable
        A name in `models.MODELS`; or what makes a network of the shape (C, H, W) and the number of
        classes. "auto" is ``"lenet"`` for pictures of 16 x 16 or more, ``"digits"`` for smaller ones, and
        ``"mlp"`` for features that are none.
    image_shape : tuple of int, (C, H, W), optional
        What the features (N, F) are a picture of, if not one channel of a square.
    epochs, batch_size : int
    learning_rate, weight_decay : float
    random_state : int, RandomState or None
        The same number gives the same bits.

    Attributes
    ----------
    classes_ : ndarray
        The labels, sorted.
    n_features_in_ : int
        The size of X's second axis.
    image_shape_ : tuple of int
        (C, H, W); (F, 1, 1) where features are no pictures.
    mean_, scale_ : ndarray, (C,)
        What is subtracted and divided by.
    network_ : Module
        In evaluation mode.
    history_ : list of lanegrad.train.Epoch

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import train_test_split
    >>> from lanegrad.sklearn import CNNClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> CNNClassifier(epochs=5, random_state=0).fit(X_train, y_train).score(X_test, y_test) > 0.95
    True
    """

    def __init__(
        self,
        model: str | Callable[[tuple[int, ...], int], nn.Module] = "auto",
        *,
        image_shape: Sequence[int] | None = None,
        epochs: int = 20,
        batch_size: int = 32,
        learning_rate: float = 2e-3,
        weight_decay: float = 1e-2,
        random_state: Any = None,
    ) -> None:
        self.model = model
        self.image_shape = image_shape
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> CNNClassifier:
        """Train a new network.

        Parameters
        ----------
        X : array_like of numbers, (N, C, H, W), (N, H, W) or (N, F)
            Pictures; or features, which are a picture if there are 64 or more and they make a square.
        y : array_like, (N,)
            Labels of any type.

        Raises
        ------
        ValueError
            X, y or a parameter is not what it should be.
        """
        X, y = validate_data(self, X, y, allow_nd=True)
        check_classification_targets(y)
        for name in ("epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1; found {getattr(self, name)}")
        self.classes_, labels = np.unique(y, return_inverse=True)
        self.image_shape_ = self._shape_of(X)
        pictures = X.reshape(len(X), *self.image_shape_)
        # Of centred values, which lose nothing as floats.
        self.mean_ = pictures.mean((0, 2, 3), dtype=np.float64)
        self.scale_ = np.ones_like(self.mean_)
        spread = np.square(self._normalized(X)).mean((0, 2, 3), dtype=np.float64) ** 0.5
        self.scale_ = np.where(spread > 0, spread, 1.0)
        with fork_rng():  # nobody else's numbers change
            manual_seed(check_random_state(self.random_state).randint(2**31 - 1))
            self.network_ = self._network()
            count = len(X)
            loader: DataLoader[Any] = DataLoader(
                TensorDataset(Tensor(self._normalized(X)), as_tensor(labels.astype(np.int64))),
                self.batch_size,
                shuffle=True,
                # Batch norm may have no use for a picture alone.
                drop_last=count > self.batch_size and count % self.batch_size == 1,
            )
            optimizer = AdamW(
                self.network_.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay
            )
            rates = schedule(optimizer, "cosine", self.epochs * len(loader))
            trainer = Trainer(self.network_, optimizer, schedule=rates)
            self.history_ = trainer.fit(loader, epochs=self.epochs)
        self.network_.eval()
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of float32, (N, classes), in the order of `classes_`."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, allow_nd=True)
        if self._shape_of(X) != self.image_shape_:
            raise ValueError(
                f"X has {_by(self._shape_of(X))}, but {type(self).__name__} was fitted to "
                f"{_by(self.image_shape_)}"
            )
        with no_grad():
            parts = [
                F.softmax(self.network_(Tensor(self._normalized(batch))), 1).numpy()
                for batch in (
                    X[i : i + EVALUATION_BATCH] for i in range(0, len(X), EVALUATION_BATCH)
                )
            ]
        return np.concatenate(parts)

    def predict(self, X: Any) -> np.ndarray:
        """The most probable labels, (N,)."""
        best = self.predict_proba(X).argmax(1)
        found: np.ndarray = self.classes_[best]
        return found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    def _shape_of(self, X: np.ndarray) -> tuple[int, ...]:
        """Channels, height and width of X's pictures."""
        if self.image_shape is not None:
            shape = tuple(self.image_shape)
            if len(shape) != 3 or prod(shape) != X[0].size:
                raise ValueError(
                    f"image_shape={shape} must be (C, H, W) of the {X[0].size} values in a row of X"
                )
            return shape
        if X.ndim == 2:
            side = isqrt(X.shape[1])
            square = side * side == X.shape[1] and side >= SMALLEST
            return (1, side, side) if square else (X.shape[1], 1, 1)
        if X.ndim > 4:
            raise ValueError(f"X must be (N, C, H, W), (N, H, W) or (N, F); found {X.ndim} axes")
        return (1, *X.shape[1:]) if X.ndim == 3 else X.shape[1:]

    def _normalized(self, X: np.ndarray) -> np.ndarray:
        """Pictures (N, C, H, W) of float32."""
        pictures = X.reshape(len(X), *self.image_shape_)
        mean, scale = (values[:, None, None] for values in (self.mean_, self.scale_))
        made = np.empty(pictures.shape, np.float32)
        np.subtract(pictures, mean, out=made, casting="same_kind")
        np.divide(made, scale, out=made, casting="same_kind")
        return made

    def _network(self) -> nn.Module:
        channels, height, width = self.image_shape_
        if callable(self.model):
            return self.model(self.image_shape_, len(self.classes_))
        if height != width:
            raise ValueError(
                f"{self.model} needs square pictures, channels first; found {_by(self.image_shape_)}: pad "
                "or cut them, or give a function as model"
            )
        name = self.model
        if name == "auto":
            name = "mlp" if height == 1 else "digits" if height < 16 else "lenet"
        return models.build(name, channels, height, len(self.classes_))


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
