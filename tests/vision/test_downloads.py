"""Downloads from a server of this machine: good files, damaged ones, slow ones, none; resumed ones."""

import gzip
import hashlib
import http.server
import io
import os
import re
import socket
import sys
import tarfile
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lanegrad import cli
from lanegrad.vision.datasets import (
    CIFAR10,
    CIFAR100,
    EMNIST,
    KMNIST,
    MNIST,
    SVHN,
    FashionMNIST,
    _download,
)
from lanegrad.vision.datasets._archives import unpack
from lanegrad.vision.datasets._download import Remote, fetch
from lanegrad.vision.datasets._files import DatasetNotFoundError

pytestmark = pytest.mark.once


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves a folder. `server.how` says of a name how it is sent."""

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        how = self.server.how.get(self.path, {})
        self.server.asked.append((self.path, self.headers.get("Range")))
        path = self.server.folder / self.path[1:]
        if not path.is_file():
            return self.send_error(404)
        content, start = path.read_bytes(), 0
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        if asked and how.get("ranges", True):
            start = int(asked[1])
            if start >= len(content):
                return self.send_error(416)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = min(start + how.get("cut", len(content)), len(content))
        step = how.get("step", len(content) or 1)
        for at in range(start, end, step):
            self.wfile.write(content[at : min(at + step, end)])
            time.sleep(how.get("pause", 0))
        return None


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A folder, the address at which it can be had, and what was asked for."""
    monkeypatch.setattr(_download, "ARCHIVE", "http://127.0.0.1:9/")  # where nothing answers
    folder = tmp_path / "served"
    folder.mkdir()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.asked, running.how, running.folder = [], {}, folder
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield folder, f"http://127.0.0.1:{running.server_port}/", running
        running.shutdown()
        thread.join()


def sha256(content):
    return hashlib.sha256(content).hexdigest()


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
            resources.append((f"{part}-{name}-ubyte.gz", len(content), sha256(content)))
    monkeypatch.setattr(MNIST, "resources", resources)
    monkeypatch.setattr(MNIST, "mirrors", [address + "none/", address])
    return folder


def test_fetched_once_from_the_mirror_that_has_it(server, mnist, tmp_path):
    _, _, running = server
    root = tmp_path / "root"
    found = MNIST(root, download=True)
    assert found.targets.tolist() == [0, 1, 2]
    raw = root / "MNIST" / "raw"
    assert {path.name for path in raw.iterdir()} == {name for name, *_ in MNIST.resources}
    before = len(running.asked)
    assert before == 8
    assert len(MNIST(root, train=False, download=True)) == 2
    assert len(running.asked) == before
    name = "t10k-labels-idx1-ubyte.gz"
    (raw / name).unlink()
    MNIST(root, download=True)
    assert running.asked[before:] == [(f"/none/{name}", None), (f"/{name}", None)]


def test_the_command_fetches_and_opens(server, mnist, tmp_path, capsys):
    for _ in range(2):
        assert cli.main(["data", "fetch", "mnist", "--root", str(tmp_path / "root")]) == 0
        printed = capsys.readouterr()
        assert printed.out.startswith("mnist: 3 pictures for training and 2 for testing in /")
    assert not printed.err
    assert len(server[2].asked) == 8
    (tmp_path / "root" / "MNIST" / "raw" / "t10k-labels-idx1-ubyte.gz").unlink()
    (mnist / "t10k-labels-idx1-ubyte.gz").unlink()
    assert cli.main(["data", "fetch", "mnist", "--root", str(tmp_path / "root")]) == 1
    assert "HTTP Error 404" in capsys.readouterr().err


def test_there_already_in_a_flat_folder(server, mnist):
    assert len(MNIST(mnist, download=True)) == 3
    assert not server[2].asked


