"""`gaitway perceive activity`: one activity map from recorded ceiling cameras."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from ..bench.report import machine_facts, print_table
from .looks import Looks

if TYPE_CHECKING:
    from rerun import RecordingStream

    from ...perception.activity.calibration import Calibration
    from .view.activity import ActivityView


@dataclass
class Activity(Looks):
    """Follow everything on the floor under ceiling cameras, and say what goes wrong.

    Attributes:
        input: folder with calibration.json and CAMERA/depth/NANOSECONDS.png (16 bit, mm), perhaps
            CAMERA/rgb/NANOSECONDS.png.
        detector: ONNX network that finds things in the colour pictures, instead of the background models.
        out: JSON to write in the shape of Metropolis: frames, behaviors, incidents, metrics.
        plot: picture to write: heat, tracks and incidents from above.
    """

    input: Path
    detector: Path | None = None
    out: Path = Path("activity.json")
    plot: Path | None = None

    def work(self, view: RecordingStream | None) -> None:
        """Follow, print and write."""
        from ...perception.activity.metropolis import MetropolisLog, write_json
        from ...perception.activity.picture import draw_map
        from ...perception.activity.pipeline import ActivityMap
        from ...perception.activity.recording import open_recording
        from ...perception.activity.regions import OnnxDetector
        from ...perception.datasets.pictures import write_picture

        machine = machine_facts()
        recording = open_recording(self.input)
        detector = OnnxDetector(self.detector) if self.detector else None
        activity_map = ActivityMap(recording.calibration, recording.learning(), detector)
        log = MetropolisLog(recording.calibration)
        shown = None if view is None else _shown(view, recording.calibration)
        activities, seconds = [], 0.0
        for frame in recording.frames:
            pictures = frame.load()
            begin = perf_counter()
            activities.append(activity_map.step(frame.time, pictures))
            seconds += perf_counter() - begin
            log.add(activities[-1])
            if shown is not None:
                shown.see(activities[-1], pictures)
        document = log.document(activity_map)
        write_json(self.out, document)
        kinds = Counter(behaviour["object"]["type"] for behaviour in document["behaviors"])
        took = activities[-1].time - activities[0].time
        title = f"{len(activities)} frames of {len(recording.calibration.cameras)} cameras, {took:.1f} s"
        rows = [(f"{kind} followed", str(count)) for kind, count in kinds.items()]
        rows += [
            (f"{i['category'].replace('_', ' ')} at {i['timestamp'][11:21]}", i["place"]["name"] or "-")
            for i in document["incidents"]
        ]
        rows.append(("frames a second, without reading files", f"{len(activities) / max(seconds, 1e-9):.1f}"))
        print_table(title, ("", ""), rows)
        if self.plot or self.report:
            run = (recording.calibration, activities, activity_map.analytics, activity_map.rules.incidents)
            image = draw_map(*run)
            if self.plot:
                write_picture(self.plot, image)
            if self.report:
                from .report.activity import add_activity

                page = self.page(f"Activity in {self.input.name}", machine)
                add_activity(page, *run, image, (title, rows))
                page.write(self.report)
        for path in filter(None, (self.out, self.plot, self.report)):
            print(f"wrote {path}")


def _shown(view: RecordingStream, calibration: Calibration) -> ActivityView:
    from .view.activity import ActivityView

    return ActivityView(view, calibration)
