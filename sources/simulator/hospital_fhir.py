"""FHIR R4 bundles of the two hospitals that push them: reports and, where images exist, imaging studies.

Belongs here: how a report looks as FHIR. Does not belong here: which reports there are (`hospital_reports.py`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import Any

from sources.simulator.delivery_files import Outbox
from sources.simulator.district import ZONE, local
from sources.simulator.hospital_orgs import Institution
from sources.simulator.hospital_reports import FHIR_OPENED, FHIR_POSITIONS, IMAGING, Report
from sources.simulator.span import Span

# HL7 v2 table 0074, the value set of DiagnosticReport.category in R4.
_CATEGORIES = {
    "LAB": "LAB",
    "CT": "CT",
    "MR": "NMR",
    "DX": "RX",
    "US": "RUS",
    "ECG": "EC",
    "ENDO": "ENDO",
    "PATH": "SP",
}
_STATUS = {"prelim": "preliminary", "final": "final", "corrected": "amended", "cancelled": "entered-in-error"}
_REPORT_UID = "urn:shcn:health:report-uid"
_REPORT_NO = "urn:shcn:health:report-no"
_EMPI = "urn:shcn:health:empi"
_INSTITUTION = "urn:shcn:health:institution"


def deliver_bundles(orgs: list[Institution], reports: list[Report], span: Span, outbox: Outbox) -> None:
    """One bundle a day and hospital with the report versions received on that day, pushed the next morning."""
    received: dict[tuple[int, date], list[Report]] = defaultdict(list)
    for report in reports:
        if report.by_fhir:
            received[(report.position, report.received.date())].append(report)
    for day in span.days(FHIR_OPENED):
        for number, position in enumerate(FHIR_POSITIONS, 1):
            content = received.get((position, day))
            if content:
                outbox.deliver(
                    f"fhir/H{number:02d}_bundle_{day:%Y%m%d}.json",
                    local(day + timedelta(days=1), time(2, 10 * number)),
                    _bundle,
                    orgs[position],
                    content,
                )


def _bundle(org: Institution, reports: list[Report]) -> bytes:
    entries: list[dict[str, Any]] = [
        {
            "resource": {
                "resourceType": "Organization",
                "id": org.code,
                "identifier": [{"system": _INSTITUTION, "value": org.code}],
                "name": org.name,
            }
        }
    ]
    for report in sorted(reports, key=lambda item: (item.received, item.uid, item.version)):
        entries.append({"resource": _diagnostic_report(report)})
        if report.image and report.version == 1:
            entries.append({"resource": _imaging_study(report)})
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return json.dumps(bundle, ensure_ascii=False, separators=(",", ":")).encode()


def _instant(moment: datetime) -> str:
    return moment.replace(tzinfo=ZONE).isoformat(timespec="seconds")


def _subject(report: Report) -> dict[str, Any]:
    return {"identifier": {"system": _EMPI, "value": report.patient}, "display": report.patient_name}


def _diagnostic_report(report: Report) -> dict[str, Any]:
    code, system, name = report.item
    imaging = report.kind in IMAGING
    extension: list[dict[str, Any]] = [
        {"url": "urn:shcn:health:recognisable", "valueBoolean": system != "LOCAL" and report.status != "prelim"}
    ]
    if imaging:
        extension.append({"url": "urn:shcn:health:image-uploaded", "valueBoolean": report.image})
    resource: dict[str, Any] = {
        "resourceType": "DiagnosticReport",
        "id": f"{report.uid[-28:]}-{report.version}".replace("_", "-"),
        "meta": {"versionId": str(report.version), "lastUpdated": _instant(report.received)},
        "extension": extension,
        "identifier": [{"system": _REPORT_UID, "value": report.uid}, {"system": _REPORT_NO, "value": report.number}],
        "status": _STATUS[report.status],
        "category": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": _CATEGORIES[report.kind]}]}
        ],
        "code": {"coding": [{"system": f"urn:shcn:health:item:{system}", "code": code, "display": name}]},
        "subject": _subject(report),
        "encounter": {"identifier": {"value": report.encounter}},
        "effectiveDateTime": _instant(report.examined),
        "issued": _instant(report.issued),
        "performer": [{"identifier": {"system": _INSTITUTION, "value": report.org.code}}],
    }
    if imaging:
        resource["imagingStudy"] = [{"identifier": {"value": f"IMG{report.number}"}}]
    return resource


def _imaging_study(report: Report) -> dict[str, Any]:
    modality = {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": report.kind}
    series = 1 + report.seconds % 4
    images = series * (24 if report.kind in ("CT", "MR") else 2)
    number = f"{report.position}.{report.issued:%y%m%d}.{_number(report.kind)}.{int(report.number[-4:])}"
    organisation = {"identifier": {"system": _INSTITUTION, "value": report.org.code}}
    return {
        "resourceType": "ImagingStudy",
        "id": f"IMG-{report.number}-{report.position}",
        "identifier": [
            {
                "system": "urn:dicom:uid",
                "value": f"urn:oid:1.2.156.310105.{number}",
            }
        ],
        "status": "available",
        "modality": [modality],
        "subject": _subject(report),
        "started": _instant(report.examined),
        "numberOfSeries": series,
        "numberOfInstances": images,
        "series": [
            {
                "uid": f"1.2.156.310105.{number}.1",
                "modality": modality,
                "performer": [{"actor": organisation}],
            }
        ],
    }


def _number(kind: str) -> int:
    return sorted(_CATEGORIES).index(kind) + 1
