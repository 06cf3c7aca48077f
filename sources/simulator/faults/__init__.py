"""Faults of deliveries: what departments really send, put over the clean deliveries of the simulated district.

`inject` changes a departments folder and writes `faults.json`; `send_corrections` sends what the departments correct
afterwards. The kinds are modules of `kinds/`, found by themselves. Does not belong here: what the platform makes of a
fault (`sources/reading/`, `sources/admission/`), comparing both (`sources/simulator/fault_accounting/`).
"""

from sources.simulator.faults.catalogue import catalogue
from sources.simulator.faults.deliveries import send_corrections
from sources.simulator.faults.fault import TREATMENTS, Fault, FaultManifest, Injection, Trace, read_manifest
from sources.simulator.faults.injecting import inject

__all__ = [
    "TREATMENTS",
    "Fault",
    "FaultManifest",
    "Injection",
    "Trace",
    "catalogue",
    "inject",
    "read_manifest",
    "send_corrections",
]
