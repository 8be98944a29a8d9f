"""The activity map as JSON in the shape of NVIDIA Metropolis' frames, behaviours and incidents.

A frame is `{version, id, timestamp, sensorId, objects: [{id, type, confidence, bbox, info: {footLocation3D,
visibility}, embedding: {vector}, coordinate, speed}]}`, as its perception pipelines send it, so that another
camera stack can replace ours and the reverse. Here one frame covers the whole floor, so `sensorId` is the
floor's; `bbox` is in the picture of the nearest camera, named in `info.primaryCamera`. A behaviour is one
object over time; an incident has a category, a place, a start and an end.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from ..camera import Camera
from ..whole_file import whole_file
from .analytics import Analytics
from .calibration import Calibration, pixels_of
from .incidents import Incident
from .pipeline import Activity, ActivityMap, Thing

VERSION = "4.0"
FLOOR = "floor"
"""`sensorId` of frames that were fused from all cameras."""
TYPES = {"amr": "AMR", "forklift": "Forklift", "worker": "Person", "obstacle": "Obstacle"}


def timestamp(time: float) -> str:
    """ISO 8601 in UTC to a millisecond of a time in s since 1970."""
    moment = datetime.fromtimestamp(round(time, 3), tz=timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def frame(number: int, activity: Activity, calibration: Calibration) -> dict[str, Any]:
    """One frame of the floor."""
    return {
        "version": VERSION,
        "id": str(number),
        "timestamp": timestamp(activity.time),
        "sensorId": FLOOR,
        "objects": [_object(thing, calibration) for thing in activity.things],
    }


def _object(thing: Thing, calibration: Calibration) -> dict[str, Any]:
    name, box = _box(thing, calibration.cameras)
    x, y = thing.position.tolist()
    return {
        "id": str(thing.id),
        "type": TYPES[thing.kind],
        "confidence": round(thing.confidence, 3),
        "bbox": box,
        "info": {
            "footLocation3D": f"{x:.3f},{y:.3f}",
            "visibility": f"{thing.confidence:.3f}",
            "primaryCamera": name,
        },
        "embedding": {"vector": np.round(thing.colours, 4).tolist()},
        "coordinate": {"x": round(x, 3), "y": round(y, 3), "z": 0.0},
        "speed": round(float(np.hypot(*thing.velocity)), 3),
    }


def _box(thing: Thing, cameras: dict[str, Camera]) -> tuple[str, dict[str, float]]:
    """Its box in the picture of the nearest camera, px."""
    name = min(cameras, key=lambda n: float(np.hypot(*(cameras[n].body_from_camera[:2, 3] - thing.position))))
    along = np.array([np.cos(thing.heading), np.sin(thing.heading)])
    across = np.array([-along[1], along[0]])
    corners = [
        [*(thing.position + i * along * thing.size[0] / 2 + j * across * thing.size[1] / 2), z]
        for i in (-1, 1)
        for j in (-1, 1)
        for z in (0.0, thing.height)
    ]
    pixels, _ = pixels_of(cameras[name], np.array(corners))
    (left, top), (right, bottom) = pixels.min(axis=0).tolist(), pixels.max(axis=0).tolist()
    return name, {
        "leftX": round(left, 1),
        "topY": round(top, 1),
        "rightX": round(right, 1),
        "bottomY": round(bottom, 1),
    }


class MetropolisLog:
    """Gathers a run and writes it."""

    def __init__(self, calibration: Calibration) -> None:
        self._calibration = calibration
        self._activities: list[Activity] = []

    def add(self, activity: Activity) -> None:
        """One more time."""
        self._activities.append(activity)

    def document(self, activity_map: ActivityMap) -> dict[str, Any]:
        """The whole run, with the identities as they are known at its end."""
        identity = activity_map.tracker.linker.identity
        frames = [frame(k, a, self._calibration) for k, a in enumerate(self._activities)]
        for one in frames:
            for thing in one["objects"]:
                thing["id"] = str(identity(int(thing["id"])))
        return {
            "version": VERSION,
            "frames": frames,
            "behaviors": self._behaviours(identity),
            "incidents": [
                _incident(k, incident, identity) for k, incident in enumerate(activity_map.rules.incidents)
            ],
            "metrics": _metrics(activity_map.analytics),
        }

    def _behaviours(self, identity: Any) -> list[dict[str, Any]]:
        rows: dict[int, list[tuple[float, Thing]]] = {}
        for activity in self._activities:
            for thing in activity.things:
                rows.setdefault(identity(thing.id), []).append((activity.time, thing))
        return [_behaviour(name, seen) for name, seen in rows.items()]


def _behaviour(name: int, seen: Sequence[tuple[float, Thing]]) -> dict[str, Any]:
    way = np.array([thing.position for _, thing in seen])
    distance = float(np.linalg.norm(np.diff(way, axis=0), axis=1).sum())
    (start, _), (end, last) = seen[0], seen[-1]
    return {
        "id": str(name),
        "timestamp": timestamp(start),
        "end": timestamp(end),
        "timeInterval": round(end - start, 3),
        "distance": round(distance, 2),
        "speed": round(distance / (end - start), 3) if end > start else 0.0,
        "object": {"id": str(name), "type": TYPES[last.kind]},
        "sensor": {"id": FLOOR, "type": "Camera"},
        "locations": {"coordinates": np.round(way, 2).tolist()},
    }


def _incident(number: int, incident: Incident, identity: Any) -> dict[str, Any]:
    x, y = incident.position.tolist()
    return {
        "id": str(number),
        "category": incident.kind,
        "timestamp": timestamp(incident.start),
        "reported": timestamp(incident.reported),
        "end": None if incident.end is None else timestamp(incident.end),
        "place": {"name": incident.zone, "coordinate": {"x": round(x, 2), "y": round(y, 2), "z": 0.0}},
        "objectIds": [str(identity(thing)) for thing in incident.things],
    }


def _metrics(analytics: Analytics) -> dict[str, Any]:
    return {
        "rois": [
            {
                "id": zone,
                "type": TYPES[kind],
                "visits": use.visits,
                "present": use.present,
                "dwell": round(use.dwell, 2),
            }
            for (zone, kind), use in analytics.zones.items()
        ],
        "tripwires": [
            {"id": line, "type": TYPES[kind], "direction": way, "count": count}
            for (line, kind, way), count in analytics.crossings.items()
        ],
        "busiestCells": _busiest(analytics),
    }


def _busiest(analytics: Analytics, count: int = 20) -> list[dict[str, float]]:
    """The cells of the floor in which most time was spent, s."""
    total = sum(analytics.heat.values(), np.zeros(()))
    order = np.argsort(total, axis=None)[::-1][:count]
    places = analytics.middle_of(np.column_stack(np.unravel_index(order, total.shape)))
    return [
        {"x": round(x, 2), "y": round(y, 2), "seconds": round(float(total.ravel()[k]), 1)}
        for (x, y), k in zip(places.tolist(), order.tolist(), strict=True)
        if total.ravel()[k] > 0
    ]


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as partial:
        partial.write_text(json.dumps(document) + "\n", encoding="utf-8")


def read_frames(path: Path) -> list[tuple[str, list[dict[str, Any]]]]:
    """Timestamps and objects of a document of ours, or of one frame a line as other camera stacks send them.

    Raises:
        ValueError: by file and line or frame: what is not JSON, or no frame.
    """
    text = path.read_text(encoding="utf-8")
    try:
        document = json.loads(text)
        frames = document.get("frames", [document])
    except json.JSONDecodeError:
        frames = []
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                try:
                    frames.append(json.loads(line))
                except json.JSONDecodeError as error:
                    raise ValueError(f"{path}, line {number}: this is not JSON ({error.msg}).") from error
    for number, one in enumerate(frames):
        if not isinstance(one, dict) or "timestamp" not in one or "objects" not in one:
            raise ValueError(f"{path}, frame {number}: a frame has 'timestamp' and 'objects'.")
    return [(one["timestamp"], one["objects"]) for one in frames]
