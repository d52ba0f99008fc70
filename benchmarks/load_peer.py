"""What a plain watcher costs: requests, inscriptis and a hash, in threads, as changedetection.io takes a page's text.

python -m benchmarks.load_peer SITE PAGES THREADS SECONDS     (prints checks per second and CPU ms for each)
"""

from __future__ import annotations

import hashlib
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import requests
from inscriptis import get_text

from benchmarks.load_site import address


def main(site: str, pages: int, threads: int, seconds: float) -> tuple[float, float]:
    serial = count()
    local = threading.local()
    until = time.monotonic() + seconds
    done: list[float] = []

    def work(_: int) -> None:
        local.session = requests.Session()
        while time.monotonic() < until:
            number = next(serial)
            answer = local.session.get(f"{address(site, number % pages)}{number // pages}", timeout=20)
            hashlib.md5(get_text(answer.text).encode(), usedforsecurity=False).hexdigest()
            done.append(time.monotonic())

    began, spent = time.monotonic(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    return len(done) / (max(done) - began), 1000 * (time.process_time() - spent) / len(done)


if __name__ == "__main__":
    print(*(round(one, 2) for one in main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))))
