# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do about a refusal of the Kubernetes API, which is not always a missing right.

The words are those of the API server and of its admission plugins (apiserver and plugin/pkg/admission of Kubernetes).
"""

from __future__ import annotations

import re

_RENEW = (
    "Renew the credentials for the cluster, and give their owner access to it: those of epinio_kubeconfig and "
    "epinio_context, of K8S_AUTH_... variables, or of the service account of Ansible's own pod."
)
_GRANT = "Grant this right to that user or role."
# The first that fits counts.
_FORBIDDEN = {
    r'User "system:anonymous"|system:unauthenticated': f"The API server did not recognize any credentials. {_RENEW}",
    r"cannot impersonate": "Grant the right to impersonate to this user, or impersonate nobody (as of the kubeconfig's "
    "user, or K8S_AUTH_IMPERSONATE_USER and K8S_AUTH_IMPERSONATE_GROUPS).",
    r"exceeded quota|failed quota": "It is a quota of the namespace (ResourceQuota): have it raised, or remove what "
    "nobody needs.",
    r"because it is being terminated": "The namespace is being deleted: wait until it is gone, or see in its "
    "status.conditions what keeps it.",
    r"violates PodSecurity": "The Pod Security level of the namespace forbids it: ask who set its "
    "pod-security.kubernetes.io labels.",
    r"admission webhook|ValidatingAdmissionPolicy|denied (the )?request": "An admission rule of the cluster forbids "
    "it: ask its owner.",
    r"not currently held": "Nobody may grant rights without having them: grant them to this user first.",
    r"(?i)\bcannot \w+ (resource|path)\b": _GRANT,
}
_OTHER = "It names no right that is missing: ask who runs the cluster, or a proxy before it, what forbids it."


def advice(status: int, reason: str) -> str:
    """What the caller can do about an answer with this HTTP status and message, `""` where only the message tells."""
    if status == 401:
        return _RENEW
    if status == 429:
        return "The API server, or what stands before it, has too much to do: run it again later."
    if status >= 500:
        return "Run it again. If it stays so, ask who runs the cluster, or a proxy or webhook before the API server."
    if status != 403:
        return ""
    return next((words for pattern, words in _FORBIDDEN.items() if re.search(pattern, reason)), _OTHER)


def is_right(reason: str) -> bool:
    """Whether a 403 says that its caller, whom the API server knows, lacks a right."""
    return advice(403, reason) == _GRANT
