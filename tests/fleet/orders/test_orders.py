"""Orders under reports that are lost, doubled and out of order, and under `kill -9`."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from typing import Any

import hypothesis.strategies as st
import pytest
from gaitway.fleet.errors import OrderError
from gaitway.fleet.orders.order import Order
from gaitway.fleet.orders.store import OrderStore
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

# The only steps that an order may take; written down here a second time, on purpose.
EDGES = {
    ("new", "assigned"),
    ("new", "picked"),  # a report of an attempt that was given up too early
    ("new", "delivered"),
    ("new", "cancelled"),
    ("new", "failed"),
    ("assigned", "picked"),
    ("assigned", "delivered"),
    ("assigned", "new"),
    ("assigned", "cancelled"),
    ("assigned", "failed"),
    ("picked", "delivered"),
    ("picked", "new"),
    ("picked", "failed"),
}


def order(name="a", **fields: Any):
    wish: dict[str, Any] = {"kind": "pick", "source": "shelf", "target": "station"}
    return Order(name, **(wish | fields))


@pytest.fixture
def store(tmp_path):
    with OrderStore(tmp_path / "orders.db") as store:
        yield store


def test_an_order_is_assigned_picked_and_delivered_once(store):
    assert store.add(order()) and not store.add(order())
    for step, state in (
        (lambda: store.assign("a", "amr 1", 1.0), "assigned"),
        (lambda: store.report("a", "amr 1", 1, "picked", 2.0), "picked"),
        (lambda: store.report("a", "amr 1", 1, "delivered", 3.0), "delivered"),
    ):
        assert step() and store.get("a").state == state
        if state != "delivered":
            assert not step()
    assert not store.report("a", "amr 1", 1, "picked", 4.0)  # late: it says nothing new
    assert not store.report("a", "amr 1", 1, "delivered", 4.0)
    assert [event.state for event in store.events("a")] == ["new", "assigned", "picked", "delivered"]


def test_a_failed_vehicle_gives_back_what_it_was_to_do(store):
    for name in "abc":
        store.add(order(name))
        store.assign(name, "amr 1", 1.0)
    store.report("b", "amr 1", 1, "picked", 2.0)
    store.report("c", "amr 1", 1, "delivered", 2.0)
    assert store.release_all("amr 1", "It stands.", 3.0, source="aisle 4") == ["a", "b"]
    assert store.release_all("amr 1", "It stands.", 3.0, source="aisle 4") == []
    assert (store.get("a").source, store.get("b").source) == ("shelf", "aisle 4")
    store.assign("a", "amr 2", 4.0)
    # It had picked a, and brought it: its report comes late, and counts.
    assert not store.report("a", "amr 1", 1, "picked", 5.0)
    assert store.report("a", "amr 1", 1, "delivered", 5.0)
    assert store.get("a").state == "delivered" and [o.id for o in store.orders()] == ["b"]


def refusals(store):
    store.add(order("b"))
    store.assign("a", "amr 1", 1.0)
    return [
        (lambda: store.get("x"), "There is no order 'x'"),
        (lambda: store.assign("a", "amr 2", 1.0), "'a' is assigned; only a new one"),
        (lambda: store.report("b", "amr 1", 1, "picked", 1.0), "no attempt 1; the last is 0"),
        (lambda: store.report("a", "amr 1", 2, "picked", 1.0), "no attempt 2"),
        (lambda: store.report("a", "amr 2", 1, "picked", 1.0), "attempt 1 is by 'amr 1', not 'amr 2'"),
        (lambda: store.report("a", "amr 1", 1, "lost", 1.0), "'lost' is no stage"),
        (lambda: store.add(order("a", target="dock")), "is there already, with other contents"),
        (
            lambda: store.report("a", "amr 1", 1, "picked", 1.0) and store.cancel("a", "", 1.0),
            "is picked; only",
        ),
        (lambda: store.release("a", 1, "", 1.0), "must say where its load is"),
        (lambda: store.report("a", "amr 1", 1, "delivered", 1.0) and store.fail("a", "", 1.0), "cannot fail"),
        (lambda: store.release("a", 7, "", 1.0), "no attempt 7"),
        (lambda: store.assign("b", "", 1.0), "must have a name"),
    ]


def test_what_is_refused_changes_nothing(store):
    store.add(order("a"))
    for step, sentence in refusals(store):
        with pytest.raises(OrderError, match=sentence):
            step()
    assert store.get("a").state == "delivered" and store.get("b").attempt == 0


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "steal"}, "kind is 'steal'; it must be one of pick, replenish, dock"),
        ({"target": "shelf"}, "source and target are both 'shelf'"),
        ({"source": " "}, "source must be a text"),
        ({"id": "x" * 201}, "id must be a text"),
        ({"load": -1.0}, "load is -1"),
        ({"load": float("nan")}, "load is nan"),
        ({"opens": 5.0, "due": 4.0}, "due not before opens"),
    ],
)
def test_orders_that_cannot_be(fields, sentence):
    with pytest.raises(OrderError, match=sentence):
        order(fields.pop("id", "a"), **fields)


def test_hostile_names_stay_names(store):
    name = """'); DROP TABLE "order"; --<script>"""
    store.add(order(name, source='"'))
    store.assign(name, "'; DELETE FROM event; --", 1.0)
    assert store.orders(("assigned",))[0].id == name and len(store.events(name)) == 2


