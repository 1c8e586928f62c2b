# SPDX-License-Identifier: Apache-2.0
"""What sekishod answers to a question for its state (ipc/protocol.h, struct ipc_agent_state)."""

import struct

OPEN_GATES = 6
STATE = struct.Struct("=12B7I3Q64s64s64s64s64s256s256s64s64s256s256s256s" + OPEN_GATES * "64s256s")
