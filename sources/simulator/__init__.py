"""The simulated district: department systems that deliver what real ones would, from one seed.

Belongs here: populations, deliveries and servers of the demonstration; the only place of demonstration figures.
Does not belong here: anything that a real delivery would also need.
"""

from sources.simulator.manifest import Manifest, SimulationRefused, read_manifest
from sources.simulator.serving import serve_departments
from sources.simulator.simulation import simulate

__all__ = ["Manifest", "SimulationRefused", "read_manifest", "serve_departments", "simulate"]