def test_other_files_are_left_alone(tmp_path):
    (tmp_path / "text").write_text("no database " * 100)
    with pytest.raises(OrderError, match="text: is no store of orders"):
        OrderStore(tmp_path / "text")
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE mine (x)")
    with pytest.raises(OrderError, match="database of version 0; a store of orders has 1"):
        OrderStore(tmp_path / "other.db")
    with pytest.raises(OrderError, match="cannot be written"):
        OrderStore(tmp_path / "nowhere" / "orders.db")


def test_the_most_urgent_first(store):
    for name, fields in {
        "late": {"due": 9.0},
        "soon": {"due": 5.0},
        "chief": {"priority": 1},
        "any": {},
    }.items():
        store.add(order(name, **fields))
    assert [o.id for o in store.orders()] == ["chief", "soon", "late", "any"]


class Floor(RuleBasedStateMachine):
    """Loads that really move, and a store that hears of it late, twice, in another order, or not at all.

    Vehicles repeat what they have to say; hypothesis chooses what arrives. Commands may be lost too. A
    vehicle that is given up goes on with what it was told, as if only its radio had failed.
    """

    names = Bundle("orders")

    def __init__(self):
        super().__init__()
        self.store = OrderStore(":memory:")  # pyright: ignore[reportArgumentType]
        self.at, self.told, self.said, self.moves, self.now = {}, {}, [], [], 0.0

    def teardown(self):
        """When everything is repeated until it arrives, each order ends, and is where it should be."""
        self.hear_all()
        for known in self.store.orders():
            if known.state == "new":
                self.assign(known.id, "last")
            # Whoever holds it brings it, even if he was given up; else the last who was told.
            holder = self.at[known.id]
            attempt = holder[1] if isinstance(holder, tuple) else self.store.get(known.id).attempt
            for _ in range(1 if isinstance(holder, tuple) else 2):
                self.act(known.id, attempt)
        self.hear_all()
        assert not self.store.orders()
        for known in self.store.orders(("delivered",)):
            assert self.at[known.id] == known.target
        assert len(self.moves) == len(set(self.moves)), "a load was delivered twice"
        self.store.close()

    def hear_all(self):
        for name, vehicle, attempt, stage in self.said:
            self.store.report(name, vehicle, attempt, stage, self.now)

    @rule(target=names, number=st.integers(0, 1))
    def add(self, number):
        name = f"order {number}"
        if self.store.add(order(name)):
            self.at[name] = "shelf"
        return name

    @rule(name=names, vehicle=st.sampled_from(["amr 1", "amr 2"]))
    def assign(self, name, vehicle):
        if self.store.get(name).state == "new":
            assert self.store.assign(name, vehicle, self.now)
            self.told[name, self.store.get(name).attempt] = vehicle

    @rule(name=names, attempt=st.integers(1, 3))
    def act(self, name, attempt):
        """The vehicle of an attempt picks the load up where it is, or brings it to the station."""
        vehicle, holder = self.told.get((name, attempt)), (name, attempt)
        if vehicle is None:
            return
        if self.at[name] in ("shelf", "aisle"):
            self.at[name] = holder
            self.said.append((name, vehicle, attempt, "picked"))
        elif self.at[name] == holder:
            self.at[name] = "station"
            self.moves.append(name)
            self.said.append((name, vehicle, attempt, "delivered"))

    @rule(data=st.data())
    def hear(self, data):
        """A report arrives: any that was ever made, so late, early, or once more."""
        if self.said:
            name, vehicle, attempt, stage = data.draw(st.sampled_from(self.said))
            self.store.report(name, vehicle, attempt, stage, self.now)

    @rule(name=names)
    def give_up(self, name):
        """The vehicle fails with what it holds: people put the load into the aisle."""
        known = self.store.get(name)
        if known.state in ("assigned", "picked"):
            if self.at[name] == (name, known.attempt):
                self.at[name] = "aisle"
            assert self.store.release(name, known.attempt, "It stands.", self.now, source="aisle")

    @rule(name=names)
    def cancel(self, name):
        if self.store.get(name).state in ("new", "assigned"):
            assert self.store.cancel(name, "Not wanted.", self.now)

    @invariant()
    def no_step_but_the_allowed(self):
        last = {}
        for event in self.store.events():
            if event.order in last:
                assert (last[event.order], event.state) in EDGES
            last[event.order] = event.state
        for known in self.store.orders(("delivered",)):
            assert self.at[known.id] == known.target, "delivered, and not there"


