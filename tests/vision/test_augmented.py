"""Random changes of batches: functions of the seed, the pass and the index of each picture."""

import numpy as np
import pytest

import lanegrad
from lanegrad import nn
from lanegrad.utils.data import ClassBalancedSampler, DataLoader, Dataset, Subset
from lanegrad.vision import transforms as T
from lanegrad.vision.datasets import ArrayDataset, Digits, Mixed
from lanegrad.vision.datasets.mixed import quantiles
from lanegrad.vision.transforms._batches import chain_of
from lanegrad.vision.transforms._windows import applied

pytestmark = pytest.mark.once

RNG = np.random.default_rng(8)
COUNT = 60
IMAGES = RNG.integers(256, size=(COUNT, 3, 12, 10), dtype=np.uint8)
LABELS = np.arange(COUNT) % 4
EVERY = T.Compose(
    [
        T.RandomResizedCrop((12, 10), scale=(0.3, 1.0)),
        T.RandomRotation(20, interpolation=T.InterpolationMode.BILINEAR),
        T.RandomAffine(5, (0.1, 0.1), (0.9, 1.1), 5),
        T.ColorJitter(0.4, 0.4, 0.4, 0.1),
        T.RandomCrop((12, 10), padding=2, padding_mode="reflect"),
        T.RandomHorizontalFlip(),
        T.AlternatingFlip(),
        T.RandomVerticalFlip(),
        T.Cutout(4, 9),
        T.ToTensor(),
        T.RandomErasing(),
        T.RandomCrop((12, 10), padding=1),
        T.Normalize(0.5, 0.5),
    ]
)


def seen(dataset, passes=1, first=None, seed=1, **options):
    """What a loader gives in some passes: by pass and label, numbers of pictures."""
    _ = lanegrad.manual_seed(seed)
    loader = DataLoader(dataset, **options)
    if first is not None:
        loader.set_epoch(first)
    found = []
    for _ in range(passes):
        batches = [(images.numpy(), labels.numpy()) for images, labels in loader]
        images, labels = (np.concatenate(parts) for parts in zip(*batches, strict=True))
        found.append((images, labels))
    return found


def numbered(transform=EVERY):
    """Labels are the pictures' numbers."""
    return ArrayDataset(IMAGES, np.arange(COUNT), transform=transform)


def by_label(found):
    return [images[np.argsort(labels)] for images, labels in found]


def test_neither_batches_nor_who_makes_them_change_anything():
    assert chain_of(EVERY) is not None
    dataset = numbered()
    expected = seen(dataset, 2, batch_size=COUNT, shuffle=True)
    assert not (expected[0][0] == expected[1][0]).all()
    for options in (
        {"batch_size": 7},
        {"batch_size": 1},
        {"batch_size": 7, "prefetch": 2},
        {"batch_size": 7, "collate_fn": collated},
        {"batch_size": 7, "collate_fn": collated, "num_workers": 2},
        {"batch_size": 7, "collate_fn": collated, "prefetch": 3},
    ):
        for (images, labels), (wanted, order) in zip(
            seen(dataset, 2, shuffle=True, **options), expected, strict=True
        ):
            assert labels.tolist() == order.tolist()
            np.testing.assert_array_equal(images, wanted)
    before = lanegrad.get_num_threads()
    lanegrad.set_num_threads(3)
    np.testing.assert_array_equal(seen(dataset, shuffle=True, batch_size=9)[0][0], expected[0][0])
    lanegrad.set_num_threads(before)
    # Nor does the order: pictures have numbers of their own.
    _ = lanegrad.manual_seed(1)
    straight = seen(dataset, 2, first=0, batch_size=8)
    shuffled = seen(dataset, 2, first=0, batch_size=8, shuffle=True)
    for one, other in zip(by_label(straight), by_label(shuffled), strict=True):
        np.testing.assert_array_equal(one, other)
    picked = Subset(dataset, [5, 40, 2])
    np.testing.assert_array_equal(
        seen(picked, first=0, batch_size=2)[0][0], straight[0][0][[5, 40, 2]]
    )


