# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run epinio_wiring_record without a Python of its own."""

from __future__ import annotations

from ansible_collections.epinio.aws.plugins.modules import epinio_wiring_record
from ansible_collections.epinio.aws.plugins.plugin_utils.in_process import InProcess


class ActionModule(InProcess):
    """The action of epinio_wiring_record."""

    module = epinio_wiring_record
