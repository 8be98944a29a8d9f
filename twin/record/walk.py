"""A robot on legs in physics, walked by the policy of a bundle that is told velocities."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...deploy_jetson.contract import Contract
from ...deploy_jetson.observations import SensorReading
from ...deploy_jetson.policy import Policy
from ...deploy_jetson.route import heading
from ...envs.config import SimCfg
from ...envs.simulated_robot import SimulatedRobot
from .contacts import touches
from .motion import Motion
from .pursuit import Pursuit
from .route import Route

Array = npt.NDArray[np.floating]
LOOKAHEAD = 0.8
"""m along the route to the point that a walker aims at: shorter sways, longer cuts corners."""
STAND = np.zeros(3)
"""Command to stand still."""
_SETTLING = 1.0  # s in which the robot finds its stand, before time begins
_STILL = 1.0  # s at both ends
_ARRIVED = 0.1  # m before the end of a route at which it stops, for the last step carries on
_TURNING = 0.4  # rad/s; in tighter curves it walks slower, for policies turn less than they are told
_FALLEN = 0.6  # share of the standing height below which it has fallen


class LeggedRobot:
    """A simulated robot and its policy, told a velocity tick by tick.

    Args:
        robot: in its keyframe, at the start of its way.
        policy: that follows velocity commands.

    Attributes:
        period: of a tick, s.
    """

    def __init__(self, robot: SimulatedRobot, policy: Policy) -> None:
        self._robot, self._policy = robot, policy
        contract = policy.contract
        names = robot.joint_names
        self._to_contract = [names.index(name) for name in contract.joints.names]
        self._to_robot = np.argsort(self._to_contract)
        gains = (np.array(values)[self._to_robot] for values in (contract.joints.kp, contract.joints.kd))
        self._kp, self._kd = gains
        self._height = float(robot.data.qpos[2])
        self.period, self._steps = contract.timing.policy_dt, contract.timing.decimation
        policy.reset()
        for _ in range(round(_SETTLING / self.period)):
            self.step(STAND)

    @property
    def state(self) -> Array:
        """`qpos` (nq,) of now."""
        return self._robot.data.qpos.copy()

    @property
    def fallen(self) -> bool:
        """Its base is near the floor."""
        return bool(self._robot.data.qpos[2] < _FALLEN * self._height)

    @property
    def touches(self) -> bool:
        """Whether it touches anything but the floor."""
        robot = self._robot
        return touches(robot.model, robot.data, robot.root)

    def step(self, command: Array) -> Array:
        """One tick under a command (3,): vx, vy in m/s, yaw rate in rad/s; states (steps, nq) of physics.

        What training has not seen is clipped.
        """
        values, order = self._robot.values(), self._to_contract
        reading = SensorReading(
            values["gyro"][None],
            values["quat"][None],
            values["joint_pos"][None, order],
            values["joint_vel"][None, order],
            float(values["time"][0]),
        )
        targets = self._policy.act(reading, self._policy.trained_command(command)[None])[0]
        states = []
        for _ in range(self._steps):
            self._robot.step(1, targets[self._to_robot], self._kp, self._kd)
            states.append(self.state)
        return np.array(states)


def physics_of(contract: Contract) -> SimCfg:
    """Physics as the policy was trained in."""
    timing, physics = contract.timing, contract.physics
    cfg = SimCfg(timing.physics_dt, timing.decimation)
    if physics is not None:
        cfg.iterations, cfg.ls_iterations = physics.iterations, physics.ls_iterations
    return cfg


class WalkSteering:
    """Turns where a walker is on its route into commands.

    Args:
        route: to walk.
        speed: m/s.
    """

    def __init__(self, route: Route, speed: float) -> None:
        self._pursuit, self._speed = Pursuit(route, LOOKAHEAD), speed
        self.arrived = False

    @property
    def left(self) -> float:
        """Of the route, m."""
        return self._pursuit.left

    def command(self, position: Array, yaw: float) -> Array:
        """Velocity (3,) for a walker at `position` (2,) m with heading `yaw` rad; to stand at the end."""
        self._pursuit.advance(position)
        self.arrived = self.arrived or self._pursuit.left < _ARRIVED
        if self.arrived:
            return STAND
        curvature = self._pursuit.curvature(position, yaw)
        forward = min(self._speed, _TURNING / max(abs(curvature), 1e-6))
        return np.array([forward, 0.0, forward * curvature])


def walk(robot: LeggedRobot, route: Route, speed: float) -> Motion:
    """Follow a route by pure pursuit; the simulator's truth steers.

    Raises:
        ValueError: the robot falls, or does not get to the end.
    """
    steering = WalkSteering(route, speed)
    states, time, arrived = [robot.state[None]], 0.0, None
    deadline = 3 * route.length / speed + 20.0
    while arrived is None or time < arrived + _STILL:
        qpos = states[-1][-1]
        command = STAND
        if time >= _STILL:
            command = steering.command(qpos[:2], heading(qpos[3:7]))
            arrived = time if steering.arrived and arrived is None else arrived
        states.append(robot.step(command))
        time += robot.period
        if robot.fallen or time > deadline:
            what = "has fallen" if robot.fallen else "has not arrived"
            raise ValueError(f"The robot {what} after {time:.0f} s, {steering.left:.1f} m short.")
    qpos = np.concatenate(states)
    return Motion(np.arange(len(qpos)) * robot.period / len(states[-1]), qpos)
