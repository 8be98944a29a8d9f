"""One step of all robots: who may go where next, and who moves now.

Priority inheritance with backtracking (Okumura et al. 2022) over moves that take time, as turning does. A
robot without a move asks for one, the longest on its way first; who stands in the way is asked to move aside
first (depth first, each robot once a step). A granted move is kept until it is done: the robot holds its
cell and the next one, turns, and goes when the next one is free. Nobody is granted a cell that another was,
and moves never wait for each other in a circle. Why no robot waits for ever is in `docs/fleet/index.md`; the
idea is that of Causal PIBT (Okumura, Tamura, Defago 2021).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from ..fields import FAR, STEP, Weights
from ..order import by_age

WAYS = 4
PATIENCE = 8
"""Steps that the robot at the head of the order is refused before nobody else is granted a move."""


class Robots(NamedTuple):
    """What is known of n robots, each (n,); changed in place.

    Attributes:
        cell, heading: vertex and heading.
        target, toward: vertex that a robot was granted, or -1, and the heading of that move.
        age: steps that robots have been on their way; decides who goes first.
        row: each robot's row of `Floor.fields`.
        asked: last step in which a robot was asked.
    """

    cell: npt.NDArray[np.int32]
    heading: npt.NDArray[np.int32]
    target: npt.NDArray[np.int32]
    toward: npt.NDArray[np.int32]
    age: npt.NDArray[np.int32]
    row: npt.NDArray[np.int32]
    asked: npt.NDArray[np.int64]


class Floor(NamedTuple):
    """Where robots move; the last two are changed in place.

    Attributes:
        ahead: (V, 4) moves.
        fields: (R, states) costs to goals.
        weights: (V, 4) costs of moves.
        occupied, held: (V,) who is on a vertex, and who was granted it, or -1.
    """

    ahead: npt.NDArray[np.int32]
    fields: npt.NDArray[np.uint16]
    weights: Weights
    occupied: npt.NDArray[np.int32]
    held: npt.NDArray[np.int32]


class _Room(NamedTuple):
    """Room to work in for n robots: ways (n, 4) and their keys, the others (n,)."""

    ways: npt.NDArray[np.int32]
    keys: npt.NDArray[np.int64]
    stack: npt.NDArray[np.int32]
    tried: npt.NDArray[np.int32]
    counts: npt.NDArray[np.int32]


@njit(cache=True)
def _list_ways(a, here, facing, target, ahead, field, weights, occupied, turning, ways, keys):
    """Moves of robot a that lead to its goal, cheapest first: how many, and the cost of staying a step."""
    count = 0
    for h in range(4):
        u = ahead[here, h]
        if u < 0:
            continue
        rest = field[(u << 2) + h] if turning else field[u]
        if rest == FAR:
            continue
        turns = (h - facing) & 3
        turns = (1 if turns == 3 else turns) if turning else 0
        b = occupied[u]
        # Among equals rather to where nobody is, then to where somebody leaves.
        crowd = 0 if b < 0 else (1 if target[b] >= 0 else 2)
        key = (np.int64(rest) + weights[here, h] + turns * STEP) * 4 + crowd
        slot = count
        while slot > 0 and keys[a, slot - 1] > key:
            keys[a, slot] = keys[a, slot - 1]
            ways[a, slot] = ways[a, slot - 1]
            slot -= 1
        keys[a, slot] = key
        ways[a, slot] = h
        count += 1
    stay = field[(here << 2) + facing] if turning else field[here]
    return count, (np.int64(stay) + STEP) * 4


@njit(cache=True)
def _leads_back(u, target, occupied, asked, step):
    """Whether who stands on u waits, through others, for a robot that has asked for a move and has none."""
    b = occupied[u]
    while b >= 0 and target[b] >= 0:
        b = occupied[target[b]]
    return b >= 0 and asked[b] == step


@njit(cache=True)
def _grant(root, step, robots, floor, turning, room):
    """Ask for a move of `root`, and of whoever must move aside for it; whether it was granted."""
    cell, heading, target, toward, _, row, asked = robots
    ahead, fields, weights, occupied, held = floor
    ways, keys, stack, tried, counts = room
    top = 0
    stack[0] = root
    asked[root] = step
    tried[root], stay = -1, 0
    while top >= 0:
        a = stack[top]
        if tried[a] < 0:
            tried[a] = 0
            field = fields[row[a]]
            counts[a], cost = _list_ways(
                a, cell[a], heading[a], target, ahead, field, weights, occupied, turning, ways, keys
            )
            stay = cost if top == 0 else stay
        # A detour that costs more than to wait a step is for those who must go.
        if tried[a] == counts[a] or (top == 0 and keys[a, tried[a]] >= stay):
            top -= 1
            if top >= 0:
                held[target[stack[top]]] = -1
                target[stack[top]] = -1
            continue
        h = ways[a, tried[a]]
        u = ahead[cell[a], h]
        tried[a] += 1
        if held[u] >= 0:
            continue
        b = occupied[u]
        if b >= 0 and target[b] < 0 and asked[b] == step:
            continue
        if b >= 0 and target[b] >= 0 and _leads_back(u, target, occupied, asked, step):
            continue
        held[u] = a
        target[a] = u
        toward[a] = h
        if b < 0 or target[b] >= 0:
            return True
        top += 1
        stack[top] = b
        asked[b] = step
        tried[b] = -1
    return False


@njit(cache=True)
def _turned(heading, toward):
    """A quarter turn nearer to a heading."""
    return (heading + (3 if (toward - heading) & 3 == 3 else 1)) & 3


@njit(cache=True)
def _choose_movers(robots, occupied, able, turning, close, stack, going):
    """Write to `going` who moves now: 1, or 2 for no. Who follows needs the other to go."""
    target, toward, heading = robots.target, robots.toward, robots.heading
    for a in range(len(target)):
        is_ready = target[a] >= 0 and able[a] and (not turning or heading[a] == toward[a])
        going[a] = 0 if is_ready else 2
    for a in range(len(target)):
        if going[a]:
            continue
        top = 0
        stack[0] = a
        while True:
            b = occupied[target[stack[top]]]
            if b < 0 or going[b]:
                break
            top += 1
            stack[top] = b
        while top >= 0:
            c = stack[top]
            b = occupied[target[c]]
            goes = b < 0 or (going[b] == 1 and (close or toward[b] == toward[c]))
            going[c] = 1 if goes else 2
            top -= 1


@njit(cache=True, nogil=True)
def advance(step, active, able, robots, floor, refused, turning, close):
    """Grant moves and carry out one step, in place.

    Args:
        step: number of the step, above every earlier one.
        active: robots that take part.
        able: (n,) bool, robots that can act in this step; the others are late.
        robots: `Robots`.
        floor: `Floor`.
        refused: (2,) robot at the head of the order, and how often it was refused in a row.
        turning: whether headings matter.
        close: whether one may come to a cell while another leaves it sideways.
    """
    cell, heading, target, toward, age, _, asked = robots
    occupied, held = floor.occupied, floor.held
    n = len(cell)
    order = np.empty(len(active), np.int32)
    by_age(age, active, order)
    ways, stack, counts = np.empty((n, WAYS), np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    room = _Room(ways, np.empty((n, WAYS), np.int64), stack, np.empty(n, np.int32), counts)
    for place in range(len(order)):
        a = order[place]
        if target[a] >= 0 or asked[a] == step:
            continue
        is_granted = _grant(a, step, robots, floor, turning, room)
        if place == 0:
            waits = not is_granted and age[a] > 0
            refused[1] = refused[1] + 1 if waits and refused[0] == a else np.int64(waits)
            refused[0] = a
            if refused[1] > PATIENCE:
                # Moves under way end, and then nothing is in its way for good.
                break
    going = np.empty(n, np.int8)
    _choose_movers(robots, occupied, able, turning, close, stack, going)
    for a in active:
        if going[a] == 1:
            occupied[cell[a]] = -1
    for a in active:
        if going[a] == 1:
            cell[a] = target[a]
            occupied[cell[a]] = a
            held[cell[a]] = -1
            target[a] = -1
        elif turning and able[a]:
            if target[a] >= 0:
                if heading[a] != toward[a]:
                    heading[a] = _turned(heading[a], toward[a])
            elif asked[a] == step and age[a] > 0 and counts[a] > 0 and heading[a] != ways[a, 0]:
                # Refused for now: face the way it will take.
                heading[a] = _turned(heading[a], ways[a, 0])
