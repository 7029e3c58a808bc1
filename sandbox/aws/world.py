"""What all accounts have in common, and what is kept of each beside moto's objects."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.aws import moto_internals
from sandbox.aws.consistency import Consistency
from sandbox.aws.ec2_instances import Instances
from sandbox.aws.eks_associations import Associations
from sandbox.aws.eks_nodes import NodeObjects
from sandbox.aws.eks_objects import Clusters
from sandbox.aws.moto_internals import Entity
from sandbox.aws.sessions import Sessions


@dataclass
class World:
    """The state of the stand-in.

    - `clock`: seconds since 1970
    - `consistency`: what is visible and in effect
    - `sessions`: of assumed roles
    - `clusters`: of EKS, with the keys of their issuers
    - `associations`: of EKS Pod Identity
    - `node_objects`: of EKS: node groups, access entries, Fargate profiles
    - `instances`: of EC2
    - `plain`: loopback does not count as TLS for `aws:SecureTransport`
    - `networks`: by account, condition keys of the network that its principals' calls come from
    - `bucket_policies`: documents by bucket; moto does not get to see them, for it would evaluate them too
    - `tokens_late`: how many seconds after their issue's clock web identity tokens are looked at
    """

    clock: Callable[[], float]
    consistency: Consistency
    sessions: Sessions
    clusters: Clusters
    associations: Associations
    plain: bool = False
    node_objects: NodeObjects = field(default_factory=NodeObjects)
    instances: Instances = field(default_factory=Instances)
    networks: dict[str, Mapping[str, str]] = field(default_factory=dict)
    bucket_policies: dict[str, str] = field(default_factory=dict)
    tokens_late: float = 0.0
    _locks: dict[str, threading.RLock] = field(default_factory=dict)

    def lock(self, account: str) -> threading.RLock:
        """Held while an account's objects change: moto checks and writes in two steps."""
        return self._locks.setdefault(account, threading.RLock())

    def record_entity(self, account: str, partition: str, kind: str, name: str, *, at_once: bool = False) -> None:
        """Notes a role, user or group as it is now."""
        found = moto_internals.entity(moto_internals.iam(account, partition), kind, name)
        self.consistency.record((account, partition, kind, name), found, at_once=at_once)

    def record_policy(self, account: str, partition: str, arn: str) -> None:
        """Notes the document of a policy's default version as it is now."""
        document = moto_internals.policy_document(moto_internals.iam(account, partition), arn)
        self.consistency.record((account, partition, "policy", arn), document)

    def record_provider(self, account: str, partition: str, arn: str) -> None:
        """Notes an OIDC provider's audiences as they are now."""
        client_ids = moto_internals.provider_client_ids(moto_internals.iam(account, partition), arn)
        self.consistency.record((account, partition, "provider", arn), client_ids)

    def entity_in_effect(self, account: str, partition: str, kind: str, name: str) -> Entity | None:
        """A role, user or group as decisions see it."""
        found: Entity | None = self.consistency.effective((account, partition, kind, name))
        return found

    def policy_in_effect(self, account: str, partition: str, arn: str) -> str | None:
        """A policy's document as decisions see it; AWS's own policies are always there."""
        if f":iam::{account}:" not in arn:
            return moto_internals.policy_document(moto_internals.iam(account, partition), arn)
        document: str | None = self.consistency.effective((account, partition, "policy", arn))
        return document

    def audiences_in_effect(self, account: str, partition: str, provider_arn: str) -> tuple[str, ...] | None:
        """The audiences that an OIDC provider takes as decisions see it; None: there is no such provider."""
        client_ids: tuple[str, ...] | None = self.consistency.effective((account, partition, "provider", provider_arn))
        return client_ids
