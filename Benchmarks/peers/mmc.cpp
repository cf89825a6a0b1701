// The M/M/64 queue with retries of Benchmarks/CrisolBench/RetryModel.swift, hand-written in C++ with a
// 4-ary heap: what a simulation costs without any framework.
//
//   g++ -O3 -march=native -o mmc mmc.cpp && ./mmc EVENTS
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

namespace {

struct Xoshiro {
    uint64_t s[4];
    explicit Xoshiro(uint64_t seed) {
        for (auto &word : s) {
            seed += 0x9E3779B97F4A7C15;
            uint64_t z = seed;
            z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
            z = (z ^ z >> 27) * 0x94D049BB133111EB;
            word = z ^ z >> 31;
        }
    }
    static uint64_t rotl(uint64_t x, int k) { return x << k | x >> (64 - k); }
    uint64_t next() {
        uint64_t result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = rotl(s[3], 45);
        return result;
    }
    double uniform() { return (double(next() >> 12) + 0.5) * 0x1p-52; }
    double exponential(double mean) { return -mean * std::log(uniform()); }
};

struct Event {
    double time;
    uint32_t sequence;
    uint32_t slot;
    bool before(const Event &other) const {
        return time < other.time || (time == other.time && sequence < other.sequence);
    }
};

class Heap {
    std::vector<Event> events;
    uint32_t scheduled = 0;

public:
    Heap() { events.reserve(1024); }
    bool empty() const { return events.empty(); }
    double nextTime() const { return events.empty() ? INFINITY : events[0].time; }
    void push(double time, uint32_t slot) {
        Event event{time, scheduled++, slot};
        size_t hole = events.size();
        events.push_back(event);
        while (hole > 0) {
            size_t parent = (hole - 1) >> 2;
            if (!event.before(events[parent])) break;
            events[hole] = events[parent];
            hole = parent;
        }
        events[hole] = event;
    }
    Event pop() {
        Event top = events[0], last = events.back();
        events.pop_back();
        size_t size = events.size(), hole = 0;
        if (size == 0) return top;
        for (;;) {
            size_t first = hole * 4 + 1;
            if (first >= size) break;
            size_t least = first, end = first + 4 < size ? first + 4 : size;
            for (size_t child = first + 1; child < end; child++)
                if (events[child].before(events[least])) least = child;
            if (!events[least].before(last)) break;
            events[hole] = events[least];
            hole = least;
        }
        events[hole] = last;
        return top;
    }
};

struct Model {
    static constexpr uint32_t capacity = 1 << 16;
    Heap heap;
    Xoshiro random{1};
    std::vector<double> born = std::vector<double>(capacity);
    std::vector<uint32_t> free, queue = std::vector<uint32_t>(capacity);
    uint32_t head = 0, waiting = 0, idle = 64;
    double now = 0, timeInSystem = 0;
    uint64_t served = 0;

    void serve(uint32_t customer) { heap.push(now + random.exponential(1), customer << 1); }
    void join(uint32_t customer) {
        if (idle > 0) {
            idle--;
            serve(customer);
        } else {
            queue[(head + waiting++) & (capacity - 1)] = customer;
        }
    }
    void end(uint32_t customer) {
        if (waiting > 0) {
            uint32_t next = queue[head];
            head = (head + 1) & (capacity - 1);
            waiting--;
            serve(next);
        } else {
            idle++;
        }
        if (random.uniform() < 0.2) {
            heap.push(now + random.exponential(1), customer << 1 | 1);
        } else {
            timeInSystem += now - born[customer];
            served++;
            free.push_back(customer);
        }
    }
    double run(uint64_t limit) {
        free.reserve(capacity);
        for (uint32_t i = 0; i < capacity; i++) free.push_back(capacity - 1 - i);
        double nextArrival = random.exponential(1 / 43.52);
        for (uint64_t i = 0; i < limit; i++) {
            if (nextArrival <= heap.nextTime()) {
                now = nextArrival;
                nextArrival = now + random.exponential(1 / 43.52);
                if (free.empty()) std::abort();
                uint32_t customer = free.back();
                free.pop_back();
                born[customer] = now;
                join(customer);
            } else {
                Event event = heap.pop();
                now = event.time;
                if (event.slot & 1) join(event.slot >> 1);
                else end(event.slot >> 1);
            }
        }
        return timeInSystem / double(served);
    }
};

}  // namespace

int main(int argc, char **argv) {
    if (argc != 2) return std::fprintf(stderr, "usage: mmc EVENTS\n"), 64;
    uint64_t limit = std::strtoull(argv[1], nullptr, 10);
    Model model;
    std::clock_t start = std::clock();
    double mean = model.run(limit);
    double seconds = double(std::clock() - start) / CLOCKS_PER_SEC;
    std::printf("%llu\t%.6f\t%.4f\n", (unsigned long long)limit, seconds, mean);
}
