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


def read(vm):
    """The Japanese and English words of the display, as a machine reads them."""
    file = vm.path('screen.ppm')
    vm.qmp('screendump', filename=file)
    words = subprocess.run(['tesseract', _twice_as_large(file), '-', '-l', 'jpn+eng', '--psm', '6'],
                           check=True, capture_output=True, text=True).stdout
    return words.replace(' ', '')


def _twice_as_large(ppm):
    """A picture in grey whose letters are large enough to be read."""
    with open(ppm, 'rb') as picture_file:
        _, size, _ = (picture_file.readline() for _ in range(3))
        width, height = map(int, size.split())
        grey = picture_file.read()[1::3]
    large = bytearray(2 * width)
    with open(ppm[:-3] + 'pgm', 'wb') as picture_file:
        picture_file.write(b'P5 %d %d 255\n' % (2 * width, 2 * height))
        for at in range(0, width * height, width):
            large[::2] = large[1::2] = grey[at:at + width]
            picture_file.write(large * 2)
    return picture_file.name


def read_until(vm, words, timeout=120):
    end = time.time() + timeout
    while words not in (shown := read(vm)):
        assert time.time() < end, f'no {words!r} on the display within {timeout} s but {shown!r}; see screen.ppm'
        time.sleep(1)
    return shown
