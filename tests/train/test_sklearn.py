"""CNNClassifier: scikit-learn's own checks, pipelines and searches, shapes, labels and bits."""

import pickle
from math import prod

import numpy as np
import pytest

import lanegrad
from lanegrad import nn

pytest.importorskip("sklearn")
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

from lanegrad.sklearn import CNNClassifier

pytestmark = pytest.mark.once
RNG = np.random.default_rng(3)
X, Y = load_digits(return_X_y=True)
X, Y = X[:300], Y[:300]


def small(shape, classes):
    """A network that takes little time."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(prod(shape), 16), nn.ReLU(), nn.Linear(16, classes)
    )


def test_scikit_learns_checks():
    """All of them; two are skipped where SciPy's array API is off and pandas is not installed."""
    estimator = CNNClassifier(small, epochs=8, batch_size=16, learning_rate=0.03)
    found = check_estimator(estimator, on_fail="raise", on_skip=None)
    skipped = {check["check_name"] for check in found if check["status"] != "passed"}
    assert len(found) > 40
    assert skipped <= {"check_array_api_input", "check_classifier_data_not_an_array"}


def fitted(x=X, y=Y, **options):
    return CNNClassifier(**{"epochs": 4, "random_state": 0, **options}).fit(x, y)


def test_a_seed_gives_equal_bits_and_nobody_elses_numbers_change():
    lanegrad.manual_seed(7)
    before = lanegrad.get_rng_state()
    one, same, other = (fitted(random_state=seed).predict_proba(X) for seed in (5, 5, 6))
    assert (lanegrad.get_rng_state() == before).all()
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    np.testing.assert_allclose(one.sum(1), 1, rtol=1e-6)


def test_pictures_of_all_shapes_are_the_same_pictures():
    flat = fitted()
    assert flat.image_shape_ == (1, 8, 8)
    assert type(flat.network_).__name__ == "DigitsNet"
    assert flat.score(X, Y) > 0.9
    expected = flat.predict_proba(X)
    for shape in [(-1, 8, 8), (-1, 1, 8, 8)]:
        np.testing.assert_array_equal(
            fitted(X.reshape(shape)).predict_proba(X.reshape(shape)), expected
        )
    bytes_of = X.astype(np.uint8)
    np.testing.assert_array_equal(fitted(bytes_of).predict_proba(bytes_of), expected)
    color = np.repeat(X, 3, 1)
    assert fitted(color, image_shape=(3, 8, 8), epochs=1).network_.conv1.in_channels == 3
    large = np.kron(X.reshape(-1, 8, 8), np.ones((2, 2)))
    assert type(fitted(large, epochs=1).network_).__name__ == "LeNet"
    assert type(fitted(large, model="resnet20", epochs=1).network_).__name__ == "ResNet20"


def test_features_that_are_no_pictures():
    rows = RNG.standard_normal((60, 5)) * [1, 1e3, 1, 1, 0] + 1e4
    model = fitted(rows, rows[:, 0] > 1e4, epochs=20)
    assert (model.image_shape_, type(model.network_).__name__) == ((5, 1, 1), "MLP")
    assert model.score(rows, rows[:, 0] > 1e4) > 0.9
    assert fitted(RNG.random((20, 4)), [0, 1] * 10, epochs=1).image_shape_ == (4, 1, 1)


@pytest.mark.parametrize(
    "labels",
    [
        ["cat", "dog"],
        [True, False],
        [-1, 7],
        [2.0, 5.0],
        np.array(["a", "bc"], object),
    ],
    ids=str,
)
def test_labels_of_any_type(labels):
    labels = np.asarray(labels)
    y = labels[(Y > 4).astype(int)]
    model = fitted(y=y)
    assert model.classes_.tolist() == sorted(labels)
    assert model.predict(X).dtype == y.dtype
    assert (model.predict(X) == y).mean() > 0.8


def test_in_a_pipeline_and_a_search():
    search = GridSearchCV(
        make_pipeline(FunctionTransformer(np.sqrt), CNNClassifier(random_state=0)),
        {"cnnclassifier__epochs": [1, 10], "cnnclassifier__model": ["digits", small]},
        cv=2,
    ).fit(X, Y)
    assert search.best_params_["cnnclassifier__epochs"] == 10
    assert search.best_score_ > 0.85


def test_copies():
    model = fitted(epochs=1)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert clone(model).get_params() == model.get_params()
    assert not hasattr(clone(model), "network_")


@pytest.mark.parametrize(
    ("options", "x", "message"),
    [
        (
            {},
            np.zeros((300, 32, 32, 3)),
            "auto needs square pictures, channels first; found 32 x 32 x 3",
        ),
        ({}, np.zeros((300, 1, 2, 2, 2)), "found 5 axes"),
        ({"image_shape": (3, 8, 8)}, X, r"image_shape=\(3, 8, 8\) must be .* of the 64 values"),
        ({"model": "resnet"}, X, "no model named 'resnet'"),
        ({"model": "lenet"}, X, "lenet needs images of 16 x 16 or more; found 8"),
        ({"epochs": 0}, X, "epochs must be at least 1; found 0"),
        ({"batch_size": 0}, X, "batch_size must be at least 1; found 0"),
    ],
)
def test_what_is_refused(options, x, message):
    with pytest.raises(ValueError, match=message):
        fitted(x, **options)


def test_other_pictures_than_fitted_are_refused():
    model = fitted(X.reshape(-1, 8, 8), epochs=1)
    with pytest.raises(
        ValueError, match="X has 1 x 8 x 7, but CNNClassifier was fitted to 1 x 8 x 8"
    ):
        model.predict(X.reshape(-1, 8, 8)[:, :, :7])
