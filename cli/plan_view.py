"""What `gaitway plan --view` shows: robot, obstacles, motion, goals, and how the motion got shorter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import rerun as rr
import rerun.blueprint as rrb

from ..planning.collision.body import CollisionBody
from ..planning.collision.distance_numba import distances
from ..planning.collision.obstacles import Box, Capsule, Cylinder, DistanceGrid
from ..planning.kinematics.forward_numba import tip_poses
from ..planning.optimise.shorten import TRIES, shorten, surroundings
from ..planning.problems.picture import spheres_at
from ..planning.problems.problem import in_order
from ..planning.trajectory.retime import retime
from ..planning.trajectory.trajectory import QUANTITIES, Trajectory

if TYPE_CHECKING:
    from ..planning.collision.world import World
    from ..planning.limits import Limits
    from ..planning.planner.planner import Planner
    from ..planning.problems.problem import Problem
    from ..planning.problems.score import Outcome

_FRAME = 1 / 30  # s
_ATTEMPTS = 5  # from one bar of the costs to the next
_THIN = 0.4  # of their size have spheres at start and goals, so that the robot is seen among them
_EYE, _MIDDLE = (-1.3, -1.7, 1.4), (0.3, 0.0, 0.4)  # m: over the robot's shoulder
_PAUSE = 0.5  # s between problems
_GREY, _ROBOT, _GOAL, _START = (150, 150, 155), (222, 216, 204), (90, 190, 120), (110, 150, 235)
_WAY, _PATH = (228, 87, 46), (31, 120, 209)


class PlanView:
    """Shows problems one after the other on one clock."""

    def __init__(self, view: rr.RecordingStream) -> None:
        """Lay out the page.

        Args:
            view: to log to.
        """
        self._view, self._time = view, 0.0
        view.send_blueprint(_blueprint())
        view.log("world", rr.ViewCoordinates.RIGHT_HAND_Z_UP, static=True)
        view.log("limits/1", rr.SeriesLines(colors=[[0, 0, 0]], names=["limit"]), static=True)

    def see(self, planner: Planner, outcome: Outcome) -> None:
        """Show what became of a problem; one without a motion shows its start, its goals, and why."""
        problem, plan, view = outcome.problem, outcome.plan, self._view
        begin, body = self._time, planner.body
        self._at(0.0)
        view.log("world/obstacles", rr.Clear(recursive=True))
        _log_obstacles(view, problem.world)
        self._ends(body, problem)
        if plan is None:
            view.log("log", rr.TextLog(f"{problem.name}: {outcome.reason}", level="WARN"))
            view.log("world/motion", rr.Clear(recursive=True))
            self._time = begin + 2 * _PAUSE
            return
        said = (
            f"{problem.name}: {1e3 * outcome.total:.1f} ms for a motion of {plan.trajectory.duration:.2f} s"
        )
        view.log("log", rr.TextLog(f"{said}, {1e3 * plan.margin:.1f} mm from what is nearest"))
        self._motion(body, problem, plan.trajectory, plan.path, planner.limits)
        self._costs(body, problem, plan.path, planner.limits)
        self._time = begin + plan.trajectory.duration + _PAUSE

    def _at(self, since: float) -> None:
        """Set the clock to so many seconds after the problem's beginning."""
        self._view.set_time("time", duration=self._time + since)

    def _ends(self, body: CollisionBody, problem: Problem) -> None:
        """The robot at the start and at its goals, and the poses it is to reach."""
        start, goals = in_order(problem, body.group)
        for name, configurations, colour in (("start", start[None], _START), ("goals", goals, _GOAL)):
            spheres = np.concatenate([np.zeros((0, 4)), *(spheres_at(body, q) for q in configurations)])
            shown = rr.Points3D(spheres[:, :3], radii=_THIN * spheres[:, 3], colors=[colour])
            self._view.log(f"world/{name}", shown)
        poses = rr.Points3D(problem.poses[:, :3], radii=0.015, colors=[_GOAL])
        self._view.log("world/poses", poses)

    def _motion(
        self, body: CollisionBody, problem: Problem, motion: Trajectory, path: np.ndarray, limits: Limits
    ) -> None:
        view, group = self._view, body.group
        times = np.append(np.arange(0.0, motion.duration, _FRAME), motion.duration)
        position = motion.position(times)
        way = tip_poses(group, position)[:, :3, 3]
        view.log("world/motion/way", rr.LineStrips3D([way], colors=[_WAY], radii=0.003))
        corners = tip_poses(group, path)[:, :3, 3]
        view.log("world/motion/path", rr.Points3D(corners, radii=0.012, colors=[_PATH]))
        near = distances(body, problem.world, position).distance
        parts = [
            motion.derivative(times, order) / bound
            for order, bound in enumerate((limits.velocity, limits.acceleration, limits.jerk), start=1)
        ]
        for row, time in enumerate(times):
            self._at(float(time))
            spheres = spheres_at(body, position[row])
            shown = rr.Points3D(spheres[:, :3], radii=spheres[:, 3], colors=[_ROBOT])
            view.log("world/motion/robot", shown)
            for name, value in (("world", near[row, 0]), ("itself", near[row, 1])):
                if np.isfinite(value):
                    view.log(f"distance/{name}", rr.Scalars(1e3 * value))
            for joint, name in enumerate(group.joint_names):
                view.log(f"position/{name}", rr.Scalars(position[row, joint]))
            for quantity, part in zip(QUANTITIES[1:], parts, strict=True):
                view.log(f"limits/{quantity}", rr.Scalars(np.abs(part[row]).max()))
            view.log("limits/1", rr.Scalars(1.0))

    def _costs(self, body: CollisionBody, problem: Problem, path: np.ndarray, limits: Limits) -> None:
        """How long the motion along the path takes after so many attempts to cut it short."""
        view = self._view
        if np.abs(np.diff(path, axis=0)).max() < 1e-6:
            return
        given = retime(path, limits, 0.0).trajectory
        around = surroundings(body, problem.world, limits)
        attempts = range(0, TRIES + 1, _ATTEMPTS)
        costs = [shorten([given], around, tries=tries)[0].duration for tries in attempts]
        self._at(0.0)
        view.log("cost", rr.BarChart(costs))


