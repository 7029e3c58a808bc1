# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a removal says about an object that is not this wiring's: it stays, and this is why."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.epinio.aws.plugins.module_utils.domain import tags
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import WIRING, Mark, Wiring
from ansible_collections.epinio.aws.plugins.module_utils.plan import Residue


def foreign(owner: Wiring, subject: str, marks: Mapping[str, str], command: str) -> Residue | None:
    """Why the object stays, `None` if it carries the mark of this wiring.

    `subject` names it ("role epinio-server-role"), `marks` are its tags, `command` is what deletes it.
    """
    mark = owner.mark(marks)
    if mark is Mark.OURS:
        return None
    if mark is Mark.ANOTHER_WIRING:
        other = marks.get(WIRING, "")
        reason = f"it belongs to another wiring, {other or 'which it does not name'}"
        return Residue(subject, reason, "It goes when that wiring is torn down.", other)
    owners = tags.owners(marks)
    if owners:
        return Residue(subject, f"it was not made by this collection; {owners}", "Have its owner remove it.")
    return Residue(subject, "it was not made by this collection", f"If nobody needs it any more, run: {command}")
