"""Sets this project's ring beside iceoryx2: the same work, run in turns on the same processors.

    python3 tests/bench/beside_iceoryx2.py build/tests/bench/queue_bench [turns]

Needs libclang and cargo, which fetches iceoryx2 and builds it outside the source tree. Each program
gives its figures in round trips of a bare cache line, so the two of a turn compare although the
machine changes; turns in which the line itself did not stay the same are left out. Market events
cross this bus in batches, which is the last figure: beside iceoryx2's single messages, which is how
HftBacktest sends events. (iceoryx2 could send slices; that has not been measured.)
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
BATCHED = re.compile(r"^  events by \d+ +one way +([\d.]+)", re.M)
FIGURES = re.compile(
    r"^  (?:this ring|iceoryx2) +there and back +([\d.]+).*one way +([\d.]+)", re.M
)


def build() -> pathlib.Path:
    target = pathlib.Path(tempfile.gettempdir()) / "ringside-iceoryx2-bench"
    subprocess.run(
        ["cargo", "build", "--release", "--quiet", "--target-dir", target],
        cwd=HERE / "iceoryx2",
        check=True,
    )
    return target / "release" / "iceoryx2_bench"


class Figures:
    """What a program printed, in round trips of the bare line but for the line itself (ns)."""

    def __init__(self, *command: str | pathlib.Path) -> None:
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        self.line = float(LINE.search(text)[1])
        self.trip, self.way = (float(x) for x in FIGURES.search(text).groups())
        batched = BATCHED.search(text)
        self.event = float(batched[1]) if batched else None


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    bench = pathlib.Path(sys.argv[1]).resolve()
    peer = build()
    ratios: list[tuple[float, float, float]] = []
    for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 5):
        own = Figures(bench, SECONDS, "peers")
        other = Figures(peer, SECONDS)
        ratio = (other.trip / own.trip, other.way / own.way, other.way / own.event)
        kept = max(own.line, other.line) < 1.3 * min(own.line, other.line)
        print(
            f"line {own.line:.0f} and {other.line:.0f} ns: iceoryx2 takes {ratio[0]:.1f} x the "
            f"round trip, {ratio[1]:.1f} x the time for a message, {ratio[2]:.1f} x that for an "
            "event in a batch" + ("" if kept else " (left out)")
        )
        if kept:
            ratios.append(ratio)
    if ratios:
        trip, way, event = (statistics.median(column) for column in zip(*ratios, strict=True))
        print(
            f"median of {len(ratios)}: round trip {trip:.1f} x, messages {way:.1f} x, "
            f"events in batches {event:.1f} x"
        )


if __name__ == "__main__":
    main()
