# SPDX-License-Identifier: Apache-2.0
"""How figures are shown: a table to read, and one line each to compare."""


def ratio(ours, peer):
    return f'{ours / peer:.7f}' if peer else 'none'


def show(head, figures):
    """FIGURES: (metric, ours, the peer's, unit), and behind these what an unguarded terminal has, where that is something."""
    print(f"{head}; the ratio is ours / peer, below 1 we need less\n")
    print(f"{'':40} {'':5} {'sekisho':>12} {'USBGuard':>12} {'ratio':>10} {'unguarded':>12}")
    for metric, ours, peer, unit, *bare in figures:
        print(f"{metric:40} {unit:5} {ours:12.3f} {peer:12.3f} {ratio(ours, peer):>10} " + ''.join(f'{b:12.3f}' for b in bare))
    print()
    for metric, ours, peer, unit, *bare in figures:
        print(f"bench: {metric} ours={ours:.3f} peer={peer:.3f} ratio={ratio(ours, peer)} unit={unit}"
              + ''.join(f' unguarded={b:.3f}' for b in bare))
