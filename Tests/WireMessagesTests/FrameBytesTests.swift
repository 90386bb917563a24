import Synchronization
import Testing
import WireMessages

@Suite("Bytes with one owner")
struct FrameBytesTests {
    @Test("an array's address is lent for a call only; what a C library keeps has memory of its own")
    func ownership() throws {
        let array = FrameBytes([1, 2, 3] as [UInt8])
        #expect(array.retained().map { _ in true } == nil)
        let owned = array.owned()
        #expect(owned.array == [1, 2, 3] && owned.owned().identity == owned.identity)
        let (memory, owner) = try #require(owned.retained())
        #expect(Array(memory) == [1, 2, 3])
        owner.release()
    }

    @Test("what was lent tells once that it is back, when its last holder is gone")
    func lending() {
        final class Count: Sendable { let value = Mutex(0) }
        let count = Count()
        var lent: [FrameBytes] = []
        for source in [FrameBytes([5, 6, 7] as [UInt8]), FrameBytes([5, 6, 7] as [UInt8]).owned()] {
            let bytes = source.lent(2) { count.value.withLock { $0 += 1 } }
            lent += [bytes, bytes]
        }
        #expect(lent.allSatisfy { $0.array == [5, 6] })
        lent.removeFirst()
        #expect(count.value.withLock { $0 } == 0)
        lent = []
        #expect(count.value.withLock { $0 } == 2)
    }
}
