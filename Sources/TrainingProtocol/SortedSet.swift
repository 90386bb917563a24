/// A sorted set. Its elements are stored in blocks of bounded length, so that an insertion or removal moves
/// few others, however many there are.
struct SortedSet<Element: Comparable & Sendable>: Sendable {
    /// No block is empty, and each is sorted.
    private var blocks: [[Element]] = []
    private(set) var count = 0

    private static var blockLength: Int { 64 }

    var isEmpty: Bool { count == 0 }
    var first: Element? { blocks.first?.first }
    /// In order.
    var elements: some Sequence<Element> { blocks.joined() }

    /// The first element after `element`, which need not be in the set.
    func first(after element: Element) -> Element? {
        let block = blocks.partitioningIndex { element < $0[$0.count - 1] }
        guard block < blocks.count else { return nil }
        return blocks[block][blocks[block].partitioningIndex { element < $0 }]
    }

    /// Inserts or removes an element; does nothing if it already is in or not in the set.
    mutating func set(_ element: Element, _ isIn: Bool) {
        if isIn { insert(element) } else { remove(element) }
    }

    mutating func insert(_ element: Element) {
        guard !blocks.isEmpty else {
            blocks = [[element]]
            count = 1
            return
        }
        let block = min(blocks.partitioningIndex { !($0[$0.count - 1] < element) }, blocks.count - 1)
        let place = blocks[block].partitioningIndex { !($0 < element) }
        guard place == blocks[block].count || blocks[block][place] != element else { return }
        blocks[block].insert(element, at: place)
        count += 1
        if blocks[block].count > Self.blockLength {
            let half = Self.blockLength / 2
            blocks.insert(Array(blocks[block][half...]), at: block + 1)
            blocks[block].removeSubrange(half...)
        }
    }

    mutating func remove(_ element: Element) {
        let block = blocks.partitioningIndex { !($0[$0.count - 1] < element) }
        guard block < blocks.count else { return }
        let place = blocks[block].partitioningIndex { !($0 < element) }
        guard blocks[block][place] == element else { return }
        blocks[block].remove(at: place)
        count -= 1
        if blocks[block].isEmpty { blocks.remove(at: block) }
    }
}

extension Array {
    /// The first index at which `belongsAfter` holds; the array must be partitioned by it.
    fileprivate func partitioningIndex(where belongsAfter: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if belongsAfter(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
