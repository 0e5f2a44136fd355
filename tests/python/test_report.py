"""The report as a page, as text and as a command."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from samples import START, golden_record, order_log, random_record

import ringside
from ringside.report import ReportError, make_run, render_report, summary_table, write_report
from ringside.report.cli import main
from ringside.report.summary import curves, headline

DATA, IO, USAGE = 3, 4, 2


@pytest.fixture
def files(tmp_path):
    """A record, its order log and a configuration on disk."""
    record = random_record(5)
    np.savez_compressed(tmp_path / "record.npz", **{"0": record})
    np.save(tmp_path / "orders.npy", order_log(200, record=record))
    config = {"symbols": ["BTCUSDT"], "book_size": 1000, "events": 491973, "seed": 7}
    (tmp_path / "run.json").write_text(json.dumps(config))
    return tmp_path


def charts(page: str) -> dict[str, dict]:
    """The figures inside a page, by name."""
    found = re.findall(r'<script type="application/json" id="([^"]+)">(.*?)</script>', page, re.S)
    return {name: json.loads(text) for name, text in found}


def names(figure: dict) -> list[str]:
    return [trace["name"] for trace in figure["data"]]


def test_the_command_writes_one_page_with_all_charts(files, capsys):
    output = files / "report.html"
    arguments = [files / "record.npz", "--orders", files / "orders.npy", "-o", output]
    assert main([str(word) for word in [*arguments, "--config", files / "run.json"]]) == 0
    page = output.read_text(encoding="utf-8")
    found = charts(page)
    assert list(found) == ["figure-0-time", "figure-0-latency", "figure-0-markout"]
    traces = names(found["figure-0-time"])
    for name in (
        "With fees",
        "Without fees",
        "Drawdown",
        "Position",
        "Mid",
        "Fees",
        "Buy maker",
        "Buy taker",
        "Sell maker",
        "Sell taker",
        "Entry",
        "Response",
    ):
        assert name in traces
    assert "BTCUSDT" in page
    assert "491,973" in page
    assert capsys.readouterr() == ("", "")
    assert sorted(path.name for path in files.iterdir()) == [
        "orders.npy",
        "record.npz",
        "report.html",
        "run.json",
    ]


def test_the_page_holds_its_script_once_and_refers_to_nothing_outside(files):
    page = render_report(make_run(golden_record()))
    assert page.count("plotly.js v") == 1
    assert not re.search(r"<(script|link|img|iframe)[^>]*\b(src|href)=", page)
    assert "default-src 'none'" in page
    assert len(page) < 6_000_000


def test_all_charts_over_time_share_one_axis_and_one_cursor():
    record = random_record(5)
    run = make_run(record, order_log(50, record=record))
    figure = charts(render_report(run))["figure-0-time"]
    assert {trace["xaxis"] for trace in figure["data"]} == {"x"}
    assert figure["layout"]["hovermode"] == "x unified"
    assert figure["layout"]["hoversubplots"] == "axis"
    assert figure["layout"]["xaxis"]["rangeselector"]["buttons"]
    axes = [value for key, value in figure["layout"].items() if key.startswith("yaxis")]
    assert len(axes) == 6
    assert all(axis["title"]["text"] for axis in axes)


def test_the_same_inputs_give_the_same_page():
    record = random_record(5)
    pages = {render_report(make_run(record, order_log(50, record=record))) for _ in range(2)}
    assert len(pages) == 1


def test_an_empty_record_is_said_to_be_empty():
    page = render_report(make_run(golden_record()[:0]))
    assert "no rows" in page
    assert not charts(page)


def test_a_record_without_any_price_still_gives_a_page():
    record = golden_record()
    record["price"] = np.nan
    page = render_report(make_run(record, order_log(0)))
    assert "6 of 6 rows have no mid price" in page
    assert "no fills" in page


@pytest.mark.parametrize("rows", [1, 2])
def test_a_very_short_record_gives_a_page(rows):
    assert "Drawdown" in render_report(make_run(golden_record()[:rows]))


def test_without_an_order_log_the_page_says_what_is_missing():
    page = render_report(make_run(golden_record()))
    assert "No order log was given" in page
    assert list(charts(page)) == ["figure-0-time"]


def test_several_assets_get_an_overview_and_a_tab_each():
    log = np.concatenate((order_log(20), order_log(30)))
    log["asset"][40:] = 1
    records = {"0": random_record(1), "1": random_record(2)}
    config = {"symbols": ["AAA", "BBB"], "contract": ["linear", "inverse"], "book_size": [10, 20]}
    page = render_report(make_run(records, log, config))
    assert page.count('role="tab"') == 2
    assert "All assets" in page
    assert "base currency" in page
    assert len(charts(page)) == 6


def test_a_name_from_outside_cannot_become_markup():
    nasty = "</script><b>x"
    page = render_report(make_run(golden_record(), None, {"symbols": [nasty], nasty: nasty}), nasty)
    assert nasty not in page


def test_long_records_are_drawn_thinned_but_counted_whole():
    rows = 100_000
    record = np.zeros(rows, golden_record().dtype)
    record["timestamp"] = START + np.arange(rows) * 100_000_000
    record["price"] = 100
    record["balance"] = np.random.default_rng(3).normal(size=rows).cumsum()
    record["balance"][54_321] -= 1e6
    page = render_report(make_run(record))
    assert "Drawn thinned" in page
    assert "100,000 rows recorded" in page
    assert len(page) < 6_000_000
    run = make_run(record)
    series = curves(run.assets[0])
    assert headline(run.assets[0], series, run).max_drawdown > 999_000


def test_headline_numbers_follow_from_the_record():
    run = make_run(golden_record(), None, {"book_size": 1000})
    numbers = headline(run.assets[0], curves(run.assets[0]), run)
    assert numbers.final_equity == pytest.approx(3.6)
    assert numbers.total_return == pytest.approx(3.6)
    assert numbers.max_drawdown == pytest.approx(0.2)
    assert numbers.sharpe == pytest.approx(1254.6715784915498, rel=1e-12)
    assert numbers.sortino == pytest.approx(11878.036201325553, rel=1e-12)
    assert (numbers.trades, numbers.volume, numbers.value, numbers.fees) == (4, 4, 401, 0.4)


def test_the_summary_table_shows_the_headline_numbers():
    config = {"book_size": 1000, "symbols": ["BTCUSDT"], "events": 1000, "events_per_second": 5e6}
    lines = summary_table(golden_record(), config=config).splitlines()
    assert lines[0].split() == ["BTCUSDT"]
    assert [line.split("  ")[0] for line in lines[1:4]] == [
        "Final equity",
        "Return",
        "Max drawdown",
    ]
    text = "\n".join(lines)
    for number in ("3.60", "0.360 %", "1,254.67", "11,878.04", "0.40 x", "50 s", "5,000,000"):
        assert number in text, number


def test_the_summary_table_has_a_column_for_each_asset():
    table = summary_table({"0": golden_record(), "1": golden_record()[:0]})
    assert table.splitlines()[0].split("  ")[-2:] == ["Asset 0", "Asset 1"]
    assert "Asset 1: the record has no rows" in table


def test_extra_order_fields_are_tolerated_and_missing_ones_named():
    log = order_log(3)
    wider = np.zeros(len(log), [*log.dtype.descr, ("note", "S4")])
    make_run(golden_record(), wider)
    kept = [name for name in log.dtype.names if name not in ("fee", "maker")]
    with pytest.raises(ReportError, match="maker, fee"):
        make_run(golden_record(), log[kept])


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"book_size": 0}, "book_size"),
        ({"book_size": "much"}, "book_size"),
        ({"contract": "spot"}, "linear"),
        ({"contract_size": [1, 2]}, "2 values for 1 assets"),
    ],
)
def test_unusable_settings_are_refused_by_name(config, message):
    with pytest.raises(ReportError, match=message):
        make_run(golden_record(), None, config)


def test_times_that_go_backwards_are_refused_with_their_row():
    with pytest.raises(ReportError, match="row 1"):
        make_run(golden_record()[::-1])


def broken(kind: str, path: Path) -> None:
    """Write something that is no record file."""
    if kind == "text":
        path.write_text("price,qty\n")
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "array":
        np.save(path.open("wb"), np.zeros(3))
    elif kind == "no member":
        np.savez(path, orders=order_log(1))
    elif kind == "wrong dtype":
        np.savez(path, **{"0": np.zeros(3)})
    elif kind == "wrong field":
        rows = golden_record().astype([("timestamp", "<M8[ns]"), *golden_record().dtype.descr[1:]])
        np.savez(path, **{"0": rows})
    elif kind == "pickle":
        np.savez(path, **{"0": np.array([{}], dtype=object)})
    elif kind == "folder":
        path.mkdir()


@pytest.mark.parametrize(
    "kind",
    [
        "missing",
        "text",
        "empty",
        "array",
        "no member",
        "wrong dtype",
        "wrong field",
        "pickle",
        "folder",
    ],
)
def test_an_unusable_record_ends_with_one_line_and_code_three(kind, tmp_path, capsys):
    path = tmp_path / "record.npz"
    broken(kind, path)
    output = tmp_path / "report.html"
    output.write_text("earlier")
    assert main([str(path), "-o", str(output)]) == DATA
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("ringside report: ")
    assert output.read_text() == "earlier"


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_record_ends_with_a_message_or_a_report(seed, tmp_path, capsys):
    path = tmp_path / "record.npz"
    np.savez_compressed(path, **{"0": golden_record()})
    raw = bytearray(path.read_bytes())
    random = np.random.default_rng(seed)
    if seed % 2:
        del raw[int(random.integers(len(raw))) :]
    for place in random.integers(0, max(len(raw), 1), 3 if raw else 0):
        raw[place] = int(random.integers(256))
    path.write_bytes(raw)
    assert main([str(path), "--text"]) in (0, DATA)
    assert capsys.readouterr().err.count("\n") <= 1


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"a": 1', "\xff"])
def test_an_unusable_configuration_ends_with_one_line_and_code_three(text, files, capsys):
    (files / "bad.json").write_bytes(text.encode("latin-1"))
    arguments = [str(files / "record.npz"), "--config", str(files / "bad.json"), "--text"]
    assert main(arguments) == DATA
    assert "bad.json" in capsys.readouterr().err


def test_a_report_that_cannot_be_written_ends_with_code_four(files, capsys):
    output = files / "nowhere" / "report.html"
    assert main([str(files / "record.npz"), "-o", str(output)]) == IO
    assert "cannot write" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["record.npz"],
        ["record.npz", "--text", "--resample=0s"],
        ["record.npz", "--text", "--resample=often"],
        ["record.npz", "--text", "--trading-days=0"],
    ],
)
def test_a_wrong_command_line_ends_with_code_two(words, capsys):
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == USAGE
    assert "usage" in capsys.readouterr().err


def test_an_existing_report_is_replaced_whole(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("earlier")
    write_report(path, golden_record(), title="Second")
    assert "<h1>Second</h1>" in path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]


def test_the_module_runs_as_a_command(files):
    root = str(Path(ringside.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-m", "ringside.report", str(files / "record.npz"), "--text"],
        env=os.environ | {"PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Max drawdown" in done.stdout
