# SPDX-License-Identifier: Apache-2.0
"""The virtual terminal: QEMU machines, their stages, the people and the devices that touch them."""
