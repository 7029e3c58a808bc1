# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what is there of Epinio, judge whose it is, and plan its removal, all before anything is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import epinio_objects, manifests, rendered
from ansible_collections.epinio.aws.plugins.module_utils.domain import record as records
from ansible_collections.epinio.aws.plugins.module_utils.domain.foreign import Known, foreign
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import Release
from ansible_collections.epinio.aws.plugins.module_utils.domain.live_objects import SECRET, LiveObject, Namespace
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record
from ansible_collections.epinio.aws.plugins.module_utils.domain.rendered import Rendered
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Mark
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners.release import takes_definitions
from ansible_collections.epinio.aws.plugins.module_utils.planners.uninstall import (
    UNINSTALLED,
    Actual,
    Space,
    Wanted,
    plan,
)
from ansible_collections.epinio.aws.plugins.module_utils.readers import epinio, helm
from ansible_collections.epinio.aws.plugins.module_utils.readers.inventory import Kinds, read_kinds, read_objects
from ansible_collections.epinio.aws.plugins.module_utils.readers.namespaces import (
    read_application_namespaces,
    read_namespace,
    read_retained_volumes,
)
from ansible_collections.epinio.aws.plugins.module_utils.readers.upkeep import read_record

# The chart's name for the namespace of its users' first applications.
_WORKSPACE = "workspace"
_RELEASE_NAME, _RELEASE_NAMESPACE = "meta.helm.sh/release-name", "meta.helm.sh/release-namespace"


@dataclass(frozen=True)
class _Inventory:
    """What is in the release's namespace, with the revisions that are stored there, newest first."""

    kinds: Kinds
    home: Namespace | None
    objects: tuple[LiveObject, ...]
    releases: tuple[Release, ...]

    @property
    def release(self) -> Release | None:
        return self.releases[0] if self.releases else None

    @cached_property
    def rendered(self) -> Rendered:
        return rendered.rendered(self.releases)

    @cached_property
    def deleted(self) -> tuple[manifests.Object, ...]:
        """The objects that helm deletes when it uninstalls: those of the newest revision, but for the kept ones."""
        if self.release is None or self.release.status == UNINSTALLED:
            return ()
        return tuple(one for one in manifests.objects(self.release.manifest) if not rendered.is_kept(one))


@dataclass(frozen=True)
class Survey:
    """The survey of one Epinio. `require_helm` raises `Refused` where there is no helm that can be used."""

    api_client: Any
    wanted: Wanted
    require_helm: Callable[[], object]

    def __call__(self) -> Plan:
        """Read, refuse what must not happen, and plan."""
        found = plan(self.wanted, self._actual(self._inventory()))
        if any(change.operation == "helm.uninstall" for change in found.changes):
            self.require_helm()
        return found

    def foreign(self, name: str) -> tuple[str, ...]:
        """What is in the namespace now and somebody else's."""
        found = self._inventory()
        at_home = found.home is not None and found.home.name == name
        return self._foreign(found, found.objects if at_home else read_objects(self.api_client, name, found.kinds))

    def _actual(self, found: _Inventory) -> Actual:
        namespace = self.wanted.wiring.namespace
        release = found.release
        applications = read_application_namespaces(self.api_client)
        owned = self._owned(found, applications)
        names = {namespace, *(one.name for one in owned)}
        others = (one.name for one in applications if not one.terminating and one.name not in names)
        deletes = takes_definitions([found.deleted], ())
        home = self._space(found, found.home, found.objects) if found.home else None
        server = epinio.read_server(self.api_client, namespace) if home else None
        return Actual(
            release=release,
            age=helm.age(release) if release and release.pending else 0.0,
            home=home,
            owned=tuple(self._space(found, one) for one in owned),
            others=tuple(sorted(others)),
            apps=epinio.read_apps(self.api_client),
            jobs=epinio.await_staging(self.api_client, namespace, 0.0) if found.home else (),
            endangered=epinio.read_endangered_helm_charts(self.api_client, heeded=False) if deletes else (),
            retained=read_retained_volumes(self.api_client, {*names, _WORKSPACE}),
            definitions=found.kinds.has_group(epinio_objects.GROUP),
            record=self._record(found) if home and not home.may_go else None,
            owner=server.owner if server else None,
        )

    def _inventory(self) -> _Inventory:
        namespace = self.wanted.wiring.namespace
        kinds = read_kinds(self.api_client)
        home = read_namespace(self.api_client, namespace)
        objects = read_objects(self.api_client, namespace, kinds) if home else ()
        numbers = sorted((_revision(one, self.wanted.name) for one in objects), reverse=True)
        releases = (
            helm.read_release(self.api_client, namespace, self.wanted.name, number) for number in numbers if number
        )
        return _Inventory(kinds, home, objects, tuple(releases))

    def _record(self, found: _Inventory) -> Record | None:
        """Our record. Another wiring's is no concern of this one: it is foreign."""
        wiring = self.wanted.wiring
        named = (one for one in found.objects if (one.kind, one.name) == (SECRET, records.NAME))
        ours = any(wiring.mark({**one.labels, **one.annotations}) is Mark.OURS for one in named)
        return read_record(self.api_client, wiring) if ours else None

    def _owned(self, found: _Inventory, applications: tuple[Namespace, ...]) -> tuple[Namespace, ...]:
        """The namespaces of the chart: helm deletes them, or should have done so."""
        listed = {one.name: one for one in applications}
        if not found.deleted:
            return tuple(one for one in applications if self._was_rendered(one))
        named = rendered.namespaces(found.deleted)
        spaces = (listed.get(name) or read_namespace(self.api_client, name) for name in named)
        return tuple(one for one in spaces if one)

    def _was_rendered(self, space: Namespace) -> bool:
        """Whether Helm made the namespace for the release, and nobody has told it to keep it."""
        owner = tuple(space.annotations.get(mark) for mark in (_RELEASE_NAME, _RELEASE_NAMESPACE))
        kept = space.annotations.get(rendered.POLICY) == rendered.KEEP
        return owner == (self.wanted.name, self.wanted.wiring.namespace) and not kept

    def _space(self, found: _Inventory, namespace: Namespace, objects: tuple[LiveObject, ...] | None = None) -> Space:
        if objects is None:
            objects = read_objects(self.api_client, namespace.name, found.kinds)
        claims = [one for one in objects if one.is_claim]
        return Space(
            namespace.name,
            namespace.uid,
            namespace.terminating,
            self._foreign(found, objects),
            tuple(sorted(one.name for one in claims)),
            frozenset(one.name for one in claims if one.identity in found.rendered.objects),
        )

    def _foreign(self, found: _Inventory, objects: tuple[LiveObject, ...]) -> tuple[str, ...]:
        known = Known(self.wanted.wiring, self.wanted.name, found.rendered)
        return tuple(sorted(map(str, foreign(objects, known, found.kinds.all))))


def _revision(one: LiveObject, release: str) -> int:
    """The number of the revision of the release that the object stores, 0 if it does not."""
    if one.kind != SECRET or (one.labels.get("owner"), one.labels.get("name")) != ("helm", release):
        return 0
    return int(one.labels["version"])
