# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EKS Pod Identity associations, which take precedence over the annotation of a service account."""

from __future__ import annotations

from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed, attempting
from ansible_collections.epinio.aws.plugins.module_utils.readers.paging import pages


def read_associations(eks: Any, cluster: str, namespace: str) -> frozenset[str] | None:
    """The service accounts of the namespace that have an association; `None` if the caller may not list them."""
    try:
        with attempting(f"list the Pod Identity associations of cluster {cluster}, namespace {namespace}"):
            listed = pages(eks, "list_pod_identity_associations", clusterName=cluster, namespace=namespace)
            return frozenset(found["serviceAccount"] for page in listed for found in page["associations"])
    except ServiceFailed as error:
        if error.code in ("AccessDenied", "AccessDeniedException"):
            return None
        raise
