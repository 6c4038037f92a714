"""Downloads from a server of this machine: good files, damaged ones, none; archives are not trusted."""

import functools
import gzip
import hashlib
import http.server
import io
import tarfile
import threading
import zipfile

import numpy as np
import pytest

from lanegrad.vision.datasets import CIFAR10, EMNIST, MNIST, FashionMNIST
from lanegrad.vision.datasets._files import DatasetNotFoundError, unpack

pytest.importorskip("pooch")
pytestmark = pytest.mark.once


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def log_request(self, *arguments):
        self.server.asked.append(self.path)

    def end_headers(self):
        self.send_header("Connection", "close")
        super().end_headers()


@pytest.fixture
def server(tmp_path):
    """A folder, the address at which it can be had, and what was asked for."""
    folder = tmp_path / "served"
    folder.mkdir()
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        running.asked = []
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield folder, f"http://127.0.0.1:{running.server_port}/", running.asked
        running.shutdown()
        thread.join()


def checksum(content, kind="sha256"):
    return f"{kind}:{hashlib.new(kind, content).hexdigest()}"


def idx(array):
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes(), mtime=0)


@pytest.fixture
def mnist(server, monkeypatch):
    """MNIST's four files, small ones, where the class looks for them."""
    folder, address, _ = server
    resources = []
    for part, count in (("train", 3), ("t10k", 2)):
        images = np.full((count, 28, 28), count, np.uint8)
        for name, array in (
            ("images-idx3", images),
            ("labels-idx1", np.arange(count, dtype=np.uint8)),
        ):
            content = idx(array)
            (folder / f"{part}-{name}-ubyte.gz").write_bytes(content)
            resources.append((f"{part}-{name}-ubyte.gz", checksum(content)))
    monkeypatch.setattr(MNIST, "resources", resources)
    monkeypatch.setattr(MNIST, "mirrors", [address + "none/", address])
    return folder


def test_fetched_once_from_the_mirror_that_has_it(server, mnist, tmp_path):
    _, _, asked = server
    root = tmp_path / "root"
    found = MNIST(root, download=True)
    assert found.targets.tolist() == [0, 1, 2]
    raw = root / "MNIST" / "raw"
    assert sorted(path.name for path in raw.iterdir()) == sorted(
        name for name, _ in MNIST.resources
    )
    before = len(asked)
    assert before == 8
    assert len(MNIST(root, train=False, download=True)) == 2
    assert len(asked) == before
    (raw / "t10k-labels-idx1-ubyte.gz").unlink()
    MNIST(root, download=True)
    assert asked[before:] == ["/none/t10k-labels-idx1-ubyte.gz", "/t10k-labels-idx1-ubyte.gz"]


