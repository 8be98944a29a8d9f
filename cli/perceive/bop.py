"""`gaitway perceive bop`: poses of a BOP data set, written and scored as the challenge does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..bench.report import print_table


@dataclass
class Bop:
    """Find the objects of a BOP scene by depth and the masks of what is seen of them.

    The masks are the data set's own: this measures poses, not segmentation.

    Attributes:
        scene: folder of a scene, such as `test/000048`, with depth and `mask_visib`.
        models: folder of the models, such as `models_eval`.
        out: results to write; the challenge wants the name METHOD_DATASET-test.csv.
        most: pictures to take; all by default.
        least_visible: share of an object that must be seen for it to be asked for.
    """

    scene: Path
    models: Path
    out: Path
    most: int | None = None
    least_visible: float = 0.1

    def run(self) -> None:
        """Find, write, score and print."""
        from ...perception.datasets.bop_reader import BopScene, read_models
        from ...perception.metrics.pose_report import average_recall
        from ...perception.pose.bop_results import BopResult, JudgedPose, judge_picture, write_results
        from ...perception.pose.estimate import PoseEstimator

        models = read_models(self.models)
        scene = BopScene(self.scene, {k: model.name for k, model in models.items()})
        estimators = {model.name: PoseEstimator(model) for model in models.values()}
        ids = {model.name: k for k, model in models.items()}
        number = int(self.scene.name) if self.scene.name.isdecimal() else 0
        judged: list[JudgedPose] = []
        results: list[BopResult] = []
        width = 640
        for k in range(min(len(scene), self.most or len(scene))):
            picture = scene[k]
            width = picture.camera.width
            if missing := [item.name for item in picture.objects if item.name not in ids]:
                raise ValueError(
                    f"{self.scene}: picture {scene.ids[k]} has {missing[0]}, which has no model."
                )
            poses, seconds = judge_picture(picture, estimators, self.least_visible)
            judged += poses
            results += [
                BopResult(number, scene.ids[k], ids[one.name], one.estimate.score, one.estimate.pose, seconds)
                for one in poses
                if one.estimate is not None
            ]
        if not judged:
            raise ValueError(f"{self.scene}: no object is seen well enough to be asked for.")
        write_results(self.out, results)
        found = [one.estimate is not None and one.estimate.found for one in judged]
        recall = average_recall([one.errors for one in judged], found, width)
        rows = [(name.upper(), f"{value:.3f}") for name, value in recall.items()]
        print_table(f"{len(judged)} objects, {sum(found)} found", ("recall of", ""), rows)
