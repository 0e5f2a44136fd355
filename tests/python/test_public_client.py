"""A public client library trades with the venue simulator as it would with the venue.

Nothing of the library is changed but the hosts of its addresses and whom it trusts.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time

import pytest
from venue import PATIENCE, PROGRAM, Venue

if PROGRAM is None:
    pytest.skip("name the simulator in RINGSIDE_VENUE_SIMULATOR", allow_module_level=True)
ccxt = pytest.importorskip("ccxt", reason="ccxt is not installed")
ccxt_pro = pytest.importorskip("ccxt.pro", reason="ccxt has no WebSocket part")

SYMBOL = "BTC/USDT:USDT"
KEYS = {"apiKey": "key", "secret": "secret"}


class RedirectingVenue(Venue):
    """A simulator to which a client can be sent."""

    def redirect(self, exchange) -> None:
        """Replaces the venue's hosts in the addresses of a client."""
        hosts = ("ws-fapi.binance.com", "fstream.binance.com", "fapi.binance.com")

        def walk(urls: dict) -> None:
            for key, value in urls.items():
                if isinstance(value, dict):
                    walk(value)
                elif isinstance(value, str):
                    for host in hosts:
                        value = value.replace(f"://{host}", f"://localhost:{self.port}")
                    urls[key] = value

        walk(exchange.urls["api"])
        # Currencies come from the wallet, which is another service of the venue.
        exchange.options["fetchCurrencies"] = False


@pytest.fixture
def venue(tmp_path):
    running = RedirectingVenue(tmp_path)
    yield running
    running.stop()


@pytest.fixture
def exchange(venue, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", os.fspath(venue.authority))
    client = ccxt.binanceusdm({**KEYS, "requests_trust_env": True})
    venue.redirect(client)
    client.load_markets()
    return client


def test_reads_the_instrument_and_the_book(exchange):
    market = exchange.market(SYMBOL)
    assert market["precision"]["price"] == 0.1
    assert market["precision"]["amount"] == 0.001
    assert market["limits"]["cost"]["min"] == 5.0
    book = exchange.fetch_order_book(SYMBOL, 20)
    assert len(book["bids"]) == len(book["asks"]) == 20
    assert book["bids"][0][0] < book["asks"][0][0]
    assert abs(exchange.fetch_time() - time.time() * 1000) < 60_000


def test_places_amends_and_cancels(exchange):
    bid = exchange.fetch_order_book(SYMBOL, 5)["bids"][0][0]
    placed = exchange.create_order(
        SYMBOL, "limit", "buy", 0.01, bid - 100, {"clientOrderId": "mine-1"}
    )
    assert placed["status"] == "open"
    assert placed["clientOrderId"] == "mine-1"
    amended = exchange.edit_order(placed["id"], SYMBOL, "limit", "buy", 0.02, bid - 110)
    assert amended["id"] == placed["id"]
    assert amended["amount"] == 0.02
    (resting,) = exchange.fetch_open_orders(SYMBOL)
    assert resting["price"] == pytest.approx(bid - 110)
    assert exchange.cancel_order(placed["id"], SYMBOL)["status"] == "canceled"
    assert exchange.fetch_open_orders(SYMBOL) == []
    assert exchange.fetch_order(placed["id"], SYMBOL)["status"] == "canceled"


def test_reads_fills_position_and_balance(exchange):
    before = exchange.fetch_balance()["USDT"]["total"]
    bought = exchange.create_order(SYMBOL, "market", "buy", 0.01)
    order = exchange.fetch_order(bought["id"], SYMBOL)
    assert order["status"] == "closed"
    assert order["filled"] == 0.01
    trades = exchange.fetch_my_trades(SYMBOL)
    assert sum(trade["amount"] for trade in trades) == pytest.approx(0.01)
    assert {trade["order"] for trade in trades} == {bought["id"]}
    assert {trade["takerOrMaker"] for trade in trades} == {"taker"}
    fees = sum(trade["fee"]["cost"] for trade in trades)
    assert fees == pytest.approx(0.0005 * sum(trade["cost"] for trade in trades), rel=1e-6)
    (position,) = exchange.fetch_positions([SYMBOL])
    assert position["side"] == "long"
    assert position["contracts"] == 0.01
    assert position["entryPrice"] == pytest.approx(order["average"], abs=1e-4)
    assert exchange.fetch_balance()["USDT"]["total"] < before


def test_understands_refusals(exchange):
    ask = exchange.fetch_order_book(SYMBOL, 5)["asks"][0][0]
    with pytest.raises(ccxt.InvalidOrder, match="-5022"):
        exchange.create_order(SYMBOL, "limit", "buy", 0.01, ask + 100, {"timeInForce": "GTX"})
    with pytest.raises(ccxt.ExchangeError, match="-2019"):
        exchange.create_order(SYMBOL, "limit", "buy", 50, ask - 100)
    with pytest.raises(ccxt.OrderNotFound):
        exchange.cancel_order("12345", SYMBOL)
    exchange.secret = "another"
    with pytest.raises(ccxt.AuthenticationError):
        exchange.fetch_balance()
    exchange.apiKey = "another"
    with pytest.raises(ccxt.BaseError, match="-2015"):
        exchange.fetch_balance()


def test_follows_streams_and_trades_by_websocket(venue):
    async def run() -> None:
        client = ccxt_pro.binanceusdm({**KEYS, "cafile": os.fspath(venue.authority)})
        venue.redirect(client)
        try:
            await asyncio.wait_for(watch(client), PATIENCE)
        finally:
            # aiohttp aborts connections whose TLS has ended, which Python 3.11 fails at.
            with contextlib.suppress(AttributeError):
                await client.close()

    async def watch(client) -> None:
        await client.load_markets()
        for _ in range(5):
            book = await client.watch_order_book(SYMBOL)
        bid = book["bids"][0][0]
        assert bid < book["asks"][0][0]
        assert (await client.watch_trades(SYMBOL))[-1]["price"] > 0

        async def orders() -> list[str]:
            seen: list[str] = []
            while seen[-1:] != ["canceled"]:
                seen += [order["status"] for order in await client.watch_orders(SYMBOL)]
            return seen

        watching = asyncio.create_task(orders())
        # The user stream is subscribed to by its address.
        while not any(
            ("/private" in url or "listenKey" in url) and stream.connectionEstablished
            for url, stream in client.clients.items()
        ):
            await asyncio.sleep(0.01)
        placed = await client.create_order_ws(SYMBOL, "limit", "buy", 0.01, bid - 100)
        amended = await client.edit_order_ws(placed["id"], SYMBOL, "limit", "buy", 0.02, bid - 110)
        assert amended["amount"] == 0.02
        assert (await client.cancel_order_ws(placed["id"], SYMBOL))["status"] == "canceled"
        assert (await watching)[0] == "open"
        assert (await client.fetch_balance_ws())["USDT"]["total"] == 10_000

    asyncio.run(run())
