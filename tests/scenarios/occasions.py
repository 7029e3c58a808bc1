"""The occasions on which the README lists rights, and the runs of `test_rights` that are such."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

IRSA, NODES = {"wire", "foreign", "change"}, {"nodes wire", "nodes change"}
PROOFS, NODES_PROOF = {"verify", "denied", "mistrusted"}, {"nodes verify"}
IRSA_BACK, NODES_BACK = {"plan back", "take back", "uninstall"}, {"nodes back"}
WIRING, TEARDOWN = IRSA | NODES, IRSA_BACK | NODES_BACK
EVERY = WIRING | PROOFS | NODES_PROOF | TEARDOWN
# What is listed for both ways of wiring is needed by each of them.
WAYS = (IRSA | PROOFS | IRSA_BACK, NODES | NODES_PROOF | NODES_BACK)
OF_NODES = "`instance_profile` and `verify` of it"
AWS_OCCASIONS = {
    "every playbook": EVERY,
    "wiring and `verify`": WIRING | PROOFS | NODES_PROOF,
    "wiring and teardown": WIRING | TEARDOWN,
    "wiring": WIRING,
    "wiring, the bucket is one that this collection made": {"foreign", "change", "nodes change"},
    "wiring, a policy says something else than is wanted": {"foreign", "change", "nodes change"},
    "wiring makes a policy": {"wire", "nodes wire"},
    "wiring makes the bucket (`epinio_create_bucket`)": {"wire", "nodes wire"},
    "wiring changes a policy that it made": {"change", "nodes change"},
    "wiring changes the bucket that it made": {"change", "nodes change"},
    "teardown finds a policy of the wiring": TEARDOWN,
    "teardown takes a policy back": {"take back", "nodes back"},
    "`irsa` and `teardown_irsa`": IRSA | IRSA_BACK,
    "`irsa`, a role was not made by this collection": {"foreign"},
    "`irsa` makes what is missing": {"wire"},
    "`irsa` changes what it made": {"change"},
    "`teardown_irsa` finds roles of the wiring": IRSA_BACK,
    "`teardown_irsa` takes roles back": {"take back"},
    "`teardown_irsa` leaves a role that somebody else uses": {"take back"},
    "`instance_profile`": NODES,
    OF_NODES: NODES | NODES_PROOF,
    f"{OF_NODES} find the nodes' roles": {"nodes change", "nodes verify"},
    f"{OF_NODES}, there are Fargate nodes or profiles": NODES | NODES_PROOF,
    f"{OF_NODES}, a role is only named (`epinio_node_role_names`, an access entry, `aws-auth`)": {"nodes wire"},
    "`instance_profile` gives roles the access": {"nodes wire"},
    "`instance_profile` and its teardown take it from roles": {"nodes change", "nodes back"},
    "`epinio_verify_other_bucket`": {"verify"},
    "a proof fails, to explain it": {"denied", "mistrusted"},
}
KUBERNETES_OCCASIONS = {
    "every playbook": EVERY,
    "the certificate authority does not show which cluster it is": {"verify", "nodes change", "nodes verify"},
    "wiring and `verify`": WIRING | PROOFS | NODES_PROOF,
    "wiring and teardown change the release": {"wire", "nodes wire", *TEARDOWN},
    "the server's pods are replaced": {"wire", *IRSA_BACK},
    "wiring changes the release": {"wire", "nodes wire"},
    "teardown": TEARDOWN,
    "the access is proven in pods": {"wire", "verify", "nodes change", "nodes verify"},
    "`irsa` and `verify`": IRSA | PROOFS,
    "`irsa` gives the accounts their roles": IRSA,
    "`teardown_irsa` takes the roles back": IRSA_BACK,
    OF_NODES: NODES | NODES_PROOF,
    "`instance_profile` notes which roles have it": NODES,
    "`epinio_uninstall`": {"uninstall"},
}
# What these runs ask only if pods come late. Failed upgrades have scenarios of their own, which take long.
AT_TIMES = {
    "the server's pods are replaced": {"nodes wire", "nodes back"},
    "pods do not come or become ready, to explain it": {"wire", "verify", "nodes change", "nodes verify"},
}
