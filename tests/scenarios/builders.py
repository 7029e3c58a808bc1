"""Builders of users' own: ConfigMaps that say how staging jobs run, which nobody but their owner changes."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from sandbox.people import NAMESPACE
from tests.scenarios.world import World

NAME = "their-builder"


def add_builder(world: World) -> None:
    """One whose jobs run as the account that Epinio falls back to: with it the look fails."""
    metadata = {"name": NAME, "labels": {"app.kubernetes.io/component": "epinio-staging"}}
    world.core.create_namespaced_config_map(NAMESPACE, {"metadata": metadata, "data": {"base": "epinio-stage-scripts"}})


def remove_builder(world: World) -> None:
    world.core.delete_namespaced_config_map(NAME, NAMESPACE)