def test_the_cache_folder(server, mnist, tmp_path, monkeypatch):
    monkeypatch.setenv("LANEGRAD_HOME", str(tmp_path / "home"))
    assert len(MNIST(download=True)) == 3
    assert len(list((tmp_path / "home" / "data" / "MNIST" / "raw").iterdir())) == 4
    assert len(MNIST(train=False)) == 2
    monkeypatch.delenv("LANEGRAD_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    with pytest.raises(FileNotFoundError, match=r"user/\.cache/lanegrad/data"):
        MNIST()


@pytest.mark.parametrize("damage", ["corrupted", "truncated", "longer", "missing", "empty"])
def test_damaged_files_are_not_kept(server, mnist, tmp_path, damage):
    path = mnist / "train-labels-idx1-ubyte.gz"
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        changed = {
            "corrupted": b"x" + content[1:],
            "truncated": content[:-3],
            "longer": content + b"x",
            "empty": b"",
        }
        path.write_bytes(changed[damage])
    with pytest.raises(RuntimeError) as error:
        MNIST(tmp_path / "root", download=True)
    message = str(error.value)
    raw = tmp_path / "root" / "MNIST" / "raw"
    assert "\n" not in message
    assert message.startswith(
        f"{path.name} could not be fetched; get {path.name}, t10k-images-idx3-ubyte.gz, "
        "t10k-labels-idx1-ubyte.gz by other means and put them into"
    )
    for part in (str(raw), MNIST.mirrors[0] + path.name, MNIST.mirrors[1] + path.name):
        assert part in message
    left = {found.name for found in raw.iterdir()}
    assert left - {f"{path.name}.part"} == {"train-images-idx3-ubyte.gz"}
    assert (f"{path.name}.part" in left) == (damage == "truncated")
    path.write_bytes(content)
    assert len(MNIST(tmp_path / "root", download=True)) == 3
    assert len(list(raw.iterdir())) == 4


CONTENT = np.random.default_rng(0).bytes(3000)


@pytest.fixture
def file(server):
    """A file on the server, and what is to be fetched."""
    folder, address, running = server
    (folder / "file").write_bytes(CONTENT)
    return Remote("file", len(CONTENT), sha256(CONTENT), [address + "file"]), running


def test_a_slow_file_that_is_cut_off_again_and_again(file, tmp_path, capsys):
    remote, running = file
    running.how["/file"] = {"cut": 700, "step": 100, "pause": 0.002}
    (path,) = fetch([remote], str(tmp_path / "to"))
    assert Path(path).read_bytes() == CONTENT
    ranges = [asked for _, asked in running.asked]
    assert ranges == [None, "bytes=700-", "bytes=1400-", "bytes=2100-", "bytes=2800-"]
    assert "file: 0.0 MB to fetch" in capsys.readouterr().err


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("there", [CONTENT[:1000], b"?" * 1000, b"?" * 3000, b"?" * 4000])
def test_a_download_goes_on_from_what_is_there(file, tmp_path, ranges, there):
    remote, running = file
    running.how["/file"] = {"ranges": ranges}
    part = tmp_path / "file.part"
    part.write_bytes(there)
    (path,) = fetch([remote], str(tmp_path))
    assert Path(path).read_bytes() == CONTENT
    assert not part.exists()
    first = f"bytes={len(there)}-" if len(there) < 3000 else None
    good = there == CONTENT[:1000] or not ranges or first is None
    assert [asked for _, asked in running.asked] == ([first] if good else [first, None])


def test_a_server_that_falls_silent(file, tmp_path, monkeypatch):
    remote, running = file
    monkeypatch.setattr(_download, "SILENCE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it never answers
        first = f"http://127.0.0.1:{silent.getsockname()[1]}/file"
        with pytest.raises(DatasetNotFoundError, match=f"Tried {first}: timed out; http"):
            fetch([remote._replace(urls=[first])], str(tmp_path))
        running.how["/file"] = {"step": 1500, "pause": 0.2}
        (path,) = fetch([remote._replace(urls=[first, *remote.urls])], str(tmp_path))
    assert Path(path).read_bytes() == CONTENT
    assert [asked for _, asked in running.asked] == [None, "bytes=1500-"]


def test_several_want_the_same_file(file, tmp_path):
    remote, running = file
    running.how["/file"] = {"step": 500, "pause": 0.01}
    threads = [threading.Thread(target=fetch, args=([remote], str(tmp_path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert len(running.asked) == 1
    assert os.listdir(tmp_path / "served") == ["file"]
    assert not (tmp_path / "file.part").exists()


def test_a_full_disk_is_no_fault_of_the_server(file, tmp_path, monkeypatch):
    def full(target):
        raise OSError(28, "No space left on device")

    remote, _ = file
    (tmp_path / "file.part").write_bytes(b"?" * 3000)
    monkeypatch.setattr(_download, "_cut", full)
    with pytest.raises(OSError, match="No space left") as error:
        fetch([remote], str(tmp_path))
    assert not isinstance(error.value, DatasetNotFoundError)


def test_the_bar_of_a_terminal(file, tmp_path, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr("sys.stderr", Terminal())
    fetch([file[0]], str(tmp_path))
    last = sys.stderr.getvalue().split("\r")[-1]
    assert last.startswith(f"file [{'#' * 20}] 0.0 of 0.0 MB, ")
    assert last.endswith("\n")


def test_offline(tmp_path, monkeypatch):
    monkeypatch.setattr(_download, "ARCHIVE", "http://127.0.0.1:9/")
    monkeypatch.setattr(FashionMNIST, "mirrors", ["http://127.0.0.1:9/"])
    for kind in (RuntimeError, FileNotFoundError, DatasetNotFoundError):
        with pytest.raises(kind, match=r"train-images-idx3-ubyte\.gz could not be fetched"):
            FashionMNIST(tmp_path, download=True)
    assert not list((tmp_path / "FashionMNIST" / "raw").iterdir())


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
    folder, address, running = server
    extra = [("cifar-10-batches-bin/readme.html", b"text"), ("../../outside", b"text")]
    content = packed(GOOD + extra)
    (folder / CIFAR10.filename).write_bytes(content)
    monkeypatch.setattr(CIFAR10, "mirrors", [address])
    monkeypatch.setattr(CIFAR10, "size", len(content))
    monkeypatch.setattr(CIFAR10, "sha256", sha256(content))
    root = tmp_path / "a" / "root"
    assert CIFAR10(root, download=True).targets == [0, 1, 2, 3, 4]
    assert CIFAR10(str(root), train=False, download=True).targets == [5]
    assert len(running.asked) == 1
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
@pytest.mark.parametrize("content", [b"", b"nonsense", packed(GOOD)[:150], packed(GOOD)[:20]])
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
    content = file.getvalue()
    monkeypatch.setattr(EMNIST, "mirrors", [address])
    monkeypatch.setattr(EMNIST, "resources", [("gzip.zip", len(content), sha256(content))])
    found = EMNIST(tmp_path, "letters", train=False, download=True)
    assert (found.classes[found.targets[0]], len(found)) == ("z", 1)
    assert len(list((tmp_path / "EMNIST" / "raw").iterdir())) == 5


def test_the_checksums_are_whole():
    resources = [file for kind in (MNIST, FashionMNIST, KMNIST, EMNIST) for file in kind.resources]
    resources += [(kind.filename, kind.size, kind.sha256) for kind in (CIFAR10, CIFAR100)]
    resources += SVHN.resources.values()
    assert len({digest for *_, digest in resources}) == len(resources) == 18
    assert all(re.fullmatch("[0-9a-f]{64}", digest) and size for _, size, digest in resources)
