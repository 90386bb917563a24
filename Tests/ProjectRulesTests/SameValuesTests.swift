import TestSupport
import Testing

/// The helpers that compare numbers say what differs in a line, and can't be misused to pass.
@Suite("Comparisons of numbers")
struct SameValuesTests {
    @Test("what differs is told by its first place, the values, the count and the largest error")
    func differences() {
        var floats = [Float](repeating: 1, count: 100_000)
        let expected = floats
        #expect(difference(floats, expected) == nil)
        floats[17] = 1.5
        floats[99_999] = 3
        #expect(
            difference(floats, expected)
                == "[17] is 1.5 instead of 1.0; 2 of 100000 differ, the largest error is 2.0")
        #expect(difference([1, 2] as [UInt8], [1]) == "2 values instead of 1")
    }

    @Test("bits count: -0 isn't 0, and NaN is itself")
    func bits() {
        #expect(difference([Float(0)], [-0.0]) != nil)
        #expect(difference([Float.nan], [.nan]) == nil)
        #expect(difference([Float.nan], [1]) != nil)
    }

    @Test("within a tolerance is no NaN, no other length and nothing at all where it is none")
    func tolerances() {
        expectClose([1, 2.25] as [Double], [1, 2], atMost: 0.25)
        for tolerance in [-1, .nan, .infinity] {
            withKnownIssue { expectClose([1] as [Double], [1], atMost: tolerance) }
        }
        withKnownIssue { expectClose([Double.nan], [.nan], atMost: 1) }
        withKnownIssue { expectClose([1] as [Double], [1, 1], atMost: 1) }
        withKnownIssue { expectClose([.infinity] as [Double], [1], atMost: 1e300) }
        withKnownIssue { expectClose([1, 2.5] as [Double], [1, 2], atMost: 0.25) }
    }

    private struct Head: Equatable {
        var name = "head"
        var kernels: [[Float]] = [[1, 2], [3, 4]]
    }

    @Test("values of several parts are told apart by the path to the first that differs")
    func paths() {
        let head = Head()
        var other = head
        other.kernels[1][0] = 5
        expectSame(head, head)
        withKnownIssue {
            expectSame(other, head, "the head")
        } matching: {
            "\($0)".contains("the head: kernels[1][0] is 5.0 instead of 3.0; 1 of 2 differ")
        }
        withKnownIssue { expectSame(nil as [UInt8]?, [1]) }
    }
}
