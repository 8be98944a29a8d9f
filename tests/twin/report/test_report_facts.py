"""Figures, incidents and late orders of small shifts that were reckoned by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gaitway.twin.ask.ask import ask
from gaitway.twin.journal.journal import Journal, OrderRow, Sample
from gaitway.twin.journal.reading import Reading
from gaitway.twin.report.detours import find_detours
from gaitway.twin.report.facts import Shift, read_shift
from gaitway.twin.report.floor import Floor
from gaitway.twin.report.incidents import find_incidents, notable
from gaitway.twin.report.kpis import MEASURES, Kpis, compare, duration, judge, measure
from gaitway.twin.report.late import late_orders
from gaitway.twin.report.throughput import Throughput
from gaitway.twin.report.usage import vehicle_usage

META = {"start": "2026-11-28T09:00:00"}


def _order(
    name: str, created: float, due: float, delivered: float | None, actor: str | None = "amr_0"
) -> OrderRow:
    state = "new" if actor is None else "assigned" if delivered is None else "delivered"
    return OrderRow(name, "pick", "mug", "aisle_1", "station_1", created, due, state, actor, None, delivered)


def _read(path: Path) -> Shift:
    reading = Reading(path)
    shift = read_shift(reading)
    reading.close()
    return shift


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    journal = Journal(tmp_path / "journal.sqlite", META)
    journal.actor("amr_0", "amr")
    journal.actor("amr_1", "amr")
    return journal


def test_kpis_of_four_orders(journal: Journal, tmp_path: Path) -> None:
    """In time, late, late and not there yet, not due yet; the shift is half an hour."""
    for order in (
        _order("a", 0, 200, 100), _order("b", 100, 200, 400),
        _order("c", 300, 900, None), _order("d", 1700, 2400, None),
    ):  # fmt: skip
        journal.order(order)
    for time, kind, name, order in (
        (0, "order_assigned", "amr_0", "a"), (100, "order_delivered", "amr_0", "a"),
        (100, "order_assigned", "amr_0", "b"), (400, "order_delivered", "amr_0", "b"),
        (900, "order_assigned", "amr_1", "c"),
    ):  # fmt: skip
        journal.event(time, kind, actor=name, order=order)
    journal.event(600, "charging_started", actor="amr_0")
    journal.event(1050, "charging_ended", actor="amr_0")
    journal.event(1800, "near_miss", actor="amr_0", value=0.3)
    journal.close()
    shift = _read(tmp_path / "journal.sqlite")
    kpis = measure(shift)
    assert (kpis.orders, kpis.delivered, kpis.late, kpis.near_misses, kpis.contacts) == (4, 2, 2, 1, 0)
    assert kpis.on_time == pytest.approx(1 / 3)
    assert kpis.throughput == pytest.approx(4.0)
    assert kpis.order_time == pytest.approx((100 + 300) / 2)
    usage = {one.vehicle: one for one in vehicle_usage(shift)}
    assert usage["amr_0"].order == pytest.approx(400 / 1800)
    assert usage["amr_0"].charging == pytest.approx(450 / 1800)
    assert usage["amr_1"].order == pytest.approx(900 / 1800)
    assert usage["amr_1"].free == pytest.approx(0.5)
    assert kpis.utilisation == pytest.approx((400 + 900) / 2 / 1800)
    late = late_orders(shift)
    assert [(one.order.id, one.by) for one in late] == [("c", 900.0), ("b", 200.0)]
    assert late[0].causes == ["waited 10 min 00 s for a free vehicle", "on its way for 15 min 00 s"]


def test_why_an_order_was_late(journal: Journal, tmp_path: Path) -> None:
    journal.order(_order("a", 0, 100, 400))
    journal.event(40, "order_assigned", actor="amr_0", order="a")
    found = journal.event(60, "incident_detected", place="aisle_3", note="blocked_aisle", value=1.5)
    journal.event(70, "vehicle_stopped", actor="amr_0", note="blocked_aisle")
    journal.event(190, "vehicle_resumed", actor="amr_0")
    journal.event(190, "rerouted", actor="amr_0", incident=found)
    journal.event(500, "vehicle_failed", actor="amr_0")  # after it was delivered
    journal.close()
    (late,) = late_orders(_read(tmp_path / "journal.sqlite"))
    assert late.causes == [
        "amr_0 stood 2 min 00 s (an aisle is blocked)",
        "waited 40 s for a free vehicle",
        "on its way for 6 min 00 s",
        "amr_0 went round (an aisle is blocked in aisle_3)",
    ]


def test_incidents_seen_felt_missed_and_false(journal: Journal, tmp_path: Path) -> None:
    event = journal.event
    event(100.0, "truth", place="aisle_1", at=(1.0, 2.0), note="dropped_load", value=60.0)
    found = event(101.4, "incident_detected", place="aisle_1", note="blocked_aisle", value=1.4)
    event(101.4, "map_updated", incident=found, value=0.012)
    event(101.6, "routes_accepted", incident=found, value=0.15)
    event(160.0, "incident_cleared", incident=found)
    event(200.0, "truth", actor="amr_1", note="vehicle_failed")
    event(200.5, "vehicle_failed", actor="amr_1")
    event(260.0, "vehicle_repaired", actor="amr_1")
    event(300.0, "truth", place="aisle_2", note="spill")
    event(400.0, "incident_detected", place="aisle_3", note="person_down", value=2.0)
    event(450.0, "incident_detected", place="aisle_3", note="person_in_lane")
    journal.close()
    seen, felt, missed, false, walks = find_incidents(_read(tmp_path / "journal.sqlite"))
    assert (seen.number, seen.kind, seen.happened, seen.detected) == (1, "blocked_aisle", 100.0, 101.4)
    assert seen.steps == (1.4, 0.012, 0.15), "what the run measured, not its clock's steps"
    assert (seen.at, seen.cleared, seen.is_false) == ((1.0, 2.0), 160.0, False)
    assert (felt.detected, felt.cleared, felt.place) == (200.5, 260.0, "amr_1")
    assert (missed.kind, missed.detected) == ("spill", None)
    assert false.is_false and not walks.is_false, "people walk in lanes without being told to"
    assert [one.number for one in (felt, missed, false, walks)] == [2, 3, 4, 0]
    assert [one.is_minor for one in (seen, felt, missed, false, walks)] == [False] * 4 + [True]


def test_who_fell_comes_before_all_else(journal: Journal, tmp_path: Path) -> None:
    """In the table of a few, in the answers, and in how the warehouse feels; others only when he is up."""
    for time, place in ((10.0, "aisle_1"), (20.0, "aisle_2"), (30.0, "aisle_3")):
        journal.event(time, "truth", place=place, at=(1.0, 2.0), note="dropped_load", value=60.0)
        journal.event(time + 1, "incident_detected", place=place, note="dropped_load", value=1.0)
    fell = journal.event(40.0, "incident_detected", place="aisle_2", at=(3.0, 4.0), note="person_down")
    journal.samples(100.0, [Sample("amr_0", 0.0, 0.0, 0.0, 0.0, 1.0, "")])
    journal.commit()
    reading = Reading(tmp_path / "journal.sqlite")
    kinds = [one.kind for one in notable(find_incidents(read_shift(reading)), 2)]
    assert kinds == ["dropped_load", "person_down"]
    feels = ask(reading, "How do you feel today?")
    assert "lies on the floor (aisle_2)" in feels.text and feels.events[0].id == fell
    assert [one.id for one in ask(reading, "Is anybody hurt?").events] == [fell]
    journal.place("aisle_3", "aisle", np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 9.0], [0.0, 9.0]]))
    journal.event(5.0, "lane_closed", place="aisle_3", at=(1.0, 2.0))
    journal.event(6.0, "lane_opened", place="aisle_3", at=(1.0, 2.0))
    journal.event(60.0, "incident_cleared", incident=fell)
    journal.commit()
    assert "A load lies on the floor in aisle_3" in ask(reading, "What blocks aisle_3?").text
    assert "lies on the floor" not in ask(reading, "How do you feel today?").text


def test_throughput_falls_and_comes_back(journal: Journal, tmp_path: Path) -> None:
    """An order every 10 s, none from 1200 to 1500 s, then again: half a window later it is not yet back."""
    times = [*np.arange(5, 1200, 10), *np.arange(1505, 3600, 10)]
    for k, time in enumerate(times):
        journal.order(_order(f"o{k}", 0.0, 1e5, float(time)))
    journal.event(3600, "near_miss")
    journal.close()
    throughput = Throughput(_read(tmp_path / "journal.sqlite"))
    assert throughput.window == 300.0
    assert throughput.at(1200.0) == pytest.approx(360.0)
    assert throughput.at(1500.0) == 0.0
    brute = [sum(t - 300 < time <= t for time in times) * 12.0 for t in (400.0, 1333.0, 1650.0, 3000.0)]
    assert throughput.at(np.array([400.0, 1333.0, 1650.0, 3000.0])) == pytest.approx(brute)
    # 26 of 30 orders are back in the window (85 %) when the 26th after the break is done, at 1755 s.
    assert throughput.recovery(1200.0) == pytest.approx(555.0)
    assert throughput.recovery(2400.0) == 0.0
    assert throughput.count(1200.0, 1800.0) == sum(1200 < time <= 1800 for time in times)
    assert throughput.recovery(100.0) is None, "a whole window must be over to say what it was"


def test_where_something_happened(journal: Journal, tmp_path: Path) -> None:
    box = np.array([[0, 0], [4, 0], [4, 10], [0, 10.0]])
    journal.place("hall", "hall", 30 * box - 10)
    journal.place("aisle_1", "aisle", box)
    journal.place("crossing_1", "crossing", 0.25 * box)
    journal.place("rack_1", "rack", box + np.array([4, 0]))
    for at in ((3.0, 8.0), (0.5, 0.5), (5.0, 5.0), (2.0, 15.9), (2.0, 16.1), None):
        journal.event(1.0, "near_miss", at=at)
    journal.event(1.0, "near_miss", at=(3.0, 8.0), place="told")
    journal.close()
    shift = _read(tmp_path / "journal.sqlite")
    assert [shift.where(event) for event in shift.of("near_miss")] == [
        "aisle_1", "crossing_1", "near aisle_1", "near aisle_1", None, None, "told",
    ]  # fmt: skip


def test_ways_before_and_after_a_place_is_closed(journal: Journal, tmp_path: Path) -> None:
    """One drives through the place until it is closed at 101 s, and beside it then; one is never near."""
    box = np.array([[-1, -5], [1, -5], [1, 5], [-1, 5.0]])
    journal.place("hall", "hall", 20 * box)
    journal.place("aisle_1", "aisle", box)
    for time in range(200):
        x = 0.0 if time <= 100 else 3.0
        samples = [Sample("amr_0", x, (time % 20) - 10.0, 1.57, 1.0), Sample("amr_1", 15.0, 90.0, 0.0, 0.0)]
        journal.samples(float(time), samples)
    found = journal.event(100.0, "incident_detected", place="aisle_1", at=(0.0, 0.0), note="spill", value=0.5)
    journal.event(100.2, "map_updated", incident=found, value=0.2)
    journal.event(100.9, "routes_accepted", incident=found, value=0.7)
    journal.event(160.0, "incident_cleared", incident=found)
    journal.close()
    reading = Reading(tmp_path / "journal.sqlite")
    shift = read_shift(reading)
    (detour,) = find_detours(shift, Floor(shift, reading), find_incidents(shift))
    reading.close()
    assert (detour.before.passed, detour.after.passed) == (1, 0)
    assert detour.before.seconds == pytest.approx(99.5)
    assert detour.after.seconds == pytest.approx(160 - 100.9)
    assert detour.before.picture.count("<polyline") == detour.after.picture.count("<polyline") == 1


def _kpis(**changes: object) -> Kpis:
    return Kpis(**{
        "orders": 100, "delivered": 100, "late": 1, "on_time": 0.99, "throughput": 100.0, "order_time": 90.0,
        "slow_time": 120.0, "utilisation": 0.7, "near_misses": 4, "contacts": 0, "hours": 1.0, **changes,
    })  # fmt: skip


def test_verdicts() -> None:
    assert judge(_kpis(), 0).level == "good"
    assert judge(_kpis(), 1).level == "fair"
    assert judge(_kpis(on_time=0.9), 0).level == "fair"
    assert judge(_kpis(on_time=0.8), 0).level == "poor"
    assert judge(_kpis(contacts=1), 0).level == "poor"
    assert judge(_kpis(on_time=None), 0).level == "fair"
    assert "A person lay on the floor" in judge(_kpis(on_time=None, contacts=1), 0, fallen=1).why


def test_changes_are_better_worse_or_chance() -> None:
    def ways(now: Kpis, then: Kpis) -> dict[str, tuple[str, str]]:
        changes = {one.label: compare(one, now, then) for one in MEASURES}
        return {label: (one.way, one.text) for label, one in changes.items() if one}

    found = ways(_kpis(throughput=120.0, order_time=99.0, on_time=0.97, near_misses=6), _kpis())
    assert found["Throughput"] == ("better", "+20 %")
    assert found["Mean order time"] == ("worse", "+10 %")
    assert found["On time"] == ("worse", "−2.0 points")
    assert found["Near misses"][0] == "same", "6 after 4 is chance"
    assert found["Contacts"] == ("same", "the same")
    assert ways(_kpis(near_misses=40), _kpis())["Near misses"][0] == "worse"
    half = _kpis(hours=0.5, near_misses=2)
    assert ways(half, _kpis())["Near misses"] == ("same", "0 %"), "rates are compared, not counts"


def test_durations() -> None:
    assert [duration(s) for s in (41.6, 59.7, 185, 3599.6, 4800)] == [
        "42 s", "1 min 00 s", "3 min 05 s", "1 h 00 min", "1 h 20 min",
    ]  # fmt: skip
