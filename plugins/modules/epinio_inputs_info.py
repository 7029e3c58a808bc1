#!/usr/bin/python
# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: epinio_inputs_info
short_description: Convert and check the variables of a role of this collection
version_added: 0.1.0
description:
  - Reads the play's variables C(epinio_*), and converts each to the type that the argument specs of the roles declare.
  - Text, as C(-e name=value) and the surveys of AWX give it, becomes a truth value, a list or a dictionary where one is
    declared. Blank text and null mean that a variable is not given.
  - Refuses what means nothing, what AWS, Helm or the API server would refuse later because of its syntax, and variables
    whose names are nearly those of the collection's, all in one message.
  - The roles begin with it. It makes no call, and runs where Ansible runs.
options:
  role:
    description: Name of the role, without the collection's.
    type: str
    required: true
  entry:
    description: Entry point of the role, which says what is required.
    type: str
    default: main
extends_documentation_fragment:
  - epinio.aws.attributes
  - epinio.aws.attributes.info
author:
  - Contributors to the epinio.aws project (@epinio)
"""

EXAMPLES = r"""
- name: Convert and check the variables of role irsa
  epinio.aws.epinio_inputs_info:
    role: irsa
  vars:
    epinio_cluster_name: epinio
    epinio_bucket: epinio-sources
    epinio_create_bucket: "yes"
"""

RETURN = r"""
variables:
  description:
    - The variables that are given or have a default, by name, each of its declared type.
    - Without those that may hold secrets, C(epinio_secret_values), C(epinio_chart_ref) and C(epinio_chart_repo), which
      are only checked; P(epinio.aws.as_declared#filter) converts them where they are used.
  returned: success
  type: dict
  sample: {"epinio_cluster_name": "epinio", "epinio_bucket": "epinio-sources", "epinio_create_bucket": true}
environment:
  description: What C(epinio_region), C(epinio_kubeconfig) and C(epinio_context) are as environment variables.
  returned: success
  type: dict
  sample: {"AWS_REGION": "us-east-1"}
"""

from ansible.module_utils.basic import AnsibleModule

SPEC = {"role": {"type": "str", "required": True}, "entry": {"type": "str", "default": "main"}}


def main() -> None:
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    module.fail_json(msg="Only its action plugin, which sees the play's variables, can do this: run it in a task.")


if __name__ == "__main__":
    main()
