"""`make simulate N=10000 [SEED=7]`, and `make simulate-days`: histories from a seed on, on all cores. Prints what happened in them; a history that goes
wrong is printed with its seed and its steps, and the exit status is 1."""

import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed

from simulation.closing import simulate_days
from simulation.many import simulate

SHARE = 250


def main():
    count, first = int(sys.argv[1]), int(sys.argv[2])
    kind = simulate_days if "days" in sys.argv[3:] else simulate
    shares = [range(start, min(start + SHARE, first + count)) for start in range(first, first + count, SHARE)]
    total = Counter()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for done in as_completed([pool.submit(kind, share) for share in shares]):
            wrong, counts = done.result()
            total += counts
            if wrong is not None:
                pool.shutdown(cancel_futures=True)
                tell(*wrong)
                sys.exit(1)
    for name, number in sorted(total.items()):
        print(f"{number:>12,}  {name}")


def tell(seed, why, trace):
    for step in trace:
        print(*step)
    print(f"seed {seed}: {why}")


if __name__ == "__main__":
    main()
