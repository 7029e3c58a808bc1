"""What all tests share: the collection under the name that it is imported by."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import sys

from tools import tree

sys.path.insert(0, str(tree.linked()))
