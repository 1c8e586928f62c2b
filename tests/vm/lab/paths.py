# SPDX-License-Identifier: Apache-2.0
"""Where things lie on the host."""
import glob
import os

HERE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
TOP = os.path.dirname(os.path.dirname(HERE))
CACHE = os.path.join(HERE, 'cache')
RUN = os.path.join(HERE, 'run.d')
IMAGE = os.path.join(CACHE, 'image')
SCENARIOS = os.path.join(HERE, 'scenarios')


def package():
    """The sekisho package under test, or None: $SEKISHO_DEB, else the newest one built."""
    named = os.environ.get('SEKISHO_DEB')
    if named:
        return os.path.abspath(named)
    built = [deb for place in ('build-deb', '..')
             for deb in glob.glob(os.path.join(TOP, place, 'sekisho_*.deb'))]
    return max(built, key=os.path.getmtime, default=None)
