"""The two candidates for the digest's hash in numpy: nanoseconds a value of 8 bytes."""

import time

import numpy as np

P1, P2, P3, P4, P5 = (np.uint64(x) for x in (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5))
words = np.random.default_rng(1).integers(0, 1 << 62, 1 << 20, dtype=np.uint64)
np.seterr(over="ignore")


def rotl(x, bits):
    return (x << np.uint64(bits)) | (x >> np.uint64(64 - bits))


def xxh64(seed):
    state = rotl((np.uint64(seed) + P5 + np.uint64(8)) ^ (rotl(words * P2, 31) * P1), 27) * P1 + P4
    state = (state ^ (state >> np.uint64(33))) * P2
    state = (state ^ (state >> np.uint64(29))) * P3
    return state ^ (state >> np.uint64(32))


def four_lanes():
    c = np.uint32
    low, high = words.astype(c), (words >> np.uint64(32)).astype(c)
    a, b = (low ^ c(0x12345)) * c(0x85EBCA6B), (high ^ c(0x777)) * c(0xC2B2AE35)
    a, b = a ^ (a >> c(15)), b ^ (b >> c(13))
    x, y = (a + b) * c(0x27D4EB2F), (a ^ (b << c(1))) * c(0x165667B1)
    e, f = (x ^ (y >> c(16))) * c(0x9E3779B1), (y ^ (x >> c(15))) * c(0x85EBCA77)
    e, f = e ^ (e >> c(15)), f ^ (f >> c(13))
    g, h = (e + b) * c(0xC2B2AE3D), (f + a) * c(0x27D4EB2F)
    return e, f, g ^ (g >> c(16)), h ^ (h >> c(16))


def median(work):
    times = []
    for _ in range(9):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return sorted(times[2:])[3] * 1e9 / len(words)


print(f"{'numpy, XXH64 with two seeds, of 8 bytes':<60} {median(lambda: (xxh64(1), xxh64(2))):6.1f} ns")
print(f"{'numpy, four lanes of 32 bits, of 8 bytes':<60} {median(four_lanes):6.1f} ns")
