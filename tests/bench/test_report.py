"""What is made of the times: figures, tables, and pages with them."""

import pytest

from bench import kernels, page, summary
from bench.report import markdown, report
from benchmarks import made_up, made_up_result


def test_summary_of_made_up_turns():
    table = made_up()
    # Round by round: 2, 2.5 and 2 times lanegrad's time, and 4, 3 and 1 times.
    assert table["ratios"] == {
        "A": {"4 x 10": pytest.approx(2), "8 x 10": pytest.approx(0.5)},
        "B": {"4 x 10": pytest.approx(3)},
    }
    assert table["summary"]["A"] == {
        "geometric mean": pytest.approx(1),
        "minimum": pytest.approx(0.5),
    }
    assert table["summary"]["B"]["geometric mean"] == pytest.approx(3)
    assert summary.spread([1.0]) == 0
    assert summary.spread([1.0, 2.0, 3.0]) == pytest.approx(0.5)


def test_the_best_of_made_up_competitors():
    best = made_up(competitors=["A", "B"])["best"]
    assert best == {"lanegrad": {"4 x 10": pytest.approx(2), "8 x 10": pytest.approx(0.5)}}
    # A is a column of lanegrad's own.
    assert "best" not in made_up(competitors=["B"])
    printed = report({"title": "", "machine": "", "tables": {"both": made_up()}})
    assert [line for line in printed.splitlines() if line.startswith("| 4 x 10")][-1] == (
        "| 4 x 10 |    2.00x |"
    )


def test_bandwidth_of_made_up_turns():
    columns = ["lanegrad", "copy", "in place", "negate"]
    turns = {"lanegrad": [2e-3], "copy": [1e-3], "in place": [4e-3], "negate": [3e-3]}
    table = summary.summarize(
        "Bandwidth", "bandwidth", columns, {"row": turns}, shapes={"row": [1000, 250]}
    )
    figures = table["bandwidth"]["row"]
    assert figures["megabytes"] == 2
    assert figures["lanegrad"] == pytest.approx(1)  # 2 MB in 2 ms
    assert figures["copy"] == pytest.approx(2)
    assert figures["lanegrad / copy"] == pytest.approx(0.5)
    assert figures["in place / negate"] == pytest.approx(0.75)
    printed = report({"title": "", "machine": "", "tables": {"bandwidth": table}})
    cells = [cell.strip() for cell in printed.splitlines()[-1].split("|")[1:-1]]
    assert cells == ["row", "2.0", "1.0", "2.0", "50 %", "0.5", "0.7", "75 %"]


def test_roofline_of_made_up_turns():
    kernel = kernels.Kernel("conv2d", (), flops=10 * kernels.FMA_FLOPS, moved=1000)
    turns = {"kernel": [4e-3, 2e-3], "copy loop": [5e-4, 6e-4]}
    figures = summary.roofline(turns, 1e-4, kernel)
    assert figures["bound"] == "fma"
    assert figures["share"] == pytest.approx(0.5)  # ten loops take 1 ms, the quickest turn 2
    assert figures["GFLOP/s"] == pytest.approx(10 * kernels.FMA_FLOPS / 2e-3 / 1e9)
    assert figures["fma loop"] == pytest.approx(2 * figures["GFLOP/s"])
    assert figures["GB/s"] == pytest.approx(4000 / 2e-3 / 1e9)
    idle = summary.roofline(turns, 1e-4, kernels.Kernel("pack_lanes", (), flops=0, moved=1000))
    assert (idle["bound"], idle["share"]) == ("copy", pytest.approx(0.25))


def test_work_of_kernels():
    layer, weight = kernels.convolution(3, 32, 3, 32, padding=1).values()
    assert layer.flops == weight.flops == 2 * 128 * 32 * 32 * 32 * 3 * 9
    assert layer.moved == 128 * 32 * 32 * (3 + 32) + 32 * 3 * 9
    assert len(kernels.convolution(16, 32, 3, 32, stride=2, padding=1)) == 3
    (step,) = kernels.sgd("Net").values()
    assert step.moved == 5 * 62006


def test_report_of_made_up_turns():
    lines = report(made_up_result()).splitlines()
    assert lines[:6] == [
        "Made up",
        "machine: none",
        "threads: 2",
        "lanegrad: 0",
        "A: 1",
        "C: not here (not installed)",
    ]
    assert "| 4 x 10 | 2.0 ±50 % | 5.0 ±40 % | 4.0 ±38 % |" in lines
    assert "| 8 x 10 |  2.0 ±0 % |  1.0 ±0 % |       n/a |" in lines
    assert "| 4 x 10         | 2.00x | 3.00x |" in lines
    assert "| 8 x 10         | 0.50x |   n/a |" in lines
    assert "| geometric mean | 1.00x | 3.00x |" in lines
    assert "| minimum        | 0.50x | 3.00x |" in lines
    assert "B: n/a (no room)" in lines


def test_markdown():
    assert markdown(["", "a"], [["long", "1"], ["b", "22"]]) == [
        "|      |  a |",
        "|------|---:|",
        "| long |  1 |",
        "| b    | 22 |",
    ]


def test_update_of_a_page(tmp_path):
    path = tmp_path / "page.md"
    path.write_text("a\n<!-- x -->\n<!-- end of x -->\nb")
    page.update(path, "x", "title\nfact\n\ntable")
    written = "a\n<!-- x -->\n\n- fact\n\ntable\n\n<!-- end of x -->\nb"
    assert path.read_text() == written
    page.update(path, "x")
    page.update(path, "x", "title\nfact\n\ntable")
    assert path.read_text() == written
    with pytest.raises(ValueError, match="has no lines <!-- y --> and <!-- end of y -->"):
        page.update(path, "y", "title")
