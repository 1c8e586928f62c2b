# SPDX-License-Identifier: Apache-2.0
"""The functions of an integration test as TAP: those that are named on the command line, else all."""

import ast
import pathlib
import re
import sys

import private_run


def forgotten():
    """Functions of the program that nothing in it names: tests that would never run."""
    text = pathlib.Path(sys.argv[0]).read_text(encoding="utf-8")
    named = [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    return [name for name in named if len(re.findall(rf"\b{name}\b", text)) == 1]


def run_each(tests):
    """The exit status."""
    if forgotten():
        print(f"Bail out! in no list of tests: {', '.join(forgotten())}", flush=True)
        return True
    chosen = [test for test in tests if test.__name__ in sys.argv[1:]] or tests
    print(f"1..{len(chosen)}", flush=True)
    failed = False
    for number, test in enumerate(chosen, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__}", flush=True)
        except Exception as error:  # each test stands alone
            failed = True
            print(f"not ok {number} - {test.__name__}: {type(error).__name__}: {error}", flush=True)
    return failed


def run_each_private(tests):
    """In a namespace with the fixed paths of the product.  The exit status."""
    if not private_run.is_possible():
        print("1..0 # SKIP only root has a mount namespace of his own")
        return 0
    private_run.enter()
    return run_each(tests)
