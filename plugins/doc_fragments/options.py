# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that several modules share."""

from __future__ import annotations


class ModuleDocFragment:
    WIRING = r"""
options:
  wiring:
    description:
      - The owner of what is made, C(<ARN of the EKS cluster>/<namespace of the release>),
        as M(epinio.aws.epinio_cluster_info) returns it.
      - What the module makes is tagged or labelled with it. An object with the mark of another wiring is refused; a
        removal leaves it and says so.
    type: str
    required: true
"""

    IAM = r"""
options:
  path:
    description: The IAM path.
    type: str
    default: /
  tags:
    description:
      - Tags that the object carries besides the mark of its wiring.
      - Tags that somebody else put on the object are kept.
    type: dict
    default: {}
"""
