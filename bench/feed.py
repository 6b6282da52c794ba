"""The feed as a stream: how long from the event to 1,000 clients of which 900 stop reading, and what a client costs in memory.

    cargo build --release -p carcosa
    python3 bench/feed.py [--postgres postgres://postgres@127.0.0.1:5432/postgres]

Without --postgres on SQLite. Prints Markdown. An event's time is taken before its commit, so what is shown includes the commit.
"""

import argparse
import asyncio
import json
import resource
import statistics
import tempfile
import threading
import time
from datetime import datetime

from webhooks import Installation, produce

# Streams of one credential.
OF_KEY = 100


def keys(installation, how_many):
    client = installation.client()
    made = [client.ask("POST", "/v1/keys", {"name": f"reader {n}", "scopes": ["event:read"]})[1] for n in range(how_many)]
    return [one["secret"] for one in made]


class Readers:
    """Clients in a thread of their own. Those that stop reading take their headers and nothing more."""

    def __init__(self, port, secrets, clients, reading):
        self.port, self.secrets, self.clients, self.reading = port, secrets, clients, reading
        self.latencies, self.count, self.open = [], 0, 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.run()), daemon=True)
        self.thread.start()

    async def run(self):
        tasks = [asyncio.create_task(self.client(n)) for n in range(self.clients)]
        while not self.stop.is_set():
            await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()

    async def client(self, n):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        secret = self.secrets[n // OF_KEY]
        writer.write(f"GET /v1/events/stream HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {secret}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head.split(b"\r\n")[0], head
        self.open += 1
        # Readers are spread over all keys.
        if n % (self.clients // self.reading) != 0:
            reader._transport.pause_reading()
            await asyncio.sleep(3600)
        while True:
            line = await reader.readline()
            if not line.startswith(b"data: {\"spec"):
                continue
            now = time.time()
            event = json.loads(line[6:])
            self.latencies.append(now - datetime.fromisoformat(event["time"]).timestamp())
            self.count += 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgres")
    parser.add_argument("--carcosa", default="target/release/carcosa")
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--reading", type=int, default=100)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=20)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(options, folder)
        try:
            secrets = keys(installation, options.clients // OF_KEY)
            tenants = installation.tenants(20)
            before = installation.memory()
            readers = Readers(installation.port, secrets, options.clients, options.reading)
            while readers.open < options.clients:
                time.sleep(0.05)
            time.sleep(2)
            opened = installation.memory()
            rate = produce(installation, tenants, options.rate, options.seconds)
            time.sleep(2)
            after = installation.memory()
            latencies = readers.latencies
            readers.stop.set()
            expected = options.reading * round(rate * options.seconds)
            print(f"## {'PostgreSQL' if options.postgres else 'SQLite'}: {options.clients:,} streams, of which {options.reading} are read; {rate:.0f} events/s\n")
            cut = statistics.quantiles(latencies, n=100)
            shown = ", ".join(f"p{p} {cut[p - 1] * 1000:.1f} ms" for p in (50, 95, 99))
            print(f"- commit → client: {shown} (target p99 50 ms); {readers.count:,} of about {expected:,} events came")
            print(f"- memory: {(opened - before) / options.clients:.1f} KiB for each client when opened, {(after - before) / options.clients:.1f} KiB after the events; {after / 1024:.0f} MiB in all")
        finally:
            installation.end()


if __name__ == "__main__":
    main()
