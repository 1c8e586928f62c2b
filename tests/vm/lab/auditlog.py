# SPDX-License-Identifier: Apache-2.0
"""Reading the audit log as the files hold it, without the program under test."""
import json

FOLDER = '/var/lib/sekisho/audit'


def events(vm, kind=''):
    """All entries whose type starts with this, oldest first."""
    lines = vm.out(f'cat {FOLDER}/seg-*.jsonl').splitlines()
    entries = [json.loads(line) for line in lines if line.startswith('{')]     # the others are checkpoints
    return [entry for entry in entries if entry['type'].startswith(kind)]
