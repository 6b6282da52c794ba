"""Webhooks: how long from the event to the sink, beside dead endpoints, and through kill -9.

    cargo build --release -p carcosa
    python3 bench/webhooks.py [--postgres postgres://postgres@127.0.0.1:5432/postgres]

Without --postgres on SQLite. Prints Markdown. An event's time is taken before its commit, so what is shown includes the commit.
"""

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.parse
from datetime import datetime

from access import Client, free_port, sql


class Sink:
    """Takes webhooks in a thread of its own. `/dead` never answers."""

    def __init__(self):
        self.port, self.came, self.lock = free_port(), [], threading.Lock()
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self.serve(ready)), daemon=True).start()
        ready.wait()

    async def serve(self, ready):
        server = await asyncio.start_server(self.connection, "127.0.0.1", self.port)
        ready.set()
        await server.serve_forever()

    async def connection(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                at = time.time()
                lines = head.decode().split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
                body = await reader.readexactly(int(headers["content-length"]))
                path = lines[0].split(" ")[1]
                if path == "/dead":
                    await asyncio.sleep(3600)
                with self.lock:
                    self.came.append((at, path, headers["webhook-id"], body))
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def take(self):
        with self.lock:
            came, self.came = self.came, []
        return came


class Installation:
    """A node that can be killed and started again."""

    def __init__(self, options, folder):
        self.program, self.port = options.carcosa, free_port()
        self.environment = {
            "CARCOSA_DATA_DIR": folder,
            "CARCOSA_LOG_FILTER": "error",
            "CARCOSA_OUTBOUND_ALLOW": "127.0.0.0/8",
            "CARCOSA_LISTEN": f"127.0.0.1:{self.port}",
        }
        self.database = None
        if options.postgres:
            self.database = f"bench_webhooks_{os.getpid()}_{time.monotonic_ns()}"
            sql(options.postgres, f"CREATE DATABASE {self.database}")
            self.environment["CARCOSA_DATABASE_URL"] = urllib.parse.urlsplit(options.postgres)._replace(path=f"/{self.database}").geturl()
        self.postgres = options.postgres
        bootstrap = [self.program, "bootstrap", "--operator-email", "bench@example.com", "--project-name", "Bench", "--json"]
        made = subprocess.run(bootstrap, env=self.environment, check=True, capture_output=True).stdout
        self.secret = json.loads(made)["api_key"]["secret"]
        self.start()

    def start(self):
        self.process = subprocess.Popen([self.program, "serve"], env=self.environment, stdout=subprocess.DEVNULL)
        for _ in range(3000):
            try:
                if Client(self.port, None).ask("GET", "/health/ready")[0] == 200:
                    return
            except OSError:
                time.sleep(0.01)
        raise SystemExit("the node does not become ready")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def memory(self):
        """Resident, in KiB."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def end(self):
        self.kill()
        if self.database:
            sql(self.postgres, f"DROP DATABASE {self.database} WITH (FORCE)")

    def client(self):
        return Client(self.port, self.secret)

    def tenants(self, how_many):
        client = self.client()
        return [client.ask("POST", "/v1/tenants", {"name": f"Tenant {n}"})[1]["id"] for n in range(how_many)]

    def endpoint(self, url):
        body = {"url": url, "event_types": ["organization.created"]}
        status, made = self.client().ask("POST", "/v1/webhook-endpoints", body)
        assert status == 201, made


def produce(installation, tenants, rate, seconds, workers=8):
    """Organizations at a rate; how many a second it was."""
    begun, made = time.monotonic(), []

    def work(worker):
        client = installation.client()
        for n in range(worker, int(rate * seconds), workers):
            time.sleep(max(0, begun + n / rate - time.monotonic()))
            status, _ = client.ask("POST", f"/v1/tenants/{tenants[n % len(tenants)]}/organizations", {"name": f"Org {rate} {n}"})
            assert status == 201, status
            made.append(n)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(made) / (time.monotonic() - begun)


def settle(sink, expected, patience=30):
    came, until = [], time.monotonic() + patience
    while len(came) < expected and time.monotonic() < until:
        came += sink.take()
        time.sleep(0.05)
    return came


def delays(came):
    """Milliseconds from the event to the sink, sorted."""
    return sorted((at - datetime.fromisoformat(json.loads(body)["time"]).timestamp()) * 1000 for at, _, _, body in came)


def row(name, values):
    cut = statistics.quantiles(values, n=100)
    return f"| {name} | {len(values)} | {cut[49]:.1f} | {cut[94]:.1f} | {cut[98]:.1f} |"


def latency(options, sink):
    print("| | deliveries | p50 ms | p95 ms | p99 ms |\n|---|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(options, folder)
        try:
            installation.endpoint(f"http://127.0.0.1:{sink.port}/ok")
            tenants = installation.tenants(100)
            for rate in (50, 200, 1000):
                reached = produce(installation, tenants, rate, options.seconds)
                came = settle(sink, int(rate * options.seconds))
                print(row(f"{rate}/s asked, {reached:.0f}/s made", delays(came)))
        finally:
            installation.end()


def fairness(options, sink):
    for dead in (0, 30):
        with tempfile.TemporaryDirectory() as folder:
            installation = Installation(options, folder)
            try:
                for n in range(70 + dead):
                    installation.endpoint(f"http://127.0.0.1:{sink.port}/{'ok' if n < 70 else 'dead'}")
                tenants = installation.tenants(20)
                rate = 5
                produce(installation, tenants, rate, options.seconds * 2)
                came = settle(sink, rate * options.seconds * 2 * 70)
                print(row(f"70 healthy endpoints, {dead} dead, {rate} events/s", delays(came)))
            finally:
                installation.end()


def many(options, sink):
    """As many endpoints as a hundred tenants can have."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(options, folder)
        try:
            tenants, client = installation.tenants(100), installation.client()
            body = {"url": f"http://127.0.0.1:{sink.port}/ok", "event_types": ["organization.created"]}
            for tenant in tenants:
                for _ in range(100):
                    assert client.ask("POST", f"/v1/tenants/{tenant}/webhook-endpoints", body)[0] == 201
            begun = time.monotonic()
            for n, tenant in enumerate(tenants):
                assert client.ask("POST", f"/v1/tenants/{tenant}/organizations", {"name": f"Org {n}"})[0] == 201
            came = settle(sink, 10_000, patience=120)
            took = time.monotonic() - begun
            memory = installation.memory() // 1024
            print(f"\n10,000 endpoints of 100 tenants, 100 events: {len(came):,} deliveries in {took:.1f} s, "
                  f"{len({identity for _, _, identity, _ in came})} different ids; {memory} MiB.")
        finally:
            installation.end()


def backlog(options, sink, pending=1_000_000):
    """How much memory a million pending deliveries take while they are sent, and how many go out in a second. PostgreSQL only."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(options, folder)
        try:
            installation.endpoint(f"http://127.0.0.1:{sink.port}/ok")
            (tenant,) = installation.tenants(1)
            client = installation.client()
            assert client.ask("POST", f"/v1/tenants/{tenant}/organizations", {"name": "Sales"})[0] == 201
            settle(sink, 1)
            url = installation.environment["CARCOSA_DATABASE_URL"]
            installation.kill()
            sql(url, f"""INSERT INTO webhook_deliveries (project_id, id, endpoint_id, event_id, event_type, position, replay, status, attempts, next_at, created_at)
                SELECT project_id, gen_random_uuid(), endpoint_id, event_id, event_type, position, true, 'pending', 0, now(), now()
                FROM webhook_deliveries, generate_series(1, {pending})""")
            sql(url, "UPDATE webhook_queues SET due_at = now(), holder = NULL, lease_until = NULL")
            sql(url, "ANALYZE webhook_deliveries")
            installation.start()
            begun, most, came = time.monotonic(), 0, 0
            while time.monotonic() - begun < 20:
                came += len(sink.take())
                most = max(most, installation.memory() // 1024)
                time.sleep(0.2)
            print(f"\n{pending:,} pending deliveries of one endpoint: {came / 20:,.0f}/s, at most {most} MiB.")
        finally:
            installation.end()


def crash(options, sink):
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(options, folder)
        try:
            installation.endpoint(f"http://127.0.0.1:{sink.port}/ok")
            tenants, told, n = installation.tenants(20), set(), 0
            for _ in range(options.kills):
                client, until = installation.client(), time.monotonic() + 0.7
                threading.Timer(0.6, installation.kill).start()
                try:
                    while time.monotonic() < until:
                        n += 1
                        status, made = client.ask("POST", f"/v1/tenants/{tenants[n % 20]}/organizations", {"name": f"Org {n}"})
                        if status == 201:
                            told.add(made["id"])
                except OSError:
                    pass
                except Exception:
                    pass
                time.sleep(0.2)
                installation.start()
            came = settle(sink, float("inf"), patience=45)
            ids = [identity for _, _, identity, _ in came]
            arrived = {json.loads(body)["subject"] for *_, body in came}
            print(f"\n{options.kills} times kill -9: {len(told)} events acknowledged, {len(told - arrived)} lost, "
                  f"{len(ids) - len(set(ids))} came more than once with the same `webhook-id`.")
        finally:
            installation.end()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--carcosa", default="target/release/carcosa")
    arguments.add_argument("--postgres")
    arguments.add_argument("--seconds", type=int, default=10)
    arguments.add_argument("--kills", type=int, default=20)
    arguments.add_argument("--many", action="store_true", help="only: 10,000 endpoints")
    arguments.add_argument("--backlog", action="store_true", help="only: a million pending deliveries, on PostgreSQL")
    options, sink = arguments.parse_args(), Sink()
    if options.many:
        return many(options, sink)
    if options.backlog:
        return backlog(options, sink)
    latency(options, sink)
    fairness(options, sink)
    crash(options, sink)


if __name__ == "__main__":
    main()
