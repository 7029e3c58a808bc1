"""What Kubernetes says of pods that do not get ready."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.readers import troubles


def pod(name: str, phase: str, going: bool = False, **status: Any) -> dict[str, Any]:
    metadata = {"name": name, **({"deletionTimestamp": "2026-11-24T09:00:00Z"} if going else {})}
    return {"metadata": metadata, "spec": {"containers": []}, "status": {"phase": phase, **status}}


def event(name: str, message: str, last: str, kind: str = "Pod", level: str = "Warning") -> dict[str, Any]:
    return {"type": level, "message": message, "lastTimestamp": last, "involvedObject": {"kind": kind, "name": name}}


def test_pods_that_should_be_ready_and_are_not() -> None:
    waiting = [
        {"name": "epinio-server", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}
    ]
    ready = [{"type": "Ready", "status": "True"}]
    found = troubles.pod_troubles(
        [
            pod("stuck", "Pending", containerStatuses=waiting),
            pod("ready", "Running", conditions=ready),
            pod("done", "Succeeded"),
            pod("going", "Pending", going=True),
        ]
    )
    assert found == {"stuck": "phase Pending; container epinio-server: ImagePullBackOff: no such image"}


def test_warnings_about_them_newest_first() -> None:
    events = [
        event("stuck", "older", "2026-11-24T09:00:00Z"),
        event("stuck", "newer", "2026-11-24T09:00:02Z"),
        event("stuck", "newer", "2026-11-24T09:00:01Z"),
        event("gone", "long ago", "2026-11-24T09:00:03Z"),
        event("epinio-server", "quota exceeded", "2026-11-24T09:00:04Z", kind="ReplicaSet"),
        event("stuck", "pulled", "2026-11-24T09:00:05Z", level="Normal"),
    ]
    assert troubles.warnings(events, {"stuck"}) == ["epinio-server: quota exceeded", "stuck: newer", "stuck: older"]