def test_there_already_in_a_flat_folder(server, mnist, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pooch", None)
    assert len(MNIST(mnist, download=True)) == 3


@pytest.mark.parametrize("damage", ["corrupted", "truncated", "missing", "empty"])
def test_damaged_files_are_not_kept(server, mnist, tmp_path, damage):
    path = mnist / "train-labels-idx1-ubyte.gz"
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        changed = {"corrupted": b"x" + content[1:], "truncated": content[:-3], "empty": b""}
        path.write_bytes(changed[damage])
    with pytest.raises(RuntimeError) as error:
        MNIST(tmp_path / "root", download=True)
    message = str(error.value)
    raw = tmp_path / "root" / "MNIST" / "raw"
    assert "\n" not in message
    assert message.startswith(f"{path.name} could not be fetched; get it by other means")
    for part in (str(raw), MNIST.mirrors[0] + path.name, MNIST.mirrors[1] + path.name):
        assert part in message
    assert [found.name for found in raw.iterdir()] == ["train-images-idx3-ubyte.gz"]
    path.write_bytes(content)
    assert len(MNIST(tmp_path / "root", download=True)) == 3


def test_offline(tmp_path, monkeypatch):
    monkeypatch.setattr(FashionMNIST, "mirrors", ["http://127.0.0.1:9/"])
    for kind in (RuntimeError, FileNotFoundError, DatasetNotFoundError):
        with pytest.raises(kind, match=r"train-images-idx3-ubyte\.gz could not be fetched"):
            FashionMNIST(tmp_path, download=True)


def records(labels):
    return b"".join(bytes([label]) + bytes(3072) for label in labels)


def packed(members):
    """A .tar.gz of (name, content or type) pairs."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if len(content) != 1:  # not a type
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
            else:
                info.type, info.linkname = content, "/etc/passwd"
                tar.addfile(info)
    return file.getvalue()


CIFAR_NAMES = [*CIFAR10.train_list, *CIFAR10.test_list]
GOOD = [
    (f"cifar-10-batches-bin/{name}", records([number])) for number, name in enumerate(CIFAR_NAMES)
]


def test_cifar10_is_fetched_and_unpacked(server, tmp_path, monkeypatch):
    folder, address, asked = server
    extra = [("cifar-10-batches-bin/readme.html", b"text"), ("../../outside", b"text")]
    content = packed(GOOD + extra)
    (folder / CIFAR10.filename).write_bytes(content)
    monkeypatch.setattr(CIFAR10, "mirrors", [address])
    monkeypatch.setattr(CIFAR10, "checksum", checksum(content))
    root = tmp_path / "a" / "root"
    assert CIFAR10(root, download=True).targets == [0, 1, 2, 3, 4]
    assert CIFAR10(str(root), train=False, download=True).targets == [5]
    assert len(asked) == 1
    found = sorted(
        str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()
    )
    assert found == sorted(
        ["a/root/cifar-10-binary.tar.gz", "served/cifar-10-binary.tar.gz"]
        + [f"a/root/cifar-10-batches-bin/{name}" for name in CIFAR_NAMES]
    )


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (GOOD[:-1], r"expected test_batch\.bin in it"),
        ([*GOOD[:-1], ("test_batch.bin", tarfile.SYMTYPE)], r"expected test_batch\.bin in it"),
        ([*GOOD[:-1], ("test_batch.bin", tarfile.LNKTYPE)], r"expected test_batch\.bin in it"),
        ([*GOOD[:-1], ("test_batch.bin", tarfile.DIRTYPE)], r"expected test_batch\.bin in it"),
        ([*GOOD[:-1], ("test_batch.bin", bytes(10000))], "larger than the data set's are"),
    ],
)
def test_archives_are_not_trusted(tmp_path, members, message):
    archive = tmp_path / "x.tar.gz"
    archive.write_bytes(packed(members))
    with pytest.raises(ValueError, match=message):
        unpack(str(archive), CIFAR_NAMES, str(tmp_path / "out"), 9999)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == set(CIFAR_NAMES[:-1])


def test_members_are_written_into_the_folder_alone(tmp_path):
    members = [(f"../../{name}", b"11") for name in CIFAR_NAMES[:3]]
    members += [(f"/tmp/{name}", b"11") for name in CIFAR_NAMES[3:]]
    archive = tmp_path / "x.tar.gz"
    archive.write_bytes(packed(members))
    unpack(str(archive), CIFAR_NAMES, str(tmp_path / "b" / "out"), 10)
    assert {path.name for path in (tmp_path / "b" / "out").iterdir()} == set(CIFAR_NAMES)
    assert {path.name for path in tmp_path.iterdir()} == {"x.tar.gz", "b"}


@pytest.mark.parametrize("name", ["x.tar.gz", "x.zip"])
@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", packed(GOOD)[:150], packed(GOOD)[:20]],
    ids=["empty", "nonsense", "cut", "a head alone"],
)
def test_damaged_archives_are_value_errors(tmp_path, name, content):
    archive = tmp_path / name
    archive.write_bytes(content)
    with pytest.raises(ValueError, match=name):
        unpack(str(archive), CIFAR_NAMES, str(tmp_path / "out"), 10**6)


def test_emnist_is_a_zip_of_gzips(server, tmp_path, monkeypatch):
    folder, address, _ = server
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for part in ("train", "test"):
            stem = f"gzip/emnist-letters-{part}"
            archive.writestr(f"{stem}-images-idx3-ubyte.gz", idx(np.zeros((1, 28, 28), np.uint8)))
            archive.writestr(f"{stem}-labels-idx1-ubyte.gz", idx(np.array([26], np.uint8)))
            archive.writestr(f"gzip/emnist-digits-{part}-labels-idx1-ubyte.gz", b"")
    (folder / "gzip.zip").write_bytes(file.getvalue())
    monkeypatch.setattr(EMNIST, "url", address + "gzip.zip")
    monkeypatch.setattr(EMNIST, "md5", hashlib.md5(file.getvalue()).hexdigest())
    found = EMNIST(tmp_path, "letters", train=False, download=True)
    assert (found.classes[found.targets[0]], len(found)) == ("z", 1)
    assert len(list((tmp_path / "EMNIST" / "raw").iterdir())) == 5


def test_the_checksums_are_whole():
    for kind in (MNIST, FashionMNIST):
        for _, known in kind.resources:
            method, digest = known.split(":")
            assert len(digest) == {"md5": 32, "sha256": 64}[method]
