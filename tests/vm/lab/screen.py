# SPDX-License-Identifier: Apache-2.0
"""A display in text mode, read by looking at its memory, and a USB keyboard typed on."""
import subprocess
import time

DISPLAY = ('-device', 'VGA')
_ADDRESS, _COLUMNS, _ROWS = 0xb8000, 80, 25
_KEYS = {' ': 'spc', '-': 'minus', '.': 'dot', '/': 'slash', '\n': 'ret'}


def text(vm):
    """What the display shows."""
    file = vm.path('screen.bin')
    vm.qmp('pmemsave', val=_ADDRESS, size=_COLUMNS * _ROWS * 2, filename=file)
    with open(file, 'rb') as memory:
        cells = memory.read()[::2].decode('cp437')
    return '\n'.join(cells[at:at + _COLUMNS].rstrip('\0 ') for at in range(0, len(cells), _COLUMNS)).strip()


def wait_for(vm, words, timeout=120):
    end = time.time() + timeout
    while words not in (shown := text(vm)):
        assert time.time() < end, f'the display does not show {words!r} within {timeout} s but:\n{shown}'
        time.sleep(0.2)
    return shown


def type_line(vm, line):
    """Type lower-case text and return on the USB keyboard."""
    for letter in line + '\n':
        vm.press(_KEYS.get(letter, letter))


def console_text(vm, number=1):
    """What a virtual console shows, as the kernel keeps it: no display is needed."""
    return vm.out(f'cat /dev/vcs{number}')


def picture(vm, name):
    """Save what the display shows as a picture; returns the file."""
    file = vm.path(name)
    vm.qmp('screendump', filename=file, format='png')
    return file


def read(vm, name='screen.png'):
    """The Japanese and English words of the display, as a machine reads them."""
    words = subprocess.run(['tesseract', picture(vm, name), '-', '-l', 'jpn+eng', '--psm', '11', '--dpi', '96'],
                           check=True, capture_output=True, text=True).stdout
    return words.replace(' ', '')


def read_until(vm, words, timeout=120):
    end = time.time() + timeout
    while words not in (shown := read(vm)):
        assert time.time() < end, f'no {words!r} on the display within {timeout} s but {shown!r}; see screen.png'
        time.sleep(1)
    return shown
