"""Files that are not what `save` has written: each is an error in a line, or is PyTorch's."""

import io
import json
import pickle
import struct

import numpy as np
import pytest

import lanegrad
from lanegrad import nn
from lanegrad.serialization import FormatError, load, save
from saved import key

pytest.importorskip("safetensors")


def file_of(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(dtype="F32", shape=(1,), offsets=(0, 4)):
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def twice(name):
    item = json.dumps({name: entry()})[1:-1]
    return f"{{{item},{item}}}".encode()


BAD = {
    "empty": (b"", "is empty$"),
    "short": (b"123", "no safetensors file, or a damaged one: header too small"),
    "text": (b"hello, this is a text" * 10, "header too large"),
    "terabytes": (file_of({"a": entry(shape=(1 << 40,), offsets=(0, 1 << 42))}, b"1234"), "damaged"),
    "more than 64 bits": (file_of({"a": entry(shape=(1 << 40, 1 << 40))}, b"1234"), "overflow"),
    "long header": (struct.pack("<Q", 1 << 60) + b"{}", "header too large"),
    "overlap": (file_of({"a": entry(), "b": entry()}, b"1234"), "damaged"),
    "out of range": (file_of({"a": entry(offsets=(4, 8))}, b"1234"), "damaged"),
    "too much": (file_of({"a": entry()}, b"12345"), "damaged"),
    "twice": (file_of(twice("a"), b"1234"), "stands in its header twice"),
    "deep": (file_of(b'{"a":' * 5000), "damaged"),
    "code": (file_of({"a": entry("F8_E4M3", (4,))}, b"1234"), "'a' is F8_E4M3: convert it"),
    "complex": (file_of({"a": entry("C64", offsets=(0, 8))}, b"12345678"), "C64"),
    "axes": (file_of({"a": entry(shape=[1] * 100)}, b"1234"), "damaged"),
    "gap": (file_of({"a": entry(shape=(0, 1 << 62, 1 << 62), offsets=(0, 0))}), "damaged"),
    "only part": (file_of({"__metadata__": {"lanegrad.version": "1"}}), "header is damaged"),
    "npy": (b"\x93NUMPY\x01\x00v\x00", "an NPY file: numpy.load reads it"),
    "zip": (b"PK\x03\x04" + b"\0" * 50, "damaged ZIP or PyTorch file"),
    "pickle": (pickle.dumps([1], 2), "which can run any code"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_other_files_are_an_error_in_a_line(name, tmp_path):
    content, match = BAD[name]
    (tmp_path / "a.pt").write_bytes(content)
    with pytest.raises(FormatError, match=match) as caught:
        load(tmp_path / "a.pt")
    assert "a.pt" in str(caught.value)
    assert "\n" not in str(caught.value) or name == "pickle"
    assert isinstance(caught.value, RuntimeError)
    with pytest.raises(FormatError, match="the file"):
        load(io.BytesIO(content))


@pytest.mark.parametrize("tree", [
    '{"tuple":3}', '{"dict":[[1]]}', '{"dict":[[[1],2]]}', '{"tensor":"x"}', '{"again":0}', "{}",
    '{"again":-1}', '{"int":"z"}', '{"float":"00"}', '{"dtype":"O"}', '{"eval":"1"}', "", "[" * 5000,
    '{"tensor":"a","more":1}', '{"parameter":3}', '{"scalar":"x"}', "[" * 200 + "1" + "]" * 200,
    '{"Counter":[["a",1],[{"tuple":[1]},2]]}', '{"tuple":[1],"dict":[]}', "1" * 5000,
])  # fmt: skip
def test_a_header_that_says_nonsense(tree):
    from lanegrad._saving.files import _checksum

    metadata = {
        "lanegrad.version": "1", "lanegrad.value": tree,
        "lanegrad.crc32": str(_checksum(tree, [("a", np.zeros(1, np.float32))])),
    }  # fmt: skip
    with pytest.raises(FormatError):
        load(io.BytesIO(file_of({"__metadata__": metadata, "a": entry()}, bytes(4))))


def test_a_later_version_says_so():
    file = io.BytesIO()
    save([1], file)
    later = file.getvalue().replace(b'"lanegrad.version":"1"', b'"lanegrad.version":"2"')
    with pytest.raises(FormatError, match="a later version"):
        load(io.BytesIO(later))


def test_damaged_files_are_refused_or_give_the_same():
    """Each byte changed or cut off at some place: the checksum sees what the structure does not."""
    value = {
        "a": lanegrad.Tensor([[1.0, 2.0], [3.0, 4.0]]),
        "b": [1, (2.5, "x")],
        "c": np.arange(3),
    }
    file, rng = io.BytesIO(), np.random.default_rng(0)
    save(value, file)
    content, expected, refused = file.getvalue(), key(value), 0
    places = range(len(content))
    damaged = [content[:i] for i in places]
    for i in places:
        for byte in (content[i] ^ 1 << rng.integers(8), rng.integers(256)):
            damaged.append(content[:i] + bytes([byte]) + content[i + 1 :])
    for _ in range(200):
        i, j = sorted(rng.integers(0, len(content), 2))
        damaged += [content[:i] + content[j:], content[:j] + content[i:]]
    for bytes_ in damaged:
        try:
            assert key(load(io.BytesIO(bytes_))) == expected
        except FormatError:
            refused += 1
    assert refused > 0.9 * len(damaged)


class TestPyTorch:
    def test_files_of_its_tensors_are_read(self, torch, tmp_path):
        from safetensors.torch import save_file

        kinds = [torch.float64, torch.float32, torch.float16, torch.bfloat16]
        tensors = {f"{kind}": torch.tensor([[1.0, -2.5, 3e-5]], dtype=kind) for kind in kinds}
        integers = [torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool]
        tensors |= {f"{kind}": torch.tensor([0, 1, 1], dtype=kind) for kind in integers}
        tensors["0-d"] = torch.tensor(5)
        save_file(tensors, tmp_path / "a.safetensors")
        loaded = load(tmp_path / "a.safetensors")
        assert loaded.keys() == tensors.keys()
        for name, x in tensors.items():
            expected = (x.float() if x.is_floating_point() else x).numpy()
            assert key(loaded[name].numpy()) == key(expected)

    def test_our_files_are_read_there(self, torch, tmp_path):
        from safetensors.torch import load_file

        net = nn.Conv2d(1, 3, 3)
        save(net.state_dict(), tmp_path / "a")
        loaded = load_file(tmp_path / "a")
        for name, tensor in net.state_dict().items():
            np.testing.assert_array_equal(loaded[name].numpy(), tensor.numpy())

    @pytest.mark.parametrize("zipped", [True, False])
    def test_the_error_for_its_own_files_shows_lines_that_convert_them(
        self, torch, zipped, tmp_path
    ):
        path = tmp_path / "net.pt"
        state = {"w": torch.tensor([1.0, 2.0])}
        torch.save(state, path, _use_new_zipfile_serialization=zipped)
        with pytest.raises(FormatError, match="PyTorch file") as caught:
            load(path)
        first, *lines = str(caught.value).splitlines()
        assert "net.pt" in first
        assert len(lines) == 3
        exec("\n".join(line.strip() for line in lines))
        assert load(tmp_path / "net.safetensors")["w"].tolist() == [1.0, 2.0]
