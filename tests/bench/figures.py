# SPDX-License-Identifier: Apache-2.0
"""How figures are shown: a table to read, and one line each to compare."""


def ratio(ours, peer):
    return f'{ours / peer:.7f}' if peer else 'none'


def show(head, figures, peer='USBGuard', third='unguarded', alone=()):
    """FIGURES: (metric, ours, the PEER's, unit), and behind these the THIRD's, where there is one.
    ALONE: (metric, ours, unit), what no peer has."""
    print(f"{head}; the ratio is ours / peer, below 1 we need less\n")
    print(f"{'':40} {'':5} {'sekisho':>12} {peer:>12} {'ratio':>10} {third:>12}")
    for metric, ours, theirs, unit, *more in figures:
        print(f"{metric:40} {unit:5} {ours:12.3f} {theirs:12.3f} {ratio(ours, theirs):>10} " + ''.join(f'{m:12.3f}' for m in more))
    for metric, ours, unit in alone:
        print(f"{metric:40} {unit:5} {ours:12.3f}")
    print()
    for metric, ours, theirs, unit, *more in figures:
        print(f"bench: {metric} ours={ours:.3f} peer={theirs:.3f} ratio={ratio(ours, theirs)} unit={unit}"
              + ''.join(f' {third}={m:.3f}' for m in more))
    for metric, ours, unit in alone:
        print(f"bench: {metric} ours={ours:.3f} unit={unit or 'count'}")
