"""Sets this project's ring beside iceoryx2: the same work, run in turns on the same processors.

    python3 tests/bench/beside_iceoryx2.py build/tests/bench/queue_bench [turns]

Needs cargo, which fetches iceoryx2 and builds it outside the source tree. Each program gives its
figures in round trips of a bare cache line, so the two of a turn compare although the machine
changes; turns in which the line itself did not stay the same are left out.
"""

import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

SECONDS = "1.5"
HERE = pathlib.Path(__file__).resolve().parent
LINE = re.compile(r"bare line \((\d+) ns")
FIGURES = re.compile(r"^  (\S.*?) +there and back +([\d.]+).*one way +([\d.]+)", re.M)


def build() -> pathlib.Path:
    target = pathlib.Path(tempfile.gettempdir()) / "ringside-iceoryx2-bench"
    subprocess.run(
        ["cargo", "build", "--release", "--quiet", "--target-dir", target],
        cwd=HERE / "iceoryx2",
        check=True,
    )
    return target / "release" / "iceoryx2_bench"


def figures(*command: str | pathlib.Path) -> tuple[float, dict[str, tuple[float, float]]]:
    """The bare line's ns; by name, a round trip and a message in bare round trips."""
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    line = float(LINE.search(text)[1])
    return line, {name: (float(trip), float(way)) for name, trip, way in FIGURES.findall(text)}


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    bench = pathlib.Path(sys.argv[1]).resolve()
    peer = build()
    trips: list[float] = []
    ways: list[float] = []
    for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 5):
        own_line, own = figures(bench, SECONDS, "peers")
        peer_line, other = figures(peer, SECONDS)
        trip, way = (a / b for a, b in zip(other["iceoryx2"], own["this ring"], strict=True))
        kept = max(own_line, peer_line) < 1.3 * min(own_line, peer_line)
        print(
            f"line {own_line:.0f} and {peer_line:.0f} ns: iceoryx2 takes {trip:.1f} x the round "
            f"trip, {way:.1f} x the time for a message" + ("" if kept else " (left out)")
        )
        if kept:
            trips.append(trip)
            ways.append(way)
    if trips:
        print(
            f"median of {len(trips)}: round trip {statistics.median(trips):.1f} x, "
            f"messages {statistics.median(ways):.1f} x"
        )


if __name__ == "__main__":
    main()
