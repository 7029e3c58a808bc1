# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module of the collection says about itself, and options that several modules share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in check mode and return what it would change, with the same keys as a real run.
    support: full
  diff_mode:
    description: Shows the object before and after in diff mode.
    support: full
  idempotent:
    description: Changes nothing when the object is already what is wanted.
    support: full
"""

    INFO = r"""
attributes:
  check_mode:
    description: Reads only, so check mode changes nothing.
    support: full
  diff_mode:
    description: Shows the object before and after in diff mode.
    support: N/A
    details: It changes nothing.
  idempotent:
    description: Changes nothing when the object is already what is wanted.
    support: full
"""