TestFloor = Floor.TestCase
TestFloor.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)


class Radio:
    """A channel that loses 5 % of messages, doubles 5 % and holds 5 % back for a while."""

    def __init__(self, seed):
        self.random, self.waiting, self.now = random.Random(seed), [], 0

    def send(self, message):
        for _ in range(1 + (self.random.random() < 0.05)):
            if self.random.random() >= 0.05:
                late = self.random.randint(1, 9) if self.random.random() < 0.05 else 0
                self.waiting.append((self.now + late, message))

    def hear(self):
        self.now += 1
        arrived = [message for at, message in self.waiting if at < self.now]
        self.waiting = [(at, message) for at, message in self.waiting if at >= self.now]
        return arrived


@pytest.mark.parametrize("seed", range(5))
def test_five_percent_lost_doubled_and_late(seed):
    """Vehicles repeat their last word, the dispatcher its orders, until each is heard."""
    down, up, done, said = Radio(seed), Radio(seed + 100), [], {}
    with OrderStore(":memory:") as store:  # pyright: ignore[reportArgumentType]
        for number in range(100):
            store.add(order(f"{number:03d}"))
        for tick in range(200):
            for known in store.orders():
                if known.state == "new":
                    store.assign(known.id, f"amr {tick % 7}", tick)
                told = store.get(known.id)
                down.send((told.id, told.vehicle, told.attempt))
            for name, vehicle, attempt in down.hear():
                stage = said.get(name)
                if stage is None:
                    said[name] = "picked"
                elif stage == "picked" and down.random.random() < 0.3:
                    said[name] = "delivered"
                    done.append(name)
                up.send((name, vehicle, attempt, said[name]))
            for name, vehicle, attempt, stage in up.hear():
                store.report(name, vehicle, attempt, stage, tick)
        assert sorted(done) == [o.id for o in store.orders(("delivered",))] and len(done) == 100
        steps = [(event.order, event.state) for event in store.events()]
        assert len(set(steps)) == len(steps)


DISPATCHER = """
import sys
from pathlib import Path
from gaitway.fleet.orders.order import Order
from gaitway.fleet.orders.store import OrderStore
with OrderStore(Path(sys.argv[1])) as store:
    for number in range(int(sys.argv[2])):
        store.add(Order(f"{number:04d}", "pick", "shelf", "station", created=float(number)))
    print("ready", flush=True)
    while orders := store.orders():
        for known in orders:
            if known.state == "new":
                store.assign(known.id, "amr", 1.0)
            stage = "delivered" if known.state == "picked" else "picked"
            store.report(known.id, "amr", store.get(known.id).attempt, stage, 2.0)
            print(known.id, stage, flush=True)
print("end", flush=True)
"""


def test_killed_and_started_again_no_order_is_lost_or_doubled(tmp_path):
    answered, ended, delays = [], False, iter([0.02, 0.0, 0.05, 0.01, 0.1, 0.03, *[60.0] * 20])
    while not ended:
        command = [sys.executable, "-c", DISPATCHER, str(tmp_path / "orders.db"), "60"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            delay = next(delays)
            if delay < 1.0:
                time.sleep(delay)
                process.kill()
            lines = process.stdout.read().splitlines()
        # The last line may have been cut off; an answer is a whole line.
        answered += [tuple(line.split()) for line in lines if len(line.split()) == 2]
        ended = "end" in lines
    with OrderStore(tmp_path / "orders.db") as store:
        assert not store.orders() and len(store.orders(("delivered",))) == 60
        steps = [(event.order, event.state) for event in store.events()]
    assert len(steps) == len(set(steps)) == 60 * 4
    assert set(answered) <= set(steps), "what was answered is there"
