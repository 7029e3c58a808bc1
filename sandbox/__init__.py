"""The sandbox: AWS and an EKS-like Kubernetes on this machine, all on loopback."""

# SPDX-License-Identifier: GPL-3.0-or-later