def test_v2_s_usual_chain_runs_on_batches_and_is_the_same():
    images = [
        T.v2.ToImage(),
        T.v2.RandomResizedCrop(8),
        T.v2.ColorJitter(0.3),
        T.v2.RandomRotation(9),
    ]
    floats = [T.v2.ToDtype(np.float32, scale=True), T.v2.Normalize([0.5], [0.5])]
    chain = chain_of(T.Compose([*images, *floats]))
    assert chain is not None
    assert chain_of(T.Compose([*floats[:0], T.ToTensor(), T.RandomRotation(9)])) is None
    plain = numbered(T.Compose([*images[1:], *images[:1], *floats]))
    for (found, _), (expected, _) in zip(
        seen(numbered(T.Compose([*images, *floats])), batch_size=9),
        seen(plain, batch_size=20),
        strict=True,
    ):
        np.testing.assert_array_equal(found, expected)
    with pytest.raises(ValueError, match="epoch is 0 or more"):
        DataLoader([1]).set_epoch(-1)


def collated(samples):
    images, labels = zip(*samples, strict=True)
    stacked = np.stack([image.numpy() for image in images])
    return lanegrad.tensor(stacked), lanegrad.tensor(np.array(labels))


def test_a_stopped_program_goes_on():
    dataset = numbered()
    options = {"batch_size": 16, "shuffle": True}
    expected = seen(dataset, 4, first=0, **options)
    _ = lanegrad.randn(5)  # what else is drawn does not matter
    for first in (1, 3):
        again = seen(dataset, 4 - first, first=first, **options)
        for (images, labels), (wanted, order) in zip(again, expected[first:], strict=True):
            assert labels.tolist() == order.tolist()
            np.testing.assert_array_equal(images, wanted)
    other = seen(dataset, 1, first=0, seed=2, **options)
    assert other[0][1].tolist() != expected[0][1].tolist()
    assert not (by_label(other)[0] == by_label(expected)[0]).all()


def test_what_comes_again_in_a_pass_is_changed_anew():
    dataset = numbered()
    options = {"sampler": ClassBalancedSampler([0] * (COUNT - 1) + [1]), "batch_size": 8}
    ((images, labels),) = seen(dataset, **options)
    rare = images[labels == COUNT - 1]
    assert len(rare) == COUNT // 2
    assert len({image.tobytes() for image in rare}) == len(rare)
    ((again, _),) = seen(dataset, **options | {"batch_size": 5, "prefetch": 1})
    np.testing.assert_array_equal(again, images)


class Own(Dataset):
    """A data set of somebody's own, which draws from lanegrad's generator."""

    def __len__(self):
        return 20

    def __getitem__(self, index):
        return lanegrad.rand(2), index


def test_a_user_s_data_set_draws_alike_however_it_is_loaded():
    expected = seen(Own(), 2, batch_size=20, shuffle=True)
    for options in ({"batch_size": 3}, {"batch_size": 4, "num_workers": 2}, {"prefetch": 2}):
        for found, wanted in zip(seen(Own(), 2, shuffle=True, **options), expected, strict=True):
            np.testing.assert_array_equal(found[0], wanted[0])
            np.testing.assert_array_equal(found[1], wanted[1])
    assert len(np.unique(expected[0][0])) == len(np.unique(expected[1][0])) == 40
    _ = lanegrad.manual_seed(1)
    first = lanegrad.rand(2).tolist()
    loader = DataLoader(Own())
    _ = lanegrad.manual_seed(1)
    iter(loader)  # which draws the pass's key,
    after = lanegrad.rand(2).tolist()
    _ = lanegrad.manual_seed(1)
    list(loader)  # and no sample anything else
    assert lanegrad.rand(2).tolist() == after != first


def test_alternating_flips():
    dataset = numbered(T.Compose([T.AlternatingFlip(), T.PILToTensor()]))
    first, second, third = by_label(seen(dataset, 3, batch_size=7, shuffle=True))
    np.testing.assert_array_equal(first, third)
    flipped = (first == IMAGES[..., ::-1]).all((1, 2, 3))
    assert 15 <= flipped.sum() <= 45
    np.testing.assert_array_equal(second[flipped], IMAGES[flipped])
    np.testing.assert_array_equal(second[~flipped], IMAGES[~flipped][..., ::-1])
    image = pytest.importorskip("PIL.Image").fromarray(IMAGES[0].transpose(1, 2, 0))
    assert {T.AlternatingFlip()(image).tobytes() for _ in range(40)} == {
        image.tobytes(),
        image.transpose(0).tobytes(),
    }


