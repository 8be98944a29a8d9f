"""From pictures of ceiling cameras to one map of who is where, is doing what, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ..poses import Array
from .analytics import Analytics
from .calibration import Calibration
from .classes import KINDS
from .detections import Detections
from .floor import Floor
from .incidents import Incident, IncidentRules
from .parts import FloorPoints
from .regions import Detector, merged, place, regions_of
from .track import Track
from .tracker import COAST, Sees, Tracker
from .view import CameraView, Foreground, Picture

_CELL = 0.5  # of the map of what cameras see, m
_THREADS = 2


@dataclass(frozen=True, eq=False)
class Thing:
    """Something on the floor at one time.

    Attributes:
        id: the same for the same thing over time, as far as is known at the time.
        kind: of `classes.KINDS`.
        position: (2,) m. velocity: (2,) m/s.
        size: (2,) length and width of its footprint, m. heading: of its length, rad. height: m.
        confidence: 1 while it is seen, less the longer it is not.
        colours: histogram of its colours.
        still_for: s that it has been standing; 0 while it moves.
        fell: whether it is a person who stood and now lies.
    """

    id: int
    kind: str
    position: Array
    velocity: Array
    size: Array
    heading: float
    height: float
    confidence: float
    colours: Array
    still_for: float
    fell: bool = False


@dataclass(frozen=True, eq=False)
class Activity:
    """What is on the floor at one time, and the incidents that began or ended by it."""

    time: float
    things: list[Thing]
    incidents: list[Incident]


class ActivityMap:
    """Follows everything on one floor.

    Args:
        calibration: of the cameras, zones and lines.
        learning: some of the first pictures of each camera, from which it learns the background; things
            may be in them. Cameras without pictures are taken for dead.
        detector: what finds things in colour pictures, instead of the backgrounds.

    Attributes:
        tracker, analytics, rules: of the whole run so far.
    """

    def __init__(
        self,
        calibration: Calibration,
        learning: Mapping[str, list[Picture]],
        detector: Detector | None = None,
    ) -> None:
        self.calibration, self._detector = calibration, detector
        with ThreadPoolExecutor(_THREADS) as pool:
            views = pool.map(
                lambda name: CameraView(name, calibration.cameras[name], learning[name]),
                [name for name in calibration.cameras if learning.get(name)],
            )
            self.views = {view.name: view for view in views}
        self._indices = {name: k for k, name in enumerate(calibration.cameras)}
        self._floor = Floor(calibration.bounds)
        self._sight = _Sight(calibration, self.views)
        self.tracker = Tracker()
        self.analytics = Analytics(calibration)
        self.rules = IncidentRules(calibration.zones)
        self._pool = ThreadPoolExecutor(_THREADS)

    def step(self, time: float, pictures: Mapping[str, Picture]) -> Activity:
        """Take the pictures of one time in s; cameras that are silent may be left out.

        Raises:
            ValueError: time does not rise, or a picture has another size or name than any calibrated camera.
        """
        if unknown := pictures.keys() - self._indices.keys():
            raise ValueError(f"No camera of the calibration is called '{min(unknown)}'.")
        names = [name for name in pictures if name in self.views]
        by_depth = [n for n in names if self.views[n].has_depth and self._detector is None]
        by_colour = [n for n in names if n not in by_depth and pictures[n].rgb is not None]
        looks = list(self._pool.map(lambda name: self.views[name].look(pictures[name]), by_depth))
        placed = list(self._pool.map(lambda name: self._place(name, pictures[name]), by_colour))
        seeds = self.tracker.predict(time)
        detections = self._floor.detect(self._gather(by_depth, looks), seeds).joined(merged(placed))
        self.tracker.update(detections, self._sight.of(names))
        things = [self._thing(track, time) for track in self.tracker.believed if self._is_known(track, time)]
        self.analytics.add(time, things)
        return Activity(time, things, self.rules.step(time, things))

    def _place(self, name: str, picture: Picture) -> Detections:
        """What a camera without depth, or a detector, finds."""
        assert picture.rgb is not None
        view = self.views[name]
        changed = view.changed(picture.rgb)
        if self._detector is None:
            regions = regions_of(changed, view.camera.height, view.camera.width)
        else:
            regions = self._detector(picture.rgb)
        return place(view.camera, regions, picture.rgb)

    def _gather(self, names: list[str], looks: list[Foreground]) -> FloorPoints:
        camera = np.repeat([self._indices[name] for name in names], [len(look.flat) for look in looks])
        if not looks:
            none = np.zeros(0, int)
            return FloorPoints(np.zeros((0, 3)), None, none.astype(bool), none, none, none.astype(bool))
        colours = [look.rgb for look in looks]
        rgb = None if any(c is None for c in colours) else np.concatenate(colours)  # type: ignore[arg-type]
        return FloorPoints(
            np.concatenate([look.points for look in looks]),
            rgb,
            np.concatenate([look.flat for look in looks]),
            camera.astype(int),
            np.concatenate([look.kind for look in looks]),
            np.concatenate([look.rim for look in looks]),
        )

    def _is_known(self, track: Track, time: float) -> bool:
        """Whether one may still say where it is: seen a moment ago, or standing where nobody sees."""
        return time - track.seen <= COAST or track.still_for(time) > 0.0

    def _thing(self, track: Track, time: float) -> Thing:
        return Thing(
            id=self.tracker.linker.identity(track.id),
            kind=KINDS[track.kind],
            position=track.position.copy(),
            velocity=track.velocity.copy(),
            size=track.size.copy(),
            heading=track.heading,
            height=track.height,
            confidence=float(np.exp(-(time - track.seen) / COAST)),
            colours=track.colours.copy(),
            still_for=track.still_for(time),
            fell=track.fell,
        )


class _Sight:
    """Which cells of the floor some camera sees, of those that deliver pictures."""

    def __init__(self, calibration: Calibration, views: Mapping[str, CameraView]) -> None:
        self._origin = np.array(calibration.bounds[:2])
        extent = np.array(calibration.bounds[2:]) - self._origin
        self._shape = tuple(np.ceil(extent / _CELL).astype(int) + 1)
        self._seen = {name: self._cells(view.visible_floor()) for name, view in views.items()}
        self._names: list[str] = []
        self._any = np.zeros(self._shape, bool)

    def _cells(self, points: Array) -> np.ndarray:
        where = np.floor((points - self._origin) / _CELL).astype(int)
        where = where[((where >= 0) & (where < self._shape)).all(axis=1)]
        image = np.zeros(self._shape, bool)
        image[tuple(where.T)] = True
        return image

    def of(self, names: list[str]) -> Sees:
        """A function from positions (n, 2) to whether one of the cameras sees them (n,)."""
        if names != self._names:
            self._names = names
            self._any = np.zeros(self._shape, bool)
            for name in names:
                self._any |= self._seen[name]

        def sees(positions: Array) -> np.ndarray:
            where = np.floor((positions - self._origin) / _CELL).astype(int)
            where = np.clip(where, 0, np.array(self._shape) - 1)
            return self._any[tuple(where.T)]

        return sees
