# SPDX-License-Identifier: Apache-2.0
"""People with an account, in the /etc of one's own that private_run makes."""

import pathlib

PASSWD, GROUP = pathlib.Path("/etc/passwd"), pathlib.Path("/etc/group")
FIRST_UID, ADMIN_GID = 61000, 60999


def ours(path):
    """The lines of a file but for those that add() wrote."""
    return [line for line in path.read_text(encoding="utf-8").splitlines()
            if not line.split(":")[2].startswith("610") and not line.startswith("sekisho-admin:")]


def be(people):
    """{name: (uid, is an administrator)}: these have accounts, besides those that are always there."""
    admins = ",".join(name for name, (_, is_admin) in people.items() if is_admin)
    PASSWD.write_text("\n".join(ours(PASSWD) + [f"{name}:x:{uid}:{uid}::/nonexistent:/bin/false"
                                                for name, (uid, _) in people.items()]) + "\n", encoding="utf-8")
    GROUP.write_text("\n".join(ours(GROUP) + [f"sekisho-admin:x:{ADMIN_GID}:{admins}"]) + "\n", encoding="utf-8")