def test_windows_add_up_as_if_each_was_taken():
    step = T.RandomCrop(5, padding=2)
    for padding, mode in ((3, "constant"), (9, "reflect"), (2, "edge"), (4, "symmetric")):
        chain = [
            T.RandomCrop((9, 8)),
            T.RandomHorizontalFlip(),
            T.Pad(padding, padding_mode=mode),
            T.CenterCrop((12, 20)),
            T.RandomVerticalFlip(),
            T.RandomCrop((9, 9), padding=1, padding_mode=mode),
            step,
        ]
        _ = lanegrad.manual_seed(3)
        whole = ArrayDataset(IMAGES, LABELS, transform=T.Compose([*chain, T.ToTensor()]))
        found = whole.__getbatch__(list(range(COUNT)))[0].numpy()
        _ = lanegrad.manual_seed(3)
        draws = T._draws.Draws(np.arange(COUNT))
        images = IMAGES
        for one in chain:
            images = applied(one, images, draws)
        np.testing.assert_array_equal(found, images.astype(np.float32) / np.float32(255))


def test_cutout():
    white = np.full((200, 3, 12, 10), 255, np.uint8)
    cut = applied(T.Cutout(4, (1, 2, 3)), white, T._draws.Draws(np.arange(200)))
    assert {tuple(pixel) for pixel in cut.transpose(0, 2, 3, 1).reshape(-1, 3)} == {
        (255, 255, 255),
        (1, 2, 3),
    }
    areas = (cut[:, 0] == 1).sum((1, 2))
    assert (areas.min(), areas.max()) == (4, 16)
    assert (cut == 1).any((0, 1)).all()  # corners too
    with pytest.raises(ValueError, match="size is a positive"):
        T.Cutout(0)


@pytest.mark.parametrize("options", [{"mixup": 0.4}, {"cutmix": 1.0}, {"mixup": 1, "cutmix": 1}])
def test_mixed(options):
    dots = np.zeros((400, 1, 8, 8), np.uint8)
    dots[::2] = 255
    dataset = ArrayDataset(dots, np.arange(400) % 2, ["white", "black"], T.ToTensor())
    mixed = Mixed(dataset, **options)
    ((images, shares),) = seen(mixed, batch_size=50)
    np.testing.assert_allclose(shares.sum(1), 1, atol=1e-6)
    np.testing.assert_allclose(images.mean((1, 2, 3)), shares[:, 0], atol=1e-5)
    if "mixup" not in options:
        assert set(np.unique(images)) == {0, 1}
    assert len(np.unique(shares)) > 20
    for other in (
        {"batch_size": 9},
        {"batch_size": 50, "prefetch": 2},
        {"collate_fn": collated_shares},
    ):
        ((again, more),) = seen(mixed, **other)
        np.testing.assert_array_equal(again, images)
        np.testing.assert_array_equal(more, shares)
    few = Mixed(dataset, **options, p=0.25)
    ((images, shares),) = seen(few, batch_size=50)
    assert 0.7 < (shares.max(1) == 1).mean() < 0.98
    loss = nn.CrossEntropyLoss()(lanegrad.zeros(400, 2), lanegrad.tensor(shares))
    assert loss.item() == pytest.approx(np.log(2))


def collated_shares(samples):
    images, shares = zip(*samples, strict=True)
    return tuple(lanegrad.tensor(np.stack([x.numpy() for x in part])) for part in (images, shares))


def test_mixed_arguments():
    dataset = ArrayDataset(IMAGES, LABELS, transform=T.ToTensor())
    with pytest.raises(ValueError, match="give num_classes"):
        Mixed(dataset, mixup=1)
    with pytest.raises(ValueError, match="not both 0"):
        Mixed(dataset, 4)
    with pytest.raises(ValueError, match="p is between"):
        Mixed(dataset, 4, mixup=1, p=2)
    with pytest.raises(IndexError, match="labels from 0 to 2; found 3 for item 3"):
        Mixed(dataset, 3, mixup=1)[3]
    with pytest.raises(TypeError, match="found uint8"):
        Mixed(ArrayDataset(IMAGES, LABELS), 4, mixup=1)[0]


@pytest.mark.parametrize("alpha", [0.1, 0.5, 1.0, 3.0])
def test_quantiles_are_of_the_beta_distribution(alpha):
    shares = (np.arange(4000) + 0.5) / 4000
    found = quantiles(alpha, shares)
    drawn = np.sort(RNG.beta(alpha, alpha, 40_000))[5::10]
    np.testing.assert_allclose(found, drawn, atol=0.03)
    assert found.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.01)


def test_digits_with_every_change():
    digits = Digits(transform=T.Compose([T.RandomCrop(8, padding=1), T.ToTensor()]))
    ((images, _),) = seen(digits, batch_size=100)
    assert images.shape == (1442, 1, 8, 8)
