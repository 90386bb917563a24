/// Virtual time in nanoseconds since the simulation began.
typealias SimulatedTime = Int64

extension SimulatedTime {
    static let millisecond: SimulatedTime = 1_000_000
    static let second: SimulatedTime = 1_000_000_000

    var seconds: Double { Double(self) / 1e9 }
}

/// Planned events, earliest first; events at the same time come in the order in which they were planned.
struct EventQueue<Event> {
    private struct Key {
        let time: SimulatedTime
        let sequence: Int
        let slot: Int

        func precedes(_ other: Key) -> Bool {
            time != other.time ? time < other.time : sequence < other.sequence
        }
    }

    /// A binary heap; the events themselves are not moved.
    private var heap: [Key] = []
    private var events: [Event?] = []
    private var freeSlots: [Int] = []
    private var planned = 0

    var isEmpty: Bool { heap.isEmpty }

    mutating func plan(_ event: Event, at time: SimulatedTime) {
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
            events[slot] = event
        } else {
            slot = events.count
            events.append(event)
        }
        planned += 1
        heap.append(Key(time: time, sequence: planned, slot: slot))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].precedes(heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func next() -> (time: SimulatedTime, event: Event)? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        freeSlots.append(first.slot)
        guard let event = events[first.slot] else { return nil }
        events[first.slot] = nil
        return (first.time, event)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { return }
            let right = left + 1
            let child = right < heap.count && heap[right].precedes(heap[left]) ? right : left
            guard heap[child].precedes(heap[parent]) else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}
