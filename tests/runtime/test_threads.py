"""How many threads lanegrad starts with."""

import os

import pytest

from lanegrad._machine.threads import MOST_THREADS, default_threads


@pytest.fixture(autouse=True)
def eight_cpus(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)


@pytest.fixture
def cgroup(tmp_path):
    """Writes files under a cgroup mount and the list of this process's groups."""

    def write(membership, **files):
        (tmp_path / "membership").write_text(membership)
        for name, text in files.items():
            path = tmp_path / "mount" / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            (path.parent / path.name.replace("_dot_", ".")).write_text(text)
        return default_threads(tmp_path / "mount", tmp_path / "membership")

    return write


@pytest.mark.parametrize(
    ("wish", "threads"),
    [
        ("3", 3), (" 5 ", 5), ("4,2", 4), ("100", 100), ("0", 8), ("-2", 8), ("many", 8), ("", 8),
        ("007", 7), ("000", 8), (",2", 8), ("4,99999999999", 4), ("\u0660", 8), ("\u00b2", 8),
    ],
)  # fmt: skip
def test_omp_num_threads(monkeypatch, cgroup, wish, threads):
    monkeypatch.setenv("OMP_NUM_THREADS", wish)
    assert cgroup("0::/\n") == threads


@pytest.mark.parametrize("wish", ["1025", "100000", "2147483648", "9" * 30, "1" * 5000, "99999,2"])
def test_more_threads_than_are_used(monkeypatch, cgroup, wish):
    monkeypatch.setenv("OMP_NUM_THREADS", wish)
    assert cgroup("0::/\n") == MOST_THREADS
    monkeypatch.setenv("OMP_NUM_THREADS", str(MOST_THREADS))
    assert cgroup("0::/\n") == MOST_THREADS
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(5000)), raising=False)
    assert cgroup("0::/\n") == MOST_THREADS


def test_omp_num_threads_beats_the_quota(monkeypatch, cgroup):
    monkeypatch.setenv("OMP_NUM_THREADS", "6")
    assert cgroup("0::/\n", cpu_dot_max="100000 100000\n") == 6


@pytest.mark.parametrize(
    ("text", "threads"),
    [
        ("max 100000\n", 8),
        ("100000 100000\n", 1),
        ("150000 100000\n", 2),  # rounded up
        ("1000 100000\n", 1),
        ("300000 100000\n", 3),
        ("1600000 100000\n", 8),
        ("nonsense", 8),
        ("", 8),
        ("200000 0", 8),
    ],
)
def test_version_2(cgroup, text, threads):
    assert cgroup("0::/\n", cpu_dot_max=text) == threads
    assert cgroup("0::/a/b\n", a__b__cpu_dot_max=text, cpu_dot_max="max 100000\n") == threads


def test_the_tightest_of_nested_groups_counts(cgroup):
    files = {"cpu_dot_max": "500000 100000", "a__cpu_dot_max": "200000 100000"}
    assert cgroup("0::/a/b\n", a__b__cpu_dot_max="700000 100000", **files) == 2
    assert cgroup("0::/elsewhere\n") == 5


@pytest.mark.parametrize("path", ["/", "/docker/1"])
@pytest.mark.parametrize(("quota", "threads"), [("-1", 8), ("250000", 3), ("100000", 1)])
def test_version_1(cgroup, path, quota, threads):
    # In a container the mount shows its own group, whatever the listed path is.
    files = {
        "cpu,cpuacct__cpu.cfs_quota_us": quota + "\n",
        "cpu,cpuacct__cpu.cfs_period_us": "100000\n",
        "memory__cpu.cfs_quota_us": "1\n",
        "memory__cpu.cfs_period_us": "1\n",
    }
    membership = f"3:memory:{path}\n2:cpu,cpuacct:{path}\n1:cpuset:{path}\n0::{path}\n"
    assert cgroup(membership, **files) == threads


def test_no_control_groups(tmp_path, monkeypatch):
    assert default_threads(tmp_path / "none", tmp_path / "none") == 8
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert default_threads(tmp_path / "none", tmp_path / "none") == 5
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert default_threads(tmp_path / "none", tmp_path / "none") == 1
