# SPDX-License-Identifier: Apache-2.0
"""Two people of the city's IT section with signing keys, and what they sign.

Their keys lie on the terminal itself only because the lab has a single machine.
"""
import base64

FOLDER = '/root/office'
TERMINAL = 'T-0042'
SIGNERS = ('suzuki', 'tanaka')


def open_up(vm):
    vm.out(f'mkdir -m 700 {FOLDER} && cd {FOLDER} && for who in {" ".join(SIGNERS)} mallory; do '
           'sekisho key generate $who | head -n 1 >$who.vkey; done')


def write(vm, name, text):
    vm.out(f'echo {base64.b64encode(text.encode()).decode()} | base64 -d >{FOLDER}/{name}')


def order(vm, number, zone, signers=SIGNERS, more='', rights='policy order'):
    """Path of a signed order."""
    lines = ''.join(f'    signer {who} "{vm.out(f"cat {FOLDER}/{who}.vkey")}" {rights}\n' for who in SIGNERS)
    name = f'order-{number}'
    write(vm, name, f'order {TERMINAL} {{\n    number {number}\n    zone {zone}\n{more}{lines}}}\n')
    vm.out(f'cd {FOLDER}; rm -f {name}.signed{"" if signers else f"; cp {name} {name}.signed"}')
    for place, who in enumerate(signers):
        source = name if place == 0 else f'{name}.signed'
        vm.out(f'cd {FOLDER} && sekisho order sign {source} --key {who}.key --output {name}.signed')
    return f'{FOLDER}/{name}.signed'


def policy(vm, version, rules, signer='suzuki', head=''):
    """Path of a signed policy."""
    write(vm, 'city.policy', f'policy city {{\n    version {version}\n{head}}}\n{rules}')
    vm.out(f'cd {FOLDER} && sekisho policy sign city.policy --key {signer}.key --output city-{version}.signed')
    return f'{FOLDER}/city-{version}.signed'
