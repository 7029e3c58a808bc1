"""What `warm_ansible`'s fork server imports: Ansible with the settings of a sandbox's playbooks, and our modules."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import gc
import importlib
import os
import tempfile
import warnings

from sandbox.playbook import REPOSITORY, SETTINGS
from tools import tree

# Ansible reads its settings when it is imported. Its folder for temporary files goes when the fork server ends.
os.environ.update(
    {**SETTINGS, "ANSIBLE_COLLECTIONS_PATH": str(tree.linked()), "ANSIBLE_LOCAL_TEMP": tempfile.gettempdir()}
)

from ansible.cli.playbook import main
from ansible.plugins.loader import (
    become_loader,
    callback_loader,
    connection_loader,
    init_plugin_loader,
    shell_loader,
    vars_loader,
)

__all__ = ["main"]

init_plugin_loader()
# Each playbook's own start does it again.
warnings.filterwarnings("ignore", "AnsibleCollectionFinder has already been configured")
# Each run asks for all of these, with the settings in their documentation.
for loader in (become_loader, callback_loader, connection_loader, shell_loader, vars_loader):
    list(loader.all(class_only=True))
for path in (REPOSITORY / "plugins" / "action").glob("epinio_*.py"):
    importlib.import_module(f"ansible_collections.epinio.aws.plugins.action.{path.stem}")
# What is shared with the forks stays so: their garbage collection would touch, and so copy, each object.
gc.freeze()
