"""`guarded_helm <kubeconfig> <wiring> <helm> <arguments>`: helm as the collection runs it, to be killed meanwhile.

Nothing is put back while helm waits, as if the kill had come within the first second.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import subprocess
import sys

from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_client import KubernetesClient
from ansible_collections.epinio.aws.plugins.module_utils.readers.connections import read_connection
from ansible_collections.epinio.aws.plugins.module_utils.writers import restoring
from ansible_collections.epinio.aws.plugins.module_utils.writers.upkeep import UpkeepWriter

from tests.integration.helm_site import RELEASE

if __name__ == "__main__":
    restoring.INTERVAL = 3600.0
    kubeconfig, owner, *helm = sys.argv[1:]
    writer = UpkeepWriter(KubernetesClient(read_connection({"kubeconfig": kubeconfig})), wiring(owner), RELEASE)
    writer.during(lambda: subprocess.run(helm, check=False))