def _log_obstacles(view: rr.RecordingStream, world: World) -> None:
    """Each obstacle by its name; of a grid, the nodes next to its surface."""
    for name, obstacle in world.obstacles.items():
        where: list[object] = ["world", "obstacles", name]
        if isinstance(obstacle, DistanceGrid):
            near = np.argwhere(np.abs(obstacle.values) < obstacle.voxel / 2)
            row = obstacle.row()
            points = near * obstacle.voxel @ row[3:12].reshape(3, 3).T + row[:3]
            view.log(where, rr.Points3D(points, radii=obstacle.voxel / 2, colors=[_GREY]))
        elif isinstance(obstacle, Box | Cylinder):
            turn = rr.Quaternion(xyzw=np.roll(np.asarray(obstacle.quaternion, float), -1))
            common: dict[str, Any] = {
                "centers": [obstacle.centre],
                "quaternions": [turn],
                "colors": [_GREY],
                "fill_mode": "solid",
            }
            if isinstance(obstacle, Box):
                view.log(where, rr.Boxes3D(sizes=[obstacle.size], **common))
            else:
                view.log(where, rr.Cylinders3D(lengths=[obstacle.height], radii=[obstacle.radius], **common))
        elif isinstance(obstacle, Capsule):
            line = [np.asarray(obstacle.start, float), np.asarray(obstacle.end, float)]
            view.log(where, rr.LineStrips3D([line], radii=obstacle.radius, colors=[_GREY]))
        else:
            rows = np.atleast_2d(obstacle.row())
            view.log(where, rr.Points3D(rows[:, :3], radii=rows[:, 3], colors=[_GREY]))


def _blueprint() -> rrb.Blueprint:
    curves = rrb.Vertical(
        rrb.TimeSeriesView(origin="distance", name="distance, mm"),
        rrb.TimeSeriesView(origin="limits", name="largest part of a limit"),
        rrb.TimeSeriesView(origin="position", name="joints, rad"),
        rrb.BarChartView(origin="cost", name=f"s of the motion, each {_ATTEMPTS} attempts to cut it short"),
        rrb.TextLogView(origin="log", name="problems"),
    )
    eye = rrb.EyeControls3D(position=_EYE, look_target=_MIDDLE, eye_up=(0.0, 0.0, 1.0))
    space = rrb.Spatial3DView(origin="world", name="plan", eye_controls=eye)
    return rrb.Blueprint(rrb.Horizontal(space, curves, column_shares=[3, 2]), collapse_panels=True)
