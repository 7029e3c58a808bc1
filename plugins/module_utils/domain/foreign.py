# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What in a namespace is somebody else's: neither Epinio's, nor its release's, nor ours, nor Kubernetes' own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ansible_collections.epinio.aws.plugins.module_utils.domain import epinio_objects
from ansible_collections.epinio.aws.plugins.module_utils.domain.live_objects import SECRET, Kind, LiveObject
from ansible_collections.epinio.aws.plugins.module_utils.domain.rendered import Rendered
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Mark, Wiring

# Kubernetes makes them in every namespace.
_EVERYWHERE = {("", "ServiceAccount", "default"), ("", "ConfigMap", "kube-root-ca.crt")}
_ENDPOINTS, _SERVICE, _ACCOUNT = ("", "Endpoints"), ("", "Service"), ("", "ServiceAccount")
_CERTIFICATE = ("cert-manager.io", "Certificate")
# Of a token's Secret (https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets).
_TOKEN_OF = "kubernetes.io/service-account.name"


@dataclass(frozen=True)
class Known:
    """What tells ours from theirs: the wiring, the name of Epinio's release and what its revisions rendered."""

    wiring: Wiring
    release: str
    rendered: Rendered = field(default_factory=Rendered)


@dataclass(frozen=True)
class _Leader:
    """An object that another one goes with, though no owner reference says so. `missed`: without it that one stays."""

    kind: Kind
    name: str
    missed: bool


def foreign(found: Iterable[LiveObject], known: Known, namespaced: frozenset[Kind]) -> tuple[LiveObject, ...]:
    """The foreign objects of one namespace, without those that depend on others of them.

    `found` is everything in the namespace, `namespaced` are all kinds that can be in one.
    """
    judge = _Judge(tuple(found), known, namespaced)
    return tuple(one for one in judge.objects if not judge.goes(one) and not judge.depends(one))


class _Judge:
    def __init__(self, objects: tuple[LiveObject, ...], known: Known, namespaced: frozenset[Kind]) -> None:
        self.objects = objects
        self._known = known
        self._namespaced = namespaced
        self._by_uid = {one.uid: one for one in objects}
        self._by_name = {(one.kind, one.name): one for one in objects}
        self._decided: dict[str, bool] = {}

    def goes(self, one: LiveObject) -> bool:
        """Whether it may go with Epinio, by itself or with what it depends on."""
        if one.uid not in self._decided:
            # Owners in a circle, which only a hand can make, are foreign.
            self._decided[one.uid] = False
            self._decided[one.uid] = self._decide(one)
        return self._decided[one.uid]

    def depends(self, one: LiveObject) -> bool:
        """Whether naming what it depends on says enough."""
        leader = _leader(one)
        named = [self._by_uid.get(owner.uid) for owner in one.owners]
        named += [self._by_name.get((leader.kind, leader.name))] if leader else []
        return any(other is not None and not self.goes(other) for other in named)

    def _decide(self, one: LiveObject) -> bool:
        known = self._known
        if one.identity in known.rendered.kept:
            return False
        if _directly(one, known):
            return True
        if one.owners:
            return all(self._owner_goes(owner.kind, owner.uid) for owner in one.owners)
        leader = _leader(one)
        return leader is not None and self._leader_goes(one, leader)

    def _owner_goes(self, kind: Kind, uid: str) -> bool:
        """An owner that is not there any more was in the same namespace: Kubernetes collects what it left."""
        owner = self._by_uid.get(uid)
        return self.goes(owner) if owner else kind in self._namespaced

    def _leader_goes(self, one: LiveObject, leader: _Leader) -> bool:
        other = self._by_name.get((leader.kind, leader.name))
        if other:
            return self.goes(other)
        was_rendered = (*leader.kind, one.namespace, leader.name) in self._known.rendered.objects
        return was_rendered or not leader.missed


def _directly(one: LiveObject, known: Known) -> bool:
    namespace = known.wiring.namespace
    stored = one.kind == SECRET and one.labels.get("owner") == "helm" and one.labels.get("name") == known.release
    return (
        (*one.kind, one.name) in _EVERYWHERE
        or known.wiring.mark({**one.labels, **one.annotations}) is Mark.OURS
        or (stored and one.namespace == namespace)
        or known.rendered.has(one)
        or epinio_objects.made_by_epinio(one, known.release, namespace)
    )


def _leader(one: LiveObject) -> _Leader | None:
    if one.kind == _ENDPOINTS:
        return _Leader(_SERVICE, one.name, missed=True)
    if one.kind == SECRET and _TOKEN_OF in one.annotations:
        return _Leader(_ACCOUNT, one.annotations[_TOKEN_OF], missed=False)
    if one.kind == SECRET and epinio_objects.CERTIFICATE_NAME in one.annotations:
        return _Leader(_CERTIFICATE, one.annotations[epinio_objects.CERTIFICATE_NAME], missed=True)
    return None
