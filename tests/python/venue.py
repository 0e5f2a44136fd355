"""A running venue simulator, and what it says is true."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

PROGRAM = os.environ.get("RINGSIDE_VENUE_SIMULATOR")
PATIENCE = 60.0
CONFIG = """
[server]
ca_file = "authority.pem"
port_file = "ports"

[[asset]]
symbol = "BTCUSDT"
tick_size = 0.1
lot_size = 0.001
exchange = "partial_fill"
queue = { model = "power_prob3", n = 3.0 }
fee = { maker = 0.0002, taker = 0.0005 }
synth = { seed = 7 }

[[account]]
name = "one"
api_key = "key"
secret = "secret"
balance = 10000.0
"""


class Venue:
    """A running simulator."""

    def __init__(self, folder: Path, config: str = CONFIG) -> None:
        (folder / "simulator.toml").write_text(config)
        self.authority = folder / "authority.pem"
        assert PROGRAM is not None
        self.process = subprocess.Popen(
            [PROGRAM, folder / "simulator.toml"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        ports = folder / "ports"
        end = time.monotonic() + PATIENCE
        while not ports.exists():
            assert self.process.poll() is None, "the simulator ended"
            assert time.monotonic() < end, "the simulator did not listen"
            time.sleep(0.01)
        self.port, self.control_port = (int(port) for port in ports.read_text().split()[:2])

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(PATIENCE) == 0

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """An answer of the simulator's control; with a body, after it was told that."""
        trust = ssl.create_default_context(cafile=os.fspath(self.authority))
        request = urllib.request.Request(
            f"https://localhost:{self.control_port}/simulator/{path}",
            data=None if body is None else json.dumps(body).encode(),
            method="GET" if body is None else "POST",
        )
        with urllib.request.urlopen(request, timeout=PATIENCE, context=trust) as answer:
            return json.load(answer)

    def hold(self, held: bool = True) -> None:
        """Lets market time stand still, or go on; orders are served all the while."""
        self.ask("market", {"held": held})

    def account(self) -> dict[str, Any]:
        return self.ask("state")["accounts"][0]
