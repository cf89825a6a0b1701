"""The M/M/64 queue with retries of Benchmarks/CrisolBench/RetryModel.swift, as SimPy's users write it.

    mmc.py EVENTS      prints events, CPU seconds, mean time in the system
"""
import random
import sys
import time

import simpy

limit = int(sys.argv[1])
draw = random.Random(1)
env = simpy.Environment()
servers = simpy.Resource(env, capacity=64)
# Events as the other programs count them: arrivals, ends of services, ends of waits.
events = served = 0
total = 0.0
enough = env.event()


def count():
    global events
    events += 1
    if events == limit:
        enough.succeed()


def customer():
    global served, total
    born = env.now
    while True:
        with servers.request() as request:
            yield request
            yield env.timeout(draw.expovariate(1))
        count()
        if draw.random() >= 0.2:
            break
        yield env.timeout(draw.expovariate(1))
        count()
    served += 1
    total += env.now - born


def arrivals():
    while True:
        yield env.timeout(draw.expovariate(43.52))
        count()
        env.process(customer())


env.process(arrivals())
start = time.process_time()
env.run(until=enough)
print(f"{events}\t{time.process_time() - start:.6f}\t{total / served:.4f}")
