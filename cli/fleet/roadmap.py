"""`gaitway fleet roadmap`: the road that robots move on, from a map and a file of sites and rules."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg


@dataclass
class Roadmap:
    """Build a roadmap, say what is wrong with the sites or rules, and draw it.

    Attributes:
        map: YAML file of a map_server map.
        sites: TOML or JSON file of the robot, sites, one-way lanes, speed zones and keep-outs.
        png: picture of the road over the map.
        json: file for cells, moves and sites, in metres of the world.
    """

    map: Annotated[Positional[Path], arg(metavar="YAML")]
    sites: Path
    png: Path | None = None
    json: Path | None = None

    def run(self) -> int:
        """Read, build, draw, write."""
        from ...fleet.maps.map_server import read_map_server
        from ...fleet.roadmap.build import build_roadmap
        from ...fleet.roadmap.document import roadmap_document
        from ...fleet.roadmap.rules_file import read_rules
        from .write import write_whole

        occupancy = read_map_server(self.map)
        roadmap = build_roadmap(occupancy, read_rules(self.sites))
        if self.json:
            write_whole(self.json, roadmap_document(roadmap))
        if self.png:
            from ...assets.whole_file import whole_file
            from ...fleet.roadmap.picture import draw_roadmap

            self.png.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(self.png) as temporary:
                draw_roadmap(occupancy, roadmap, temporary)
        kinds = Counter(site.kind for site in roadmap.rules.sites)
        served = ", ".join(f"{kind} {count}" for kind, count in kinds.items()) or "none"
        follow = "closely" if roadmap.footprint <= 0.7 else "not closely"
        print(
            f"{len(roadmap.graph):,} cells of {roadmap.cell:g} m, all of which robots can leave and reach in "
            f"two ways; they follow each other {follow} around corners. Sites: {served}."
        )
        return 0
