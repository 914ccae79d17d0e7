"""queue.Queue between two threads. Arg: items."""
import json
import queue
import sys
import threading
import time

count = int(sys.argv[1])


def once():
    jobs = queue.Queue(100_000)

    def put():
        for _ in range(count):
            jobs.put({"type": "inc", "n": 1})

    total = 0
    begun = time.perf_counter()
    thread = threading.Thread(target=put)
    thread.start()
    for _ in range(count):
        total += jobs.get()["n"]
        jobs.task_done()
    seconds = time.perf_counter() - begun
    thread.join()
    if total != count:
        sys.exit(f"sum: {total} instead of {count}")
    return count / seconds


once()
print(json.dumps({"value": once()}))
