"""What a query's figures must be, in plain Python over the rows of a shift: no SQL, nothing of `twin/ask`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from .ask_shift import LENGTH, Shift

Row = dict[str, Any]
_KINDS = {
    "near_miss": "near_miss",
    "contact": "contact",
    "reroute": "rerouted",
    "failure": "vehicle_failed",
    "charging": "charging_started",
    "camera_silent": "camera_silent",
    "dock_closed": "dock_closed",
    "stop": "vehicle_stopped",
    "returned": "order_returned",
}
_OVER = {
    "incident_detected": "incident_cleared",
    "vehicle_failed": "vehicle_repaired",
    "dock_closed": "dock_opened",
    "camera_silent": "camera_back",
    "charging_started": "charging_ended",
    "vehicle_stopped": "vehicle_resumed",
}


class Reference:
    """Answers labelled queries (dicts) from the rows."""

    def __init__(self, shift: Shift, other: Shift | None = None) -> None:
        self.shift, self.other = shift, other

    def figures(self, query: Row) -> Row:
        """The figures that an answer must have."""
        return getattr(self, query["intent"])(query)

    # Rows

    def _in(self, time: float, query: Row) -> bool:
        since, until = (query.get("windows") or [[None, None]])[0]
        return (since is None or time >= since) and (until is None or time < until or until >= LENGTH)

    def _select(self, query: Row) -> list[Row]:
        topic = query.get("topic")
        if topic == "actor":
            return [
                {"actor": name, "time": 0.0}
                for name, kind in self.shift.actors.items()
                if kind == query["actor_kind"]
            ]
        if topic == "idle":
            last = [row for row in self.shift.samples if row["time"] == LENGTH and not row["task"]]
            return [row for row in last if self.shift.actors[row["actor"]] == "amr"]
        if topic in ("order", "delivered", "late", "open"):
            rows = self.orders(topic)
        else:
            rows = [dict(row) for row in self.shift.events if row["kind"] != "truth"]
            if topic in _KINDS:
                rows = [row for row in rows if row["kind"] == _KINDS[topic]]
            elif topic is not None:
                rows = [row for row in rows if row["kind"] == "incident_detected"]
                rows = [row for row in rows if topic in ("incident", row["note"])]
        return [row for row in rows if self._in(row["time"], query) and self._about(row, query)]

    def orders(self, topic: str) -> list[Row]:
        """Orders of a topic, with the time that counts, how long they took, and s over their due time."""
        rows = []
        for order in self.shift.orders:
            end = order["delivered"] if order["delivered"] is not None else LENGTH
            row = {**order, "order": order["id"], "place": order["target"], "took": end - order["created"]}
            row["value"] = end - order["due"]
            if topic == "delivered" and order["delivered"] is not None:
                rows.append({**row, "time": order["delivered"]})
            elif topic == "late" and end > order["due"] and order["state"] != "cancelled":
                rows.append({**row, "time": order["due"]})
            elif topic == "order" or (topic == "open" and order["state"] in ("new", "assigned", "picked")):
                rows.append({**row, "time": order["created"]})
        return rows

    def _about(self, row: Row, query: Row) -> bool:
        who = {row.get("actor"), row.get("other"), row.get("place")}
        kinds = {self.shift.actors.get(row.get(key) or "") for key in ("actor", "other")}
        place_kind = self.shift.places.get(row.get("place") or "")
        return (
            (not query.get("actors") or bool(who & set(query["actors"])))
            and (not query.get("places") or bool((who | {row.get("source")}) & set(query["places"])))
            and (not query.get("orders") or row.get("order") in query["orders"])
            and (not query.get("actor_kind") or query["actor_kind"] in kinds)
            and (not query.get("place_kind") or query["place_kind"] == place_kind)
        )

    def _lasted(self, row: Row) -> tuple[float, bool]:
        """(s, is over)."""
        for later in self.shift.events:
            if later["kind"] == _OVER[row["kind"]] and later["time"] >= row["time"]:
                if row["kind"] == "incident_detected":
                    is_its_end = later["incident"] == row["id"]
                else:
                    is_its_end = later["actor"] == row["actor"]
                if is_its_end:
                    return later["time"] - row["time"], True
        return LENGTH - row["time"], False

    # Intents

    def count(self, query: Row) -> Row:
        return {"count": len(self._select(query))}

    list = count

    def when(self, query: Row) -> Row:
        times = [row["time"] for row in self._select(query)]
        return {"time": min(times) if query.get("rank") == "first" else max(times)}

    def where(self, query: Row) -> Row:
        return self.status(query)

    def most(self, query: Row) -> Row:
        tally: Counter[str] = Counter()
        fewest = query["rank"] == "fewest"
        if fewest:
            tally.update({name: 0 for name, kind in self.shift.actors.items() if kind == query["actor_kind"]})
        for row in self._select(query):
            keys = [row.get("place")] if query["by"] == "place" else [row.get("actor"), row.get("other")]
            for key in keys:
                kind = {**self.shift.places, **self.shift.actors}.get(key or "")
                if key and kind and query.get(f"{query['by']}_kind", kind) == kind:
                    tally[key] += 1
        best: Callable[..., int] = min if fewest else max
        count = best(tally.values())
        return {"count": count, "name": " and ".join(sorted(key for key in tally if tally[key] == count))}

    def extreme(self, query: Row) -> Row:
        rows = self._select(query)
        if query["rank"] == "least":
            row = min(rows, key=lambda row: row["value"])
            return {"value": row["value"]}
        row = max(rows, key=lambda row: self._lasted(row)[0])
        return {"value": self._lasted(row)[0], "name": row["actor"]}

    def duration(self, query: Row) -> Row:
        rows = self._select(query)
        return {"count": len(rows), "seconds": sum(self._lasted(row)[0] for row in rows)}

    def _stops(self, order: Row) -> list[Row]:
        if order["actor"] is None:
            return []
        taken = max(
            row["time"]
            for row in self.shift.events
            if row["kind"] == "order_assigned" and row["order"] == order["id"]
        )
        window = [[taken, order["delivered"]]]
        return self._select({"topic": "stop", "actors": [order["actor"]], "windows": window})

    def late(self, query: Row) -> Row:
        rows = self._select({**query, "topic": "late"})
        if not query.get("orders"):
            stops = {row["id"]: row for order in rows for row in self._stops(order)}
            stood = sum(self._lasted(row)[0] for row in stops.values())
            worst = max(rows, key=lambda row: row["value"])
            return {
                "count": len(rows),
                "worst": worst["value"],
                "name": worst["id"],
                "stops": len(stops),
                "stood": stood,
            }
        [order] = rows
        [taken] = [
            row
            for row in self.shift.events
            if row["kind"] == "order_assigned" and row["order"] == order["id"]
        ]
        stood = sum(self._lasted(row)[0] for row in self._stops(order))
        return {"late": order["value"], "waited": taken["time"] - order["created"], "stood": stood}

    def stop(self, query: Row) -> Row:
        rows = self._select({**query, "topic": "stop"})
        return {
            "time": rows[-1]["time"],
            "reason": rows[-1]["note"],
            "stood": self._lasted(rows[-1])[0],
            "count": len(rows),
        }

    def block(self, query: Row) -> Row:
        rows = [row for row in self._select({**query, "topic": "incident"}) if row["note"] != "near_miss"]
        lasting = [row for row in rows if not self._lasted(row)[1]]
        return {
            "count": len(lasting),
            "time": (lasting or rows)[-1]["time"],
            "reason": (lasting or rows)[-1]["note"],
        }

    def compare(self, query: Row) -> Row:
        sides: list[tuple[str, Reference, Row]] = []
        plain = {key: value for key, value in query.items() if key not in ("windows", "places", "actors")}
        if query.get("other_run"):
            assert self.other is not None
            sides = [("side 1", self, plain), ("side 2", Reference(self.other), plain)]
        for key in ("places", "actors"):
            sides += [(name, self, {**plain, key: [name]}) for name in query.get(key, ())]
        for since, until in query.get("windows", ()):
            label = f"side {len(sides) + 1}"
            sides.append((label, self, {**plain, "windows": [[since, until]]}))
        topics = [query["topic"]] if query.get("topic") else ["near_miss", "contact", "stop", "incident"]
        return {
            f"{label} {topic}": len(side._select({**one, "topic": topic}))
            for label, side, one in sides
            for topic in topics
        }

    def status(self, query: Row) -> Row:
        if query.get("orders"):
            [order] = [row for row in self.shift.orders if row["id"] == query["orders"][0]]
            return {key: order[key] for key in ("state", "picked", "delivered", "actor", "due")}
        [name] = query["actors"]
        own = [row for row in self.shift.samples if row["actor"] == name]
        last = [
            row
            for row in self.shift.events
            if name in (row.get("actor"), row.get("other")) and row["kind"] != "truth"
        ]
        figures = {"last": last[-1]["kind"]}
        if own:
            x, y = own[-1]["x"], own[-1]["y"]
            inside = [
                place for place, (x0, y0, x1, y1) in self.shift.boxes.items() if x0 <= x < x1 and y0 <= y < y1
            ]
            figures |= {"x": x, "y": y, "place": inside[0] if inside else None, "battery": own[-1]["battery"]}
        return figures

    def throughput(self, query: Row) -> Row:
        rows = self._select({**query, "topic": "delivered"})
        since, until = (query.get("windows") or [[None, None]])[0]
        hours = ((until or LENGTH) - (since or 0.0)) / 3600.0
        return {
            "count": len(rows),
            "per_hour": len(rows) / hours,
            "mean": sum(row["took"] for row in rows) / len(rows),
        }

    def battery(self, query: Row) -> Row:
        own = [row for row in self.shift.samples if row["time"] == LENGTH and row["battery"] is not None]
        charging = [row for row in self._select({"topic": "charging"}) if not self._lasted(row)[1]]
        if query.get("actors"):
            return {"battery": next(row["battery"] for row in own if row["actor"] == query["actors"][0])}
        values = [row["battery"] for row in own]
        mean, lowest = sum(values) / len(values), min(values)
        return {"count": len(own), "mean": mean, "lowest": lowest, "charging": len(charging)}

    def incident(self, query: Row) -> Row:
        steps: dict[str, list[float]] = {"detected": [], "map": [], "routes": []}
        rows = self._select({**query, "topic": query.get("topic", "incident")})
        for row in rows:
            steps["detected"].append(row["value"])
            for key, kind in (("map", "map_updated"), ("routes", "routes_accepted")):
                steps[key] += [
                    one["value"]
                    for one in self.shift.events
                    if one["kind"] == kind and one["incident"] == row["id"]
                ]
        return {key: sum(values) / len(values) for key, values in steps.items()}

    def health(self, query: Row) -> Row:
        vehicles = sum(kind in ("amr", "forklift") for kind in self.shift.actors.values())
        lasting = {
            topic: [row for row in self._select({"topic": topic}) if not self._lasted(row)[1]]
            for topic in ("failure", "incident", "camera_silent")
        }
        counts = {
            topic: len(self._select({"topic": topic}))
            for topic in ("contact", "near_miss", "late", "delivered")
        }
        names = {"contact": "contacts", "near_miss": "near_misses"}
        figures: Row = {names.get(topic, topic): count for topic, count in counts.items()}
        figures |= {"vehicles": vehicles, "working": vehicles - len(lasting["failure"])}
        figures |= {"open": len(lasting["incident"]), "silent": len(lasting["camera_silent"])}
        return figures | {"per_hour": counts["delivered"] / (LENGTH / 3600.0)}
