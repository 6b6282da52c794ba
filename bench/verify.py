"""Key verification against an empty handler and against the API-key plugin of better-auth, in turns, over one PostgreSQL.

    cargo build --release -p carcosa -p bench-peer && npm ci --ignore-scripts --prefix bench/better-auth
    python3 bench/verify.py --postgres postgres://postgres@127.0.0.1:5432/postgres

Needs wrk and Node 20. Prints a Markdown table of medians.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import tempfile
import time
import urllib.parse

from access import Client, Node, free_port, sql

HERE = os.path.dirname(os.path.abspath(__file__))


def wrk(port, path, options, secret=None, key=None):
    """Requests per second, and the 99th percentile in milliseconds."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        if key is not None:
            script.write(f'wrk.method, wrk.headers["content-type"] = "POST", "application/json"\nwrk.body = \'{{"key":"{key}"}}\'\n')
        if secret is not None:
            script.write(f'wrk.headers["authorization"] = "Bearer {secret}"\n')
        script.flush()
        address = f"http://127.0.0.1:{port}{path}"
        command = ["wrk", "--threads", "1", "--connections", str(options.connections), "--duration", f"{options.seconds}s"]
        printed = subprocess.run([*command, "--latency", "--script", script.name, address], check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in printed or "Socket errors" in printed:
        raise SystemExit(printed)
    amount, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", printed).groups()
    return float(re.search(r"Requests/sec:\s+([\d.]+)", printed)[1]), float(amount) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def better_auth(url):
    """The plugin's server, its port and its key."""
    port = free_port()
    environment = os.environ | {"DATABASE_URL": url, "PORT": str(port), "NODE_ENV": "production"}
    process = subprocess.Popen(
        ["node", os.path.join(HERE, "better-auth", "server.js")], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    lines = iter(process.stdout.readline, "")
    return process, port, next(line.strip() for line in lines if re.fullmatch(r"[A-Za-z]{64}\n", line))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--carcosa", default="target/release/carcosa")
    arguments.add_argument("--peer", default="target/release/bench-peer")
    arguments.add_argument("--postgres", required=True)
    arguments.add_argument("--connections", type=int, default=16)
    arguments.add_argument("--seconds", type=int, default=3)
    arguments.add_argument("--rounds", type=int, default=5)
    options = arguments.parse_args()
    names = [f"bench_verify_{os.getpid()}_{number}" for number in range(2)]
    for name in names:
        sql(options.postgres, f"CREATE DATABASE {name}")
    urls = [urllib.parse.urlsplit(options.postgres)._replace(path=f"/{name}").geturl() for name in names]
    processes = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            environment = {"CARCOSA_DATABASE_URL": urls[0], "CARCOSA_DATA_DIR": folder, "CARCOSA_LOG_FILTER": "error"}
            bootstrap = ["bootstrap", "--operator-email", "bench@example.com", "--project-name", "Bench", "--json"]
            made = subprocess.run([options.carcosa, *bootstrap], env=environment, check=True, capture_output=True).stdout
            secret = json.loads(made)["api_key"]["secret"]
            node = Node(options.carcosa, environment)
            processes.append(node.process)
            client = Client(node.port, secret)
            # What applications verify: the key of a customer, with a few scopes.
            tenant = client.ask("POST", "/v1/tenants", {"name": "Acme"})[1]["id"]
            scopes = ["tenant:read", "member:read", "organization:read"]
            customer = client.ask("POST", f"/v1/tenants/{tenant}/keys", {"name": "Customer", "scopes": scopes})[1]["secret"]
            empty = free_port()
            processes.append(subprocess.Popen([options.peer, f"127.0.0.1:{empty}"]))
            process, port, key = better_auth(urls[1])
            processes.append(process)
            time.sleep(1)
            subjects = {
                "empty axum handler": lambda: wrk(empty, "/", options),
                "empty axum handler, the same POST": lambda: wrk(empty, "/", options, secret, customer),
                "Carcosa, `POST /v1/keys/verify`": lambda: wrk(node.port, "/v1/keys/verify", options, secret, customer),
                "better-auth, `verifyApiKey`": lambda: wrk(port, "/verify", options, None, key),
            }
            found = {name: [] for name in subjects}
            for _ in range(options.rounds):
                for name, measure in subjects.items():
                    found[name].append(measure())
        finally:
            for process in processes:
                process.kill()
                process.wait()
    for name in names:
        sql(options.postgres, f"DROP DATABASE {name} WITH (FORCE)")
    print("| | requests/s | p99 ms | of the empty handler |\n|---|--:|--:|--:|")
    peer = statistics.median(rate for rate, _ in found["empty axum handler"])
    for name, rounds in found.items():
        rate, slowest = (statistics.median(column) for column in zip(*rounds))
        print(f"| {name} | {rate:.0f} | {slowest:.2f} | {rate / peer:.3f} |")


if __name__ == "__main__":
    main()
